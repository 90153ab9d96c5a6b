-- Grain: one row per team in which cases wait for a worker and month end.
with rows_in_force as ({{ in_force('caseload') }})

select
    organisation_id,
    period_month_no as month_no,
    unallocated_in_team as team_id,
    cases
from rows_in_force
where unallocated_in_team is not null
