-- Grain: one row per organisation, unit and period of months in which its name, parent and service at the month end
--   stayed the same, [from_month_no, to_month_no).
-- Rule: if a council delivers its organisation chart (source org_units), that structure counts, with its own dates. For
--   other councils the establishment of each month gives the teams and services.
-- Rule: a team that was re-organised or renamed is under its present id, with the name and service of the month.
-- Rule: if two old teams are one today, the name and service of the month come from the one with the larger
--   establishment, then the lower id.
-- Limit: a unit is known only for months with deliveries.
with recursive
teams as (select * from {{ ref('stg_config__current_teams') }}),

chart as (
    select
        units.organisation_id, months.month_no, units.unit_id, units.unit_name, units.unit_kind, units.parent_unit_id
    from {{ ref('stg_org__units') }} as units
    inner join {{ ref('months') }} as months
        on units.from_date <= months.month_end
        and (units.to_date is null or units.to_date >= months.month_end)
),

-- From each team upwards, one parent at a time, until a service is found.
walk as (
    select organisation_id, month_no, unit_id as team_id, parent_unit_id as reached_unit_id, 1 as step
    from chart
    where unit_kind = 'team'
    union all
    select walk.organisation_id, walk.month_no, walk.team_id, chart.parent_unit_id, walk.step + 1
    from walk
    inner join chart
        on walk.organisation_id = chart.organisation_id
        and walk.month_no = chart.month_no
        and walk.reached_unit_id = chart.unit_id
    where chart.unit_kind <> 'service' and walk.step < 10
),

chart_services as (
    select walk.organisation_id, walk.month_no, walk.team_id, min(chart.unit_id) as service_id
    from walk
    inner join chart
        on walk.organisation_id = chart.organisation_id
        and walk.month_no = chart.month_no
        and walk.reached_unit_id = chart.unit_id
        and chart.unit_kind = 'service'
    group by walk.organisation_id, walk.month_no, walk.team_id
),

posts as (
    select posts.*
    from {{ ref('stg_establishment__posts') }} as posts
    where posts.organisation_id not in (select organisation_id from chart)
),

told as (
    select
        chart.organisation_id, chart.month_no, chart.unit_kind, chart.unit_id, chart.unit_name, chart.parent_unit_id,
        case chart.unit_kind
            when 'team' then chart_services.service_id
            when 'service' then chart.unit_id
        end as service_id,
        0 as budgeted_fte
    from chart
    left join chart_services
        on chart.organisation_id = chart_services.organisation_id
        and chart.month_no = chart_services.month_no
        and chart.unit_id = chart_services.team_id
    union all
    select organisation_id, month_no, 'team', team_id, max(team_name), service_id, service_id, sum(budgeted_fte)
    from posts
    group by organisation_id, month_no, team_id, service_id
    union all
    select
        organisation_id, month_no, 'service', service_id, max(service_name), organisation_id, service_id,
        sum(budgeted_fte)
    from posts
    group by organisation_id, month_no, service_id
),

in_todays_teams as (
    select
        told.organisation_id, told.month_no, told.unit_kind,
        case told.unit_kind when 'team' then coalesce(teams.current_team_id, told.unit_id) else told.unit_id end
            as unit_id,
        told.unit_name, told.parent_unit_id, told.service_id, told.budgeted_fte,
        told.unit_id as old_unit_id
    from told
    left join teams
        on told.organisation_id = teams.organisation_id
        and told.unit_id = teams.team_id
    where told.unit_id is not null
),

one_a_month as (
    select *
    from in_todays_teams
    qualify row_number() over (
        partition by organisation_id, month_no, unit_kind, unit_id
        order by budgeted_fte desc, old_unit_id, service_id
    ) = 1
),

marked as (
    select
        *,
        case
            when lag(month_no) over unit = month_no - 1
                and (lag(unit_name) over unit is not distinct from unit_name)
                and (lag(parent_unit_id) over unit is not distinct from parent_unit_id)
                and (lag(service_id) over unit is not distinct from service_id)
                then 0
            else 1
        end as is_new_span
    from one_a_month
    window unit as (partition by organisation_id, unit_kind, unit_id order by month_no)
),

numbered as (
    select
        *,
        sum(is_new_span) over (
            partition by organisation_id, unit_kind, unit_id
            order by month_no rows between unbounded preceding and current row
        ) as span_no
    from marked
)

select
    organisation_id,
    unit_kind,
    unit_id,
    any_value(unit_name) as unit_name,
    any_value(parent_unit_id) as parent_unit_id,
    any_value(service_id) as service_id,
    min(month_no) as from_month_no,
    max(month_no) + 1 as to_month_no
from numbered
group by organisation_id, unit_kind, unit_id, span_no
