-- Grain: one row per organisation, source and month, with whether it is in force and the numbers of rows received and
--   rejected.
-- Rule: calculated in received_rows.
select
    organisation_id as unit_key,
    organisation_id,
    source,
    month_end,
    is_in_force,
    symbol,
    delivery_id,
    received_at,
    rows_read,
    rows_rejected,
    deliveries_held
from {{ ref('received_rows') }}
