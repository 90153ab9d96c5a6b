-- Grain: one row per delivery.
-- Limit: a file whose name gives no month is in the ledger only.
-- Rule: a delivery stands for its period. Which one of a period is in force is decided by the ledger
--   (foundation/ledger.py): the latest received that is not held, as known at the instant that is built.
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
