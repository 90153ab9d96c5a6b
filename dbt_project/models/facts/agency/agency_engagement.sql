-- Grain: one row per agency booking as now known, with the engagement that it is part of.
-- Rule: first and last day are those told last: a booking whose end is entered late ended when the later extract says.
--   One without an end that later extracts no longer have ended in the last month that has it.
-- Rule: a worker's engagement goes on through bookings that overlap or follow within 7 days, whatever team they are in.
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
