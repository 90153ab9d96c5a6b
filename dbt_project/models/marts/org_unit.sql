-- Grain: one row an organisation and unit (a service or a team), as in the latest month in which the establishment has it.
-- Rule: reports use today's structure: a team that was re-organised or renamed has one row, under its present id and latest name.
with
teams as (select * from {{ ref('stg_config__current_teams') }}),

posts as (
    select
        posts.organisation_id, posts.month_no, posts.month_end, posts.post_id, posts.service_id, posts.service_name,
        coalesce(teams.current_team_id, posts.team_id) as current_team_id,
        posts.team_name
    from {{ ref('stg_establishment__posts') }} as posts
    left join teams
        on posts.organisation_id = teams.organisation_id
        and posts.team_id = teams.team_id
)

select
    organisation_id,
    current_team_id as unit_id,
    max_by(team_name, month_no) as unit_name,
    'team' as unit_kind,
    max_by(service_id, month_no) as parent_unit_id,
    {{ month_start('min(month_no)') }} as from_date,
    {{ month_end('max(month_no)') }} as to_date
from posts
group by organisation_id, current_team_id
union all
select
    organisation_id,
    service_id as unit_id,
    max_by(service_name, month_no) as unit_name,
    'service' as unit_kind,
    organisation_id as parent_unit_id,
    {{ month_start('min(month_no)') }} as from_date,
    {{ month_end('max(month_no)') }} as to_date
from posts
group by organisation_id, service_id
