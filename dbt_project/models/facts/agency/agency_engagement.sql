-- Grain: one row per agency booking as now known, with the engagement that it is part of.
-- Rule: first and last day are those reported last. If an end is entered late, the booking ended on the day that the
--   later extract gives.
-- Rule: if a booking has no end date and later extracts do not have it, it ended in the last month that has it.
-- Rule: bookings of a worker are one engagement if they overlap or if at most 7 days lie between them, in any team.
with
last_told as (
    select
        *,
        max(month_no) over (partition by organisation_id) as last_month_no
    from {{ ref('stg_agency__bookings') }}
    qualify row_number() over (partition by organisation_id, booking_key order by month_no desc) = 1
),

bookings as (
    select
        *,
        case when end_date is not null then end_date when month_no < last_month_no then month_end end as known_end_date,
        coalesce(end_date, month_end) as known_to
    from last_told
),

with_previous as (
    select
        *,
        max(known_to) over (
            partition by organisation_id, agency_worker_key order by start_date, booking_key
            rows between unbounded preceding and 1 preceding
        ) as previous_to
    from bookings
),

numbered as (
    select
        *,
        sum(case when previous_to is null or start_date > {{ add_days('previous_to', 8) }} then 1 else 0 end) over (
            partition by organisation_id, agency_worker_key order by start_date, booking_key
            rows between unbounded preceding and current row
        ) as engagement_no
    from with_previous
)

select
    organisation_id,
    booking_key,
    agency_worker_key,
    swe_key,
    start_date,
    known_end_date as end_date,
    end_date is null and known_end_date is not null as end_is_inferred,
    cast(engagement_no as integer) as engagement_no,
    min(start_date) over engagement as engaged_since,
    case
        when count(*) over engagement = count(known_end_date) over engagement then max(known_end_date) over engagement
    end as engaged_to
from numbered
window engagement as (partition by organisation_id, agency_worker_key, engagement_no)
