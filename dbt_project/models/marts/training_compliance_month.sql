-- Grain: one row an organisation, month end, scope and course.
-- Rule: people in post of whom the course is required, and those of them who hold it in date.
-- Rule: above a council the councils' rows add up: of partnerships, and of regions and England that are whole (with_areas).
with
required as (select * from {{ ref('int_required_training') }}),

told as (
    select
        organisation_id,
        month_end,
        scope,
        scope_id,
        course_id,
        count(*) as people_required,
        cast(sum(case when is_held then 1 else 0 end) as bigint) as people_in_date,
        cast(sum(case when is_expiring then 1 else 0 end) as bigint) as people_expiring
    from ({{ in_each_scope('required') }}) as scoped
    group by organisation_id, month_end, scope, scope_id, course_id
)

select
    organisation_id,
    month_end,
    scope,
    scope_id,
    course_id,
    people_required,
    people_in_date,
    people_expiring,
    organisations_counted,
    organisations_left_out
from (
    {{ with_areas('told', ['month_end', 'course_id'], numbers=['people_required', 'people_in_date', 'people_expiring']) }}
) as figures
