-- Grain: one row an assignment and delivery in force; of a full history, one row an assignment and effective date.
with rows_in_force as ({{ in_force('hr_assignments') }})

select
    organisation_id,
    period_month_no,
    delivers,
    delivery_id,
    person_key,
    assignment_key,
    post_id,
    team_id,
    job_role,
    registered_social_worker,
    contract_type,
    {{ as_fte('fte') }} as fte,
    start_date,
    end_date,
    leaving_reason,
    start_origin,
    team_start_date,
    long_absence,
    effective_from,
    effective_to
from rows_in_force
