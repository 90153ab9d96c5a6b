-- Grain: one row per delivery.
-- Rule: a delivery belongs to its period. The ledger (foundation/ledger.py) decides which delivery of a period is in
--   force: the latest received that is not held, as known at the time for which the build is made.
-- Limit: a file whose name gives no month is in the ledger only.
select
    organisation_id,
    source,
    period,
    {{ period_month_no('period') }} as month_no,
    {{ month_end(period_month_no('period')) }} as month_end,
    delivery_id,
    delivers,
    cast(received_at as timestamp) as received_at,
    state,
    is_in_force,
    file as source_file,
    rows_read,
    rows_accepted,
    rows_rejected,
    rows_left_out
from {{ source('raw', 'ledger') }}
where period is not null
