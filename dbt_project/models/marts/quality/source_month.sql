-- Grain: one row per organisation, source and month: whether the month is in force, and what became of the rows that
--   came.
-- Rule: worked out in received_rows.
select
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
