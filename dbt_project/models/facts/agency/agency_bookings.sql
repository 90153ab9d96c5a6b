-- Grain: one row per booking and month in which it ran on any day.
-- Rule: a worker is in place at a month end if the booking started on or before it and its last day is after it, as for
--   staff in post.
-- Rule: cost is the charge rate times the hours booked for the days of the month on which the booking ran. It is empty
--   if there is no rate.
-- Rule: first and last day are those reported last (agency_engagement). A booking may be reported late or be missing
--   from an extract. It still counts in every month from its first day to the extract that reports it. It does not
--   count in a month whose extract has the worker in another booking.
-- Limit: hours are those booked, not those of a timesheet or an invoice. Value added tax is not included.
with
told as (
    select
        bookings.organisation_id, bookings.month_no, bookings.month_end, bookings.booking_key,
        bookings.agency_worker_key, bookings.team_id, bookings.job_role, bookings.registered_social_worker,
        bookings.fte, bookings.cover_reason, bookings.post_id, bookings.charge_rate, bookings.weekly_hours,
        engagements.swe_key, engagements.start_date, engagements.engaged_since,
        case when not engagements.end_is_inferred then engagements.end_date end as end_date,
        lag(bookings.month_no)
            over (partition by bookings.organisation_id, bookings.booking_key order by bookings.month_no)
            as told_before_no
    from {{ ref('stg_agency__bookings') }} as bookings
    inner join {{ ref('agency_engagement') }} as engagements
        on bookings.organisation_id = engagements.organisation_id
        and bookings.booking_key = engagements.booking_key
),

known as (
    select organisation_id, month_no, month_end from {{ ref('source_months') }} where source = 'agency' and is_in_force
),

told_of_later as (
    select
        told.organisation_id, known.month_no, known.month_end, told.booking_key,
        told.agency_worker_key, told.team_id, told.job_role, told.registered_social_worker,
        told.fte, told.cover_reason, told.post_id, told.charge_rate, told.weekly_hours,
        told.swe_key, told.start_date, told.engaged_since, told.end_date, told.told_before_no
    from told
    inner join known
        on told.organisation_id = known.organisation_id
        and known.month_no >= greatest({{ month_no('told.start_date') }}, coalesce(told.told_before_no + 1, 0))
        and known.month_no < told.month_no
    left join told as there
        on known.organisation_id = there.organisation_id
        and known.month_no = there.month_no
        and told.agency_worker_key = there.agency_worker_key
    where there.booking_key is null
),

all_months as (
    select * from told
    union all
    select * from told_of_later
),

bookings as (
    select
        *,
        {{ days_between(
            'greatest(start_date, ' ~ month_start('month_no') ~ ')', 'least(coalesce(end_date, month_end), month_end)'
        ) }} + 1 as days
    from all_months
    where start_date <= month_end and (end_date is null or end_date >= {{ month_start('month_no') }})
),

roles as (select * from {{ ref('job_role') }}),

teams as (select * from {{ ref('stg_config__current_teams') }})

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
    bookings.engaged_since,
    case
        {% for band, months in engagement_bands() %}
        when
            {{ add_months('bookings.engaged_since', months) }} <= {{ add_days('bookings.month_end', 1) }}
            then '{{ band }}'
        {% endfor %}
    end as engaged_for,
    {{ as_average_fte('bookings.fte * bookings.days / extract(day from bookings.month_end)') }} as fte_of_month,
    cast(
        bookings.charge_rate
        * bookings.weekly_hours
        * bookings.days
        / 7 as decimal(18, 2)
    ) as cost
from bookings
inner join roles on bookings.job_role = roles.job_role
left join teams
    on bookings.organisation_id = teams.organisation_id
    and bookings.team_id = teams.team_id
