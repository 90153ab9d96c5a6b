-- Grain: one row a booking and month.
-- Rule: FTE is booked hours over standard hours, never a timesheet's.
with rows_in_force as ({{ in_force('agency') }})

select
    organisation_id,
    period_month_no as month_no,
    period_month_end as month_end,
    booking_key,
    agency_worker_key,
    swe_key,
    team_id,
    job_role,
    registered_social_worker,
    start_date,
    end_date,
    {{ as_fte(ratio('weekly_hours', 'standard_hours')) }} as fte,
    weekly_hours,
    charge_rate,
    cover_reason,
    post_id
from rows_in_force
