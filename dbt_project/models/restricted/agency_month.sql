-- Grain: one row a booking and month end at which the worker is in place.
-- Rule: in place at a month end: started on or before it, last day after it, as for staff in post.
with
bookings as (select * from {{ ref('stg_agency__bookings') }}),
roles as (select * from {{ ref('job_role') }}),
teams as (select * from {{ ref('stg_config__current_teams') }})

select
    bookings.organisation_id,
    bookings.month_end,
    bookings.month_no,
    bookings.booking_key,
    bookings.agency_worker_key,
    bookings.team_id,
    coalesce(teams.current_team_id, bookings.team_id) as current_team_id,
    bookings.job_role,
    bookings.registered_social_worker and roles.is_in_dfe as is_in_dfe,
    bookings.fte,
    bookings.cover_reason,
    bookings.post_id
from bookings
inner join roles on bookings.job_role = roles.job_role
left join teams
    on bookings.organisation_id = teams.organisation_id
    and bookings.team_id = teams.team_id
where
    bookings.start_date <= bookings.month_end
    and (bookings.end_date is null or bookings.end_date > bookings.month_end)
