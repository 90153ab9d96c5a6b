-- Grain: one row per rule, organisation, source, delivery and run of the checks. Results about the marts themselves
--   have source `marts` and no delivery. Above a council they have no organisation either.
-- Rule: calculated in check_results.
-- Rule: the marts are checked after they are built. Their latest results are then added to this table
--   (expectations/marts_check.py).
-- Rule: a result about no single council has the unit `none`.
select
    coalesce(councils.organisation_id, 'none') as unit_key,
    results.rule_id,
    results.organisation_id,
    results.source,
    results.month_end,
    results.delivery_id,
    results.run_at,
    results.is_latest,
    results.severity,
    results.outcome,
    results.state,
    results.first_seen,
    results.rows_failed,
    results.rows_new,
    results.rows_again,
    results.rows_fixed,
    results.says,
    results.fix,
    results.indicators,
    results.put_right_in,
    results.owner,
    results.accepted_until
from {{ ref('check_results') }} as results
left join {{ ref('councils') }} as councils on results.organisation_id = councils.organisation_id
