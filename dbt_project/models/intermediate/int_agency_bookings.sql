-- Grain: one row a booking and month in which it ran on any day.
-- Rule: in place at a month end: started on or before it, last day after it, as for staff in post.
-- Rule: cost is the charge rate times the hours booked for the days of the month that the booking ran; empty without a rate.
-- Rule: a worker's engagement goes on through bookings that overlap or follow within 7 days, whatever team they are in. A booking without
--   an end that later extracts no longer have ended in the last month that has it.
-- Limit: booked hours, never a timesheet's or an invoice's; value added tax is not added.
with
bookings as (
    select
        *,
        {{ month_start('month_no') }} as month_start,
        greatest(start_date, {{ month_start('month_no') }}) as first_day,
        least(coalesce(end_date, month_end), month_end) as last_day
    from {{ ref('stg_agency__bookings') }}
    where start_date <= month_end and (end_date is null or end_date >= {{ month_start('month_no') }})
),

roles as (select * from {{ ref('job_role') }}),

teams as (select * from {{ ref('stg_config__current_teams') }}),

last_told as (
    select
        organisation_id, agency_worker_key, booking_key, start_date,
        coalesce(end_date, month_end) as known_to
    from {{ ref('stg_agency__bookings') }}
    qualify row_number() over (partition by organisation_id, booking_key order by month_no desc) = 1
),

with_previous as (
    select
        *,
        max(known_to) over (
            partition by organisation_id, agency_worker_key order by start_date, booking_key
            rows between unbounded preceding and 1 preceding
        ) as previous_to
    from last_told
),

numbered as (
    select
        *,
        sum(case when previous_to is null or start_date > {{ add_days('previous_to', 8) }} then 1 else 0 end) over (
            partition by organisation_id, agency_worker_key order by start_date, booking_key
            rows between unbounded preceding and current row
        ) as engagement_no
    from with_previous
),

engagements as (
    select
        organisation_id, booking_key,
        min(start_date) over (partition by organisation_id, agency_worker_key, engagement_no) as engaged_since
    from numbered
)

select
    bookings.organisation_id,
    bookings.month_end,
    bookings.month_no,
    bookings.booking_key,
    bookings.agency_worker_key,
    bookings.swe_key,
    bookings.team_id,
    coalesce(teams.current_team_id, bookings.team_id) as current_team_id,
    bookings.job_role,
    bookings.registered_social_worker and roles.is_in_dfe as is_in_dfe,
    bookings.fte,
    bookings.cover_reason,
    bookings.post_id,
    bookings.end_date is null or bookings.end_date > bookings.month_end as is_in_place,
    engagements.engaged_since,
    case
        {% for band, months in engagement_bands() %}
        when {{ add_months('engagements.engaged_since', months) }} <= {{ add_days('bookings.month_end', 1) }} then '{{ band }}'
        {% endfor %}
    end as engaged_for,
    {{ as_fte('bookings.fte * (bookings.last_day - bookings.first_day + 1) / extract(day from bookings.month_end)') }} as fte_of_month,
    cast(
        bookings.charge_rate * bookings.weekly_hours * (bookings.last_day - bookings.first_day + 1) / 7 as decimal(18, 2)
    ) as cost
from bookings
inner join roles on bookings.job_role = roles.job_role
inner join engagements
    on bookings.organisation_id = engagements.organisation_id
    and bookings.booking_key = engagements.booking_key
left join teams
    on bookings.organisation_id = teams.organisation_id
    and bookings.team_id = teams.team_id
