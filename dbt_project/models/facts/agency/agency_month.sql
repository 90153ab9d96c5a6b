-- Grain: one row per booking and month end at which the worker is in place.
-- Rule: a worker is in place at a month end if the booking started on or before it and its last day is after it, as for
--   staff in post.
-- Rule: somebody who also has a contract with the council at the month end (with the same registration number) counts
--   as staff, and not as agency too.
with
bookings as (select * from {{ ref('agency_bookings') }} where is_in_place),

in_post as (
    select distinct -- somebody can hold two posts
        organisation_id, month_no, swe_key
    from {{ ref('assignment_month') }}
    where is_in_dfe and swe_key is not null
)

select
    bookings.organisation_id,
    bookings.month_end,
    bookings.month_no,
    bookings.booking_key,
    bookings.agency_worker_key,
    bookings.team_id,
    bookings.current_team_id,
    bookings.job_role,
    bookings.is_in_dfe and in_post.swe_key is null as is_in_dfe,
    in_post.swe_key is not null as is_also_in_post,
    bookings.fte,
    bookings.cover_reason,
    bookings.post_id,
    bookings.engaged_since,
    bookings.engaged_for
from bookings
left join in_post
    on bookings.organisation_id = in_post.organisation_id
    and bookings.month_no = in_post.month_no
    and bookings.swe_key = in_post.swe_key
