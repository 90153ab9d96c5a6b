-- Grain: one row per council, month, reason why the extracts have somebody more than once, and person or agency worker
--   concerned.
-- Limit: registered social workers only, for every reason. A registration number that several employee numbers share
--   has a row for each of them.
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
    from {{ ref('assignment_spans') }} as spans
    inner join last_known on spans.organisation_id = last_known.organisation_id
    inner join {{ ref('months') }} as months
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
)

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
select organisation_id, month_no, 'staff_and_agency', agency_worker_key
from {{ ref('agency_month') }}
where is_also_in_post
union all
select organisation_id, month_no, 'casual_and_agency', person_key
from {{ ref('assignment_month') }}
where is_booked_as_agency
