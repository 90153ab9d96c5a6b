-- Grain: one row per rule, organisation, source, delivery and run of the checks. Results about the marts themselves
--   have source `marts` and no delivery. Above a council they have no organisation either.
-- Rule: calculated in check_results.
-- Rule: the marts are checked after they are built. Their latest results are then added to this table
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
