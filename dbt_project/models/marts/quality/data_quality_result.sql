-- Grain: one row per rule, organisation, source, delivery and run of the checks. What the marts themselves were found
--   to be has source `marts` and no delivery; above a council it has no organisation either.
-- Rule: worked out in check_results.
-- Rule: the marts are checked after they are built: their latest results are written into this table then
--   (expectations/marts_check.py).
select
    rule_id,
    organisation_id,
    source,
    month_end,
    delivery_id,
    run_at,
    is_latest,
    severity,
    outcome,
    state,
    first_seen,
    rows_failed,
    rows_new,
    rows_again,
    rows_fixed,
    says,
    fix,
    indicators,
    put_right_in,
    owner,
    accepted_until
from {{ ref('check_results') }}
