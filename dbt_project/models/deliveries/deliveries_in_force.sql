-- Grain: one row per organisation, source and period that has a usable delivery.
-- Rule: for each period, the delivery that is in force by the ledger.
-- Rule: a full history reports everything up to its period. So only the history of the latest period is in force.
with in_force as (
    select
        *,
        max(month_no) over (partition by organisation_id, source) as last_month_no
    from {{ ref('stg_ledger__deliveries') }}
    where is_in_force
)

select
    organisation_id,
    source,
    period,
    month_no,
    month_end,
    delivery_id,
    delivers,
    received_at
from in_force
where delivers <> 'history' or month_no = last_month_no
