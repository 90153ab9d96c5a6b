-- Grain: one row per publication, indicator, definition, month and unit for which the publication has a figure.
select
    publication,
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
from {{ source('raw', 'published_value') }}
