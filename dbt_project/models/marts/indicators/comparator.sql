-- Grain: one row per council, indicator, 30 September, comparator and release of DfE's statistics.
-- Rule: the council's own figure as DfE printed it, its region's, England's, and the median of its statistical
--   neighbours' printed figures.
-- Rule: neighbours without a number are left out of the median, and counted; authorities that are published together
--   count once.
-- Rule: a figure carries its release: the same year can read otherwise in the next one. Of each year one release is the
--   latest.
-- Limit: the region is the one that DfE's file gives the authority: Inner or Outer London, not London.
select
    organisation_id,
    indicator_id,
    definition_id,
    month_end,
    comparator,
    area_code,
    area_name,
    numerator,
    denominator,
    value,
    unit,
    symbol,
    areas,
    areas_without_figure,
    release,
    is_latest_release,
    neighbour_model
from {{ ref('comparator_figures') }}
