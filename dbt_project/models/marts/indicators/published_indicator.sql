-- Grain: one row per publication, indicator, definition, month and scope for which the publication differs from the one
--   before.
-- Rule: calculated in figures_as_published.
select
    publication,
    published_at,
    publication_no,
    organisation_id,
    indicator_id,
    definition_id,
    month_end,
    scope,
    scope_id,
    numerator,
    denominator,
    value,
    unit,
    target,
    status,
    status_reason,
    as_at_month
from {{ ref('figures_as_published') }}
