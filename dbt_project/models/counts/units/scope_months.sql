-- Grain: one row per organisation, scope and month for which something can be counted.
-- Rule: the council has every month. A team, and its service, has the months in which it has a social work post, a
--   social worker or an agency worker.
-- Rule: other teams and services, such as early help and education, have the months in which somebody there must take a
--   course, by the main assignment. Only training is counted there (is_of_training_alone).
with
council_months as (
    select distinct -- one row per source
        organisation_id, month_no, month_end
    from {{ ref('source_months') }}
),

team_months as (
    select organisation_id, month_no, month_end, current_team_id from {{ ref('assignment_month') }} where is_in_dfe
    union
    select organisation_id, month_no, month_end, current_team_id from {{ ref('agency_month') }} where is_in_dfe
    union
    select posts.organisation_id, posts.month_no, posts.month_end, posts.current_team_id
    from {{ ref('post_month') }} as posts
    inner join {{ ref('job_role') }} as roles on posts.job_role = roles.job_role and roles.is_in_dfe
),

required_of as (
    select distinct -- a role has several groups, and a group several courses
        courses.organisation_id, roles.job_role
    from {{ ref('courses') }} as courses
    inner join {{ ref('role_groups') }} as roles on courses.required_of = roles.role_group
),

training_months as (
    select distinct -- a team has several people
        people.organisation_id, people.month_no, people.month_end, teams.current_team_id
    from {{ ref('assignment_month') }} as people
    inner join required_of
        on people.organisation_id = required_of.organisation_id
        and people.job_role = required_of.job_role
    inner join {{ ref('main_teams') }} as teams
        on people.organisation_id = teams.organisation_id
        and people.month_no = teams.month_no
        and people.person_key = teams.person_key
),

all_teams as (
    select organisation_id, month_no, month_end, current_team_id, false as is_of_training_alone from team_months
    union all
    select organisation_id, month_no, month_end, current_team_id, true as is_of_training_alone from training_months
),

units as (
    select organisation_id, month_no, month_end, 'team' as scope, current_team_id as scope_id, is_of_training_alone
    from all_teams
    union all
    select
        teams.organisation_id,
        teams.month_no,
        teams.month_end,
        'service' as scope,
        services.service_id as scope_id,
        teams.is_of_training_alone
    from all_teams as teams
    inner join {{ ref('team_services') }} as services
        on teams.organisation_id = services.organisation_id
        and teams.current_team_id = services.current_team_id
        and teams.month_no >= services.from_month_no
        and teams.month_no < services.to_month_no
)

select
    organisation_id,
    month_no,
    month_end,
    'organisation' as scope,
    organisation_id as scope_id,
    false as is_of_training_alone
from council_months
union all
select organisation_id, month_no, month_end, scope, scope_id, bool_and(is_of_training_alone) as is_of_training_alone
from units
group by organisation_id, month_no, month_end, scope, scope_id
