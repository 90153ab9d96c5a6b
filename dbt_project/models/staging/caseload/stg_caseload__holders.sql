-- Grain: one row per worker and month end.
-- Rule: a worker with two employee numbers has one caseload, the sum of both.
with rows_in_force as ({{ in_force('caseload') }})

select
    rows_in_force.organisation_id,
    rows_in_force.period_month_no as month_no,
    {{ linked_person('rows_in_force') }} as person_key,
    rows_in_force.agency_worker_key,
    sum(rows_in_force.cases) as cases,
    sum(rows_in_force.changed_worker) as changed_worker
from rows_in_force
{{ join_person_links('rows_in_force') }}
where rows_in_force.unallocated_in_team is null
group by
    rows_in_force.organisation_id, rows_in_force.period_month_no,
    {{ linked_person('rows_in_force') }}, rows_in_force.agency_worker_key
