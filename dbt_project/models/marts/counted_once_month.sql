-- Grain: one row an organisation, month end and way in which the extracts have somebody more than once; none where they do not.
-- Rule: who is found so is counted once by a stated rule (column counted_as), and reported here for HR to put right.
-- Limit: numbers of people who are registered social workers, whatever the reason; who they are is in the restricted tables.
with
staff as (
    select organisation_id, month_no, person_key, count(*) as posts, sum(fte) as fte
    from {{ ref('assignment_month') }}
    where is_in_dfe
    group by organisation_id, month_no, person_key
),

last_known as (
    select organisation_id, max(month_no) as last_month_no from {{ ref('assignment_month') }} group by organisation_id
),

twice as (
    select spans.organisation_id, months.month_no, spans.person_key
    from {{ ref('int_assignment_spans') }} as spans
    inner join last_known on spans.organisation_id = last_known.organisation_id
    inner join {{ ref('int_months') }} as months
        on spans.valid_from <= months.month_end
        and spans.valid_to > months.month_end
        and months.month_no <= last_known.last_month_no
    where spans.is_written_twice
),

told as (
    select organisation_id, period_month_no as month_no, person_key, swe_key, count(distinct told_person_key) as numbers
    from {{ ref('stg_hr__assignments') }}
    where swe_key is not null
    group by organisation_id, period_month_no, person_key, swe_key
),

found as (
    select organisation_id, month_no, 'two_posts' as found, person_key from staff where posts > 1
    union all
    select organisation_id, month_no, 'fte_above_1', person_key from staff where fte > 1
    union all
    select organisation_id, month_no, 'post_written_twice', person_key from twice
    union all
    select organisation_id, month_no, 'two_employee_numbers', person_key from told where numbers > 1
    union all
    select organisation_id, month_no, 'registration_number_shared', person_key
    from told
    qualify count(*) over (partition by organisation_id, month_no, swe_key) > 1
    union all
    select organisation_id, month_no, 'staff_and_agency', agency_worker_key from {{ ref('agency_month') }} where is_also_in_post
    union all
    select organisation_id, month_no, 'casual_and_agency', person_key from {{ ref('assignment_month') }} where is_booked_as_agency
)

select
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    found,
    count(distinct person_key) as people,
    case found
        when 'two_posts' then 'one head, in the more senior post; the FTE of both'
        when 'fte_above_1' then 'one head; the FTE as contracted'
        when 'post_written_twice' then 'one assignment, the longer or else the larger; the other is left out'
        when 'two_employee_numbers' then 'one head; the assignments of both numbers'
        when 'registration_number_shared' then 'as many heads as employee numbers: the number is taken for a filler'
        when 'staff_and_agency' then 'one head and FTE, as staff; the booking is left out of rates'
        when 'casual_and_agency' then 'one head and FTE, as agency; the assignment is left out of rates'
    end as counted_as
from found
group by organisation_id, month_no, found
