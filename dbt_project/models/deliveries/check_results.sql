-- Grain: one row per rule, council, source, delivery and run of the checks.
-- Rule: the latest run has all results. Earlier runs have only problems that were open or fixed in them.
-- Rule: counts, rule ids and plain words only. No value of a row is kept.
with
latest as (select *, true as is_latest from {{ ref('stg_ledger__checks') }}),

latest_runs as (
    select distinct organisation_id, source, run_at from latest -- a run has many results
),

earlier as (
    select runs.*, false as is_latest
    from {{ ref('stg_ledger__check_runs') }} as runs
    left join latest_runs
        on runs.organisation_id = latest_runs.organisation_id
        and runs.source = latest_runs.source
        and runs.run_at = latest_runs.run_at
    where latest_runs.run_at is null
),

results as (
    select * from latest
    union all
    select * from earlier
)

select
    results.rule_id,
    results.organisation_id,
    results.source,
    {{ month_end(period_month_no('results.period')) }} as month_end,
    results.delivery_id,
    results.run_at,
    results.is_latest,
    results.severity,
    results.outcome,
    results.state,
    results.first_seen,
    cast(results.rows_failed as bigint) as rows_failed,
    cast(results.rows_new as bigint) as rows_new,
    cast(results.rows_again as bigint) as rows_again,
    cast(results.rows_fixed as bigint) as rows_fixed,
    results.says,
    results.fix,
    results.indicators,
    results.put_right_in,
    case when results.source = 'marts' then 'data engineering' else owners.owner end as owner,
    results.accepted_until
from results
left join {{ ref('stg_config__sources') }} as owners
    on results.organisation_id = owners.organisation_id
    and results.put_right_in = owners.source
