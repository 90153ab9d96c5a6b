-- Grain: one row an organisation, scope and month for which something can be counted.
-- Rule: the council in every month; a team in the months in which it has a social work post, a social worker or an agency worker,
--   and its service with it.
with
council_months as (
    select distinct -- one row a source
        organisation_id, month_no, month_end
    from {{ ref('int_source_months') }}
),

team_months as (
    select organisation_id, month_no, month_end, current_team_id from {{ ref('assignment_month') }} where is_in_dfe
    union
    select organisation_id, month_no, month_end, current_team_id from {{ ref('agency_month') }} where is_in_dfe
    union
    select posts.organisation_id, posts.month_no, posts.month_end, posts.current_team_id
    from {{ ref('post_month') }} as posts
    inner join {{ ref('job_role') }} as roles on posts.job_role = roles.job_role and roles.is_in_dfe
)

select organisation_id, month_no, month_end, 'organisation' as scope, organisation_id as scope_id from council_months
union all
select organisation_id, month_no, month_end, 'team' as scope, current_team_id as scope_id from team_months
union all
select distinct -- a service has several teams
    teams.organisation_id, teams.month_no, teams.month_end, 'service' as scope, services.service_id as scope_id
from team_months as teams
inner join {{ ref('int_team_services') }} as services
    on teams.organisation_id = services.organisation_id
    and teams.current_team_id = services.current_team_id
    and teams.month_no >= services.from_month_no
    and teams.month_no < services.to_month_no
