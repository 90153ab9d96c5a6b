-- Grain: one row per council, indicator, definition and day from which a target applies, until the next day that has
--   one.
select
    organisation_id,
    indicator_id,
    definition_id,
    from_date,
    next_from_date,
    by_date,
    comparison,
    cast(value as double) as value,
    source
from {{ ref('stg_config__targets') }}
