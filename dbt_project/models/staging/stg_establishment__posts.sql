-- Grain: one row a post and month end.
with rows_in_force as ({{ in_force('establishment') }})

select
    organisation_id,
    period_month_no as month_no,
    period_month_end as month_end,
    post_id,
    team_id,
    team_name,
    service_id,
    service_name,
    job_role,
    {{ as_fte('budgeted_fte') }} as budgeted_fte,
    post_status
from rows_in_force
