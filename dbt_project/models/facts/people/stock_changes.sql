-- Grain: one row per organisation, month, scope, role group, social worker in post (people_in_post) and end of the
--   month. Heads and FTE count +1 at the closing and -1 at the opening.
-- Rule: somebody with the same posts, team, service, job and FTE at both month ends has no row, because the two would
--   cancel out.
-- Limit: a row does not mean that its unit changed. If somebody with two posts changed one of them, both are here.
with
assignment_months as (
    select
        months.organisation_id,
        months.month_no,
        months.assignment_key,
        months.person_key,
        months.current_team_id,
        months.job_role,
        months.fte,
        team_services.service_id
    from {{ ref('assignment_month') }} as months
    left join {{ ref('team_services') }} as team_services
        on months.organisation_id = team_services.organisation_id
        and months.current_team_id = team_services.current_team_id
        and months.month_no >= team_services.from_month_no
        and months.month_no < team_services.to_month_no
    where months.is_in_dfe
),

compared as (
    select
        organisation_id, month_no, person_key,
        coalesce(
            lag(month_no) over assignment = month_no - 1
            and lag(person_key) over assignment = person_key
            and lag(current_team_id) over assignment = current_team_id
            and lag(service_id) over assignment = service_id
            and lag(job_role) over assignment = job_role
            and lag(fte) over assignment = fte,
            false
        ) as is_as_before,
        coalesce(
            lead(month_no) over assignment = month_no + 1 and lead(person_key) over assignment = person_key, false
        ) as goes_on
    from assignment_months
    window assignment as (partition by organisation_id, assignment_key order by month_no)
),

changed as (
    select organisation_id, month_no, person_key from compared where not is_as_before
    union -- removes repeated rows
    select organisation_id, month_no + 1, person_key from compared where not goes_on
),

-- The same people at the previous month end and at this one.
closing as (
    select
        months.organisation_id, months.month_no, months.current_team_id, months.person_key, months.fte, roles.role_group
    from assignment_months as months
    inner join changed
        on months.organisation_id = changed.organisation_id
        and months.month_no = changed.month_no
        and months.person_key = changed.person_key
    inner join {{ ref('role_groups') }} as roles on months.job_role = roles.job_role
    where roles.role_group in {{ movement_role_groups() }}
),

opening as (
    select
        months.organisation_id, months.month_no, months.current_team_id, months.person_key, months.fte, roles.role_group
    from assignment_months as months
    inner join changed
        on months.organisation_id = changed.organisation_id
        and months.month_no + 1 = changed.month_no
        and months.person_key = changed.person_key
    inner join {{ ref('role_groups') }} as roles on months.job_role = roles.job_role
    where roles.role_group in {{ movement_role_groups() }}
)

select
    organisation_id,
    month_no,
    scope,
    scope_id,
    role_group,
    person_key,
    1 as heads,
    {{ as_fte('coalesce(sum(fte), 0)') }} as fte
from ({{ in_each_scope('closing') }}) as scoped
group by organisation_id, month_no, scope, scope_id, role_group, person_key
union all
select
    organisation_id,
    month_no + 1 as month_no,
    scope,
    scope_id,
    role_group,
    person_key,
    -1 as heads,
    {{ as_fte('-coalesce(sum(fte), 0)') }} as fte
from ({{ in_each_scope('opening') }}) as scoped
group by organisation_id, month_no, scope, scope_id, role_group, person_key
