-- Grain: one row per council, indicator, definition and day from which a target applies, until the next day that has
--   one.
select
    organisation_id,
    indicator_id,
    definition_id,
    from_date,
    lead(from_date)
        over (partition by organisation_id, indicator_id, definition_id order by from_date)
        as next_from_date,
    by_date,
    comparison,
    value,
    source
from {{ source('raw', 'config_target') }}
