-- Grain: one row an organisation, indicator, definition and date from which a target holds.
select
    organisation_id,
    indicator_id,
    definition_id,
    from_date,
    by_date,
    comparison,
    cast(value as double) as value,
    source
from {{ source('raw', 'config_target') }}
