-- Grain: one row a delivery.
-- Limit: a file whose name gives no month is in the ledger only.
-- Rule: a delivery stands for its period; `superseded` is information only, what is in force is decided by time received.
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
    file as source_file,
    rows_read,
    rows_accepted,
    rows_rejected,
    rows_left_out
from {{ source('raw', 'ledger') }}
where period is not null
