-- Grain: one row per measure of a source, or whole source, and period of months that a council declares as not
--   supplied.
select
    organisation_id,
    source,
    measure,
    from_month,
    to_month,
    symbol,
    counts_above
from {{ source('raw', 'config_not_supplied') }}
