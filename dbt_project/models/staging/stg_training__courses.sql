-- Grain: one row a council and course.
-- Rule: a council that delivers its catalogue has the latest one in force; any other has the configuration's list.
with
catalogue as ({{ in_force('courses') }}),

latest as (
    select *, max(period_month_no) over (partition by organisation_id) as last_month_no
    from catalogue
),

delivered as (
    select
        organisation_id, course_id, course_name, required_of, valid_months,
        case when course_kind = 'induction' then due_within_days end as due_within_days,
        multi_agency, cost_a_place
    from latest
    where period_month_no = last_month_no
),

configured as (
    select
        councils.organisation_id, courses.course_id, courses.course_name, courses.required_of, courses.valid_months,
        courses.due_within_days, courses.multi_agency, courses.cost_a_place
    from {{ source('raw', 'config_course') }} as courses
    cross join {{ source('raw', 'config_organisation') }} as councils
    where councils.is_council and councils.organisation_id not in (select organisation_id from delivered)
),

courses as (
    select * from delivered
    union all
    select * from configured
)

select
    organisation_id,
    course_id,
    course_name,
    required_of,
    cast(valid_months as integer) as valid_months,
    cast(due_within_days as integer) as due_within_days,
    multi_agency,
    cast(cost_a_place as decimal(12, 2)) as cost_a_place
from courses
