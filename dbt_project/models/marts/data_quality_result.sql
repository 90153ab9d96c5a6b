-- Grain: one row a rule, organisation, source and delivery that was checked.
-- Rule: counts, rule ids and plain words only; no value of a row is kept.
select
    rule_id,
    organisation_id,
    source,
    {{ month_end(period_month_no('period')) }} as month_end,
    delivery_id,
    severity,
    outcome,
    cast(rows_failed as bigint) as rows_failed,
    says,
    fix
from {{ source('raw', 'checks') }}
