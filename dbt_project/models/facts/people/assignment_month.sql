-- Grain: one row per assignment and month end at which it is in post.
-- Rule: an assignment is in post at a month end if it started on or before it and its last day is after it
--   (docs/counting_rules.md E1). Somebody who leaves on the last day of a month is not in post at its end, unless the
--   work goes on in another post (D1).
-- Rule: a social worker who is seconded in is employed by a partner. So the row is marked, and never counts in `dfe`.
-- Rule: the FTE of a joint post of two councils counts in full in `dfe`, in the council that pays. In `board` it counts
--   by the agreed split (agreed_fte).
-- Rule: a casual worker who is also booked through an agency at the month end (with the same registration number)
--   counts as agency.
-- Limit: there are rows only for months with a delivery of staff in post, and for gaps between two of them.
with
months as (select * from {{ ref('months') }}),
versions as (select * from {{ ref('assignment') }}),
roles as (select * from {{ ref('job_role') }}),

booked as (
    select distinct -- a worker can have two bookings
        organisation_id, month_no, swe_key
    from {{ ref('agency_bookings') }}
    where is_in_place and swe_key is not null
),

last_known as (
    select organisation_id, max(month_no) as last_month_no
    from {{ ref('source_months') }}
    where source = 'hr_assignments' and is_in_force
    group by organisation_id
)

select
    versions.organisation_id,
    months.month_end,
    months.month_no,
    versions.assignment_key,
    versions.person_key,
    versions.swe_key,
    versions.post_id,
    versions.team_id,
    versions.current_team_id,
    versions.job_role,
    roles.seniority,
    versions.registered_social_worker,
    versions.registered_social_worker and roles.is_in_dfe and {{ is_paid_here('versions') }}
    and (versions.contract_type <> 'casual' or booked.swe_key is null) as is_in_dfe,
    versions.contract_type = 'casual' and booked.swe_key is not null as is_booked_as_agency,
    versions.contract_type,
    versions.fte,
    {{ agreed_fte('versions') }} as agreed_fte,
    versions.start_date,
    versions.team_start_date,
    versions.long_absence,
    versions.delivery_id
from versions
inner join roles on versions.job_role = roles.job_role
inner join last_known on versions.organisation_id = last_known.organisation_id
inner join months
    on months.month_no <= last_known.last_month_no
    and versions.valid_from <= months.month_end
    and versions.in_post_to > months.month_end
left join booked
    on versions.organisation_id = booked.organisation_id
    and versions.swe_key = booked.swe_key
    and months.month_no = booked.month_no
