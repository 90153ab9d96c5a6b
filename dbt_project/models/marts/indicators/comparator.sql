-- Grain: one row per council, indicator, 30 September, comparator and release of DfE's statistics.
-- Rule: calculated in comparator_figures.
select
    organisation_id as unit_key,
    {{ indicator_key('indicator_id', 'definition_id') }} as indicator_key,
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
