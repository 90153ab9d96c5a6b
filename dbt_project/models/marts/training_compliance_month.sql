-- Grain: one row an organisation, month end, scope and course.
-- Rule: people in post of whom the course is required, and those of them who hold it in date.
with required as (select * from {{ ref('int_required_training') }})

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
