-- Grain: one row per council and course in the latest catalogue that the council delivered.
-- Rule: only an induction has days within which it is due.
with
catalogue as ({{ in_force('courses') }}),

latest as (
    select *, max(period_month_no) over (partition by organisation_id) as last_month_no
    from catalogue
)

select
    organisation_id,
    course_id,
    course_name,
    required_of,
    valid_months,
    case when course_kind = 'induction' then due_within_days end as due_within_days,
    multi_agency,
    cost_a_place
from latest
where period_month_no = last_month_no
