-- Grain: one row per council and course, from the council's own catalogue or from the configuration's list. One more
--   row per course stands for it above the councils.
-- Rule: a course that only attendance names, and no catalogue or list has, has its code alone.
-- Rule: above a council, a course has the name that comes first, and otherwise what all its councils say alike. What
--   they say differently is empty there.
with
listed as (
    select
        organisation_id, course_id, course_name, required_of, valid_months, due_within_days, multi_agency, cost_a_place
    from {{ ref('courses') }}
),

attended_alone as (
    select organisation_id, course_id from {{ ref('training_completions') }}
    except -- also removes repeated rows
    select organisation_id, course_id from listed
),

courses as (
    select * from listed
    union all
    select organisation_id, course_id, null, null, null, null, null, null from attended_alone
),

above as (
    select
        course_id,
        min(course_name) as course_name,
        {% for column in ['required_of', 'valid_months', 'due_within_days', 'multi_agency', 'cost_a_place'] %}
        case when count(distinct {{ column }}) = 1 then min({{ column }}) end as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from courses
    group by course_id
),

told as (
    select
        organisation_id, course_id, course_name, required_of, valid_months, due_within_days, multi_agency, cost_a_place
    from courses
    union all
    select null, course_id, course_name, required_of, valid_months, due_within_days, multi_agency, cost_a_place
    from above
)

select
    {{ course_key('organisation_id', 'course_id') }} as course_key,
    organisation_id,
    course_id,
    course_name,
    required_of,
    valid_months,
    due_within_days,
    multi_agency as is_multi_agency,
    cost_a_place
from told
