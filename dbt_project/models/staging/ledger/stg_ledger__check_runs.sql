-- Grain: one row per rule, council, source, delivery and run of the checks, for problems that were open or fixed in the
--   run.
select
    rule_id,
    organisation_id,
    source,
    period,
    delivery_id,
    severity,
    outcome,
    rows_failed,
    says,
    fix,
    indicators,
    put_right_in,
    accepted_until,
    run_at,
    first_seen,
    state,
    rows_new,
    rows_again,
    rows_fixed
from {{ source('raw', 'check_runs') }}
