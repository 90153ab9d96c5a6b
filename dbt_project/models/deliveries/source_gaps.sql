-- Grain: one row per organisation, source and month for which the source is neither in force nor declared as not
--   supplied.
-- Rule: if a delivery of the month is held, it says why and since when: `delivery_held` by a rule, or `file_refused` by
--   landing. If there are several, the last one counts.
-- Rule: otherwise no file came. The reason is `not_yet_due` until the council's due day is over, then `source_missing`.
--   If the council has no due day, it is `source_missing`.
with
held as (
    select
        deliveries.organisation_id,
        deliveries.source,
        deliveries.month_no,
        deliveries.delivery_id,
        cast(deliveries.received_at as date) as received_on,
        row_number() over (
            partition by deliveries.organisation_id, deliveries.source, deliveries.month_no
            order by deliveries.received_at desc, deliveries.delivery_id desc
        ) as place
    from {{ ref('stg_ledger__deliveries') }} as deliveries
    where deliveries.state = 'held'
),

rules as (
    select
        organisation_id,
        source,
        delivery_id,
        min(rule_id) as rule_id, -- several rules may hold it
        cast(min(first_seen) as date) as first_seen_on
    from {{ ref('stg_ledger__checks') }}
    where severity = 'block' and outcome = 'failed'
    group by organisation_id, source, delivery_id
)

select
    months.organisation_id,
    months.source,
    months.month_no,
    case
        when rules.rule_id is not null then 'delivery_held'
        when held.delivery_id is not null then 'file_refused'
        when {{ period_month_no('sources.due_through') }} < months.month_no then 'not_yet_due'
        else 'source_missing'
    end as reason,
    rules.rule_id,
    coalesce(rules.first_seen_on, held.received_on) as held_since
from {{ ref('source_months') }} as months
left join held
    on months.organisation_id = held.organisation_id
    and months.source = held.source
    and months.month_no = held.month_no
    and held.place = 1
left join rules
    on held.organisation_id = rules.organisation_id
    and held.source = rules.source
    and held.delivery_id = rules.delivery_id
left join {{ ref('stg_config__sources') }} as sources
    on months.organisation_id = sources.organisation_id
    and months.source = sources.source
where not months.is_in_force and months.symbol is null
