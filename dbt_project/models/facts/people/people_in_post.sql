-- Grain: one row per organisation, month end, scope, role group and social worker in post (registered, `dfe`), with the
--   FTE worked there.
-- Rule: a person who works in two teams is in both teams, and once in the council.
{{ config(materialized='view') }}
with
staff as (
    select
        months.organisation_id, months.month_no, months.current_team_id, months.person_key, months.fte, roles.role_group
    from {{ ref('assignment_month') }} as months
    inner join {{ ref('role_groups') }} as roles on months.job_role = roles.job_role
    where months.is_in_dfe and roles.role_group in {{ movement_role_groups() }}
),

several_posts as (
    select organisation_id, month_no, person_key from {{ ref('people_with_several_posts') }} where dfe_posts > 1
),

-- Nearly everybody has one post, and so one row already.
with_one_post as (select * from staff anti join several_posts using (organisation_id, month_no, person_key)),

with_several_posts as (select * from staff semi join several_posts using (organisation_id, month_no, person_key))

select
    organisation_id,
    month_no,
    scope,
    scope_id,
    role_group,
    person_key,
    coalesce(fte, 0) as fte
from ({{ in_each_scope('with_one_post') }}) as scoped
union all
select
    organisation_id,
    month_no,
    scope,
    scope_id,
    role_group,
    person_key,
    coalesce(sum(fte), 0) as fte
from ({{ in_each_scope('with_several_posts') }}) as scoped
group by organisation_id, month_no, scope, scope_id, role_group, person_key
