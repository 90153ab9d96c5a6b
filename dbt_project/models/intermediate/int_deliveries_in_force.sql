-- Grain: one row an organisation, source and period that has a usable delivery.
-- Rule: the latest delivery that is not held and was received by `as_known_at` is in force.
-- Rule: a full history tells everything up to its period, so of histories only that of the latest period is in force.
with
usable as (
    select
        *,
        row_number() over (
            partition by organisation_id, source, period
            order by received_at desc, source_file desc
        ) as latest_of_period,
        max(month_no) over (partition by organisation_id, source) as last_month_no
    from {{ ref('stg_ledger__deliveries') }}
    where
        state <> 'held'
        and received_at <= cast('{{ var("as_known_at") }}' as timestamp)
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
from usable
where
    latest_of_period = 1
    and (delivers <> 'history' or month_no = last_month_no)
