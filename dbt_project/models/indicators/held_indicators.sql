-- Grain: one row per organisation, source, indicator and month for which a rule holds the figure.
-- Rule: a rule of severity `hold` that fails on the delivery in force holds the indicators that it names, unless the
--   council accepted the failure.
with
failed as (
    select
        checks.organisation_id,
        checks.source,
        checks.indicators,
        checks.rule_id,
        cast(checks.first_seen as date) as first_seen_on,
        deliveries.month_no
    from {{ ref('stg_ledger__checks') }} as checks
    inner join {{ ref('deliveries_in_force') }} as deliveries
        on checks.organisation_id = deliveries.organisation_id
        and checks.source = deliveries.source
        and checks.delivery_id = deliveries.delivery_id
    where checks.severity = 'hold' and checks.outcome = 'failed'
),

indicators as (
    select distinct indicator_id from {{ ref('indicator_definitions') }} -- an indicator may have two definitions
)

select
    failed.organisation_id,
    failed.source,
    indicators.indicator_id,
    failed.month_no,
    min(failed.rule_id) as rule_id, -- several rules may hold it
    min(failed.first_seen_on) as held_since
from failed
inner join indicators on ',' || failed.indicators || ',' like '%,' || indicators.indicator_id || ',%'
group by failed.organisation_id, failed.source, indicators.indicator_id, failed.month_no
