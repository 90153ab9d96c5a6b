-- Grain: one row a booking and month end at which the worker is in place.
-- Rule: in place at a month end: started on or before it, last day after it, as for staff in post.
select
    organisation_id,
    month_end,
    month_no,
    booking_key,
    agency_worker_key,
    team_id,
    current_team_id,
    job_role,
    is_in_dfe,
    fte,
    cover_reason,
    post_id,
    engaged_since,
    engaged_for
from {{ ref('int_agency_bookings') }}
where is_in_place
