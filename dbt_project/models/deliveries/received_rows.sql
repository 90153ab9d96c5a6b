-- Grain: one row per council, source and month, with whether it is in force and the numbers of rows received and
--   rejected.
with
months as (select * from {{ ref('source_months') }}),

in_force as (select * from {{ ref('deliveries_in_force') }}),

ledger as (select * from {{ ref('stg_ledger__deliveries') }})

select
    months.organisation_id,
    months.source,
    months.month_end,
    months.is_in_force,
    months.symbol,
    max(in_force.delivery_id) as delivery_id,
    max(in_force.received_at) as received_at,
    cast(coalesce(sum(case when ledger.delivery_id = in_force.delivery_id then ledger.rows_read end), 0) as bigint)
        as rows_read,
    cast(
        coalesce(sum(case when ledger.delivery_id = in_force.delivery_id then ledger.rows_rejected end), 0) as bigint
    ) as rows_rejected,
    cast(sum(case when ledger.state = 'held' then 1 else 0 end) as bigint) as deliveries_held
from months
left join ledger
    on months.organisation_id = ledger.organisation_id
    and months.source = ledger.source
    and months.month_no = ledger.month_no
left join in_force
    on months.organisation_id = in_force.organisation_id
    and months.source = in_force.source
    and months.month_no = in_force.month_no
    and ledger.delivery_id = in_force.delivery_id
group by months.organisation_id, months.source, months.month_end, months.is_in_force, months.symbol
