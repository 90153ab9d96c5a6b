-- Grain: one row a worker and month end.
with rows_in_force as ({{ in_force('caseload') }})

select
    organisation_id,
    period_month_no as month_no,
    person_key,
    agency_worker_key,
    cases
from rows_in_force
where unallocated_in_team is null
