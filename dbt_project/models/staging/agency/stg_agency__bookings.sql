-- Grain: one row per booking and month.
-- Rule: FTE is booked hours divided by standard hours. Timesheets are not used.
-- Rule: a booking whose row was rejected, but whose number can be read, has the values last accepted for it
--   (docs/counting_rules.md, A2). If only the worker's number can be read, the same holds for each of the worker's
--   bookings in the previous extract that has no row of its own and had not ended.
with
rows_in_force as ({{ in_force('agency') }}),

told as (
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
),

rejected as (
    select organisation_id, month_no, month_end, booking_key, agency_worker_key
    from {{ ref('stg_rejected__keys') }}
    where source = 'agency'
),

extracts as (
    select
        organisation_id, month_no,
        lag(month_no) over (partition by organisation_id order by month_no) as month_no_before
    from {{ ref('deliveries_in_force') }}
    where source = 'agency'
),

told_by_number as (
    select organisation_id, month_no, month_end, booking_key from rejected where booking_key is not null
    union -- removes repeated rows
    select rejected.organisation_id, rejected.month_no, rejected.month_end, told.booking_key
    from rejected
    inner join extracts
        on rejected.organisation_id = extracts.organisation_id
        and rejected.month_no = extracts.month_no
    inner join told
        on rejected.organisation_id = told.organisation_id
        and rejected.agency_worker_key = told.agency_worker_key
        and extracts.month_no_before = told.month_no
        and (told.end_date is null or told.end_date >= {{ month_start('rejected.month_no') }})
    where rejected.booking_key is null
),

kept as (
    select
        told.organisation_id, told_by_number.month_no, told_by_number.month_end, told.booking_key,
        told.agency_worker_key, told.swe_key, told.team_id, told.job_role, told.registered_social_worker,
        told.start_date, told.end_date, told.fte, told.weekly_hours, told.charge_rate, told.cover_reason, told.post_id
    from told_by_number
    anti join told as accepted
        on told_by_number.organisation_id = accepted.organisation_id
        and told_by_number.month_no = accepted.month_no
        and told_by_number.booking_key = accepted.booking_key
    inner join told
        on told_by_number.organisation_id = told.organisation_id
        and told_by_number.booking_key = told.booking_key
        and told_by_number.month_no > told.month_no
    qualify row_number() over (
        partition by told_by_number.organisation_id, told_by_number.month_no, told_by_number.booking_key
        order by told.month_no desc
    ) = 1
),

told_or_kept as (
    select * from told
    union all
    select * from kept
)

select
    organisation_id,
    month_no,
    month_end,
    booking_key,
    agency_worker_key,
    swe_key,
    team_id,
    job_role,
    registered_social_worker,
    start_date,
    end_date,
    fte,
    weekly_hours,
    charge_rate,
    cover_reason,
    post_id
from told_or_kept
