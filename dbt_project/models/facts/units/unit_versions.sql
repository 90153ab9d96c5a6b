-- Grain: one row per unit and span of months in which its name, its parent and the names above it stayed the same.
--   The span is [from_month_no, to_month_no). A unit is a team, service, area, directorate, council, partnership,
--   region or England.
-- Rule: a unit's versions cover every month. The first one holds before the first month that is known, the last one
--   after the last, and a gap belongs to the version before it.
-- Rule: a team's service is the one under which its figures count in the month (team_services).
-- Rule: a team that only posts or waiting cases name, and no structure places, has no service.
-- Rule: the key of the first version is the unit's own name. A later version adds the month from which it holds.
-- Rule: a unit that only an earlier publication has keeps its id, without a name.
with
spans as (
    select
        organisation_id, unit_kind, unit_id, unit_name, parent_unit_id,
        case when row_number() over unit = 1 then 0 else from_month_no end as from_month_no,
        coalesce(lead(from_month_no) over unit, 999999) as to_month_no
    from {{ ref('org_units') }}
    window unit as (partition by organisation_id, unit_kind, unit_id order by from_month_no)
),

named_elsewhere as (
    select organisation_id, team_id from {{ ref('stg_establishment__posts') }}
    union -- also removes repeated rows
    select organisation_id, team_id from {{ ref('stg_caseload__unallocated') }}
),

without_structure as (
    select named_elsewhere.organisation_id, coalesce(todays.current_team_id, named_elsewhere.team_id) as current_team_id
    from named_elsewhere
    left join {{ ref('stg_config__current_teams') }} as todays
        on named_elsewhere.organisation_id = todays.organisation_id
        and named_elsewhere.team_id = todays.team_id
    where named_elsewhere.team_id is not null
    except -- also removes repeated rows
    select organisation_id, current_team_id from {{ ref('team_services') }}
),

places as (
    select organisation_id, current_team_id, service_id, from_month_no, to_month_no from {{ ref('team_services') }}
    union all
    select organisation_id, current_team_id, null, 0, 999999 from without_structure
),

-- Where a span of the team, of its service, and of the service's name meet.
teams as (
    select
        places.organisation_id,
        'team' as scope,
        places.current_team_id as scope_id,
        teams.unit_name,
        coalesce(teams.parent_unit_id, places.service_id) as parent_unit_id,
        places.service_id,
        services.unit_name as service_name,
        greatest(places.from_month_no, coalesce(teams.from_month_no, 0), coalesce(services.from_month_no, 0))
            as from_month_no
    from places
    left join spans as teams
        on places.organisation_id = teams.organisation_id
        and places.current_team_id = teams.unit_id
        and teams.unit_kind = 'team'
        and places.from_month_no < teams.to_month_no
        and places.to_month_no > teams.from_month_no
    left join spans as services
        on places.organisation_id = services.organisation_id
        and places.service_id = services.unit_id
        and services.unit_kind = 'service'
        and greatest(places.from_month_no, coalesce(teams.from_month_no, 0)) < services.to_month_no
        and least(places.to_month_no, coalesce(teams.to_month_no, 999999)) > services.from_month_no
),

services_without_name as (
    select organisation_id, service_id from teams where service_id is not null
    except -- also removes repeated rows
    select organisation_id, unit_id from spans where unit_kind = 'service'
),

areas as (
    select scope, scope_id from {{ ref('area_members') }}
    union -- also removes repeated rows
    select 'national', 'england'
),

now_known as (
    select organisation_id, scope, scope_id, unit_name, parent_unit_id, service_id, service_name, from_month_no
    from teams
    union all
    select
        organisation_id, unit_kind, unit_id, unit_name, parent_unit_id,
        case when unit_kind = 'service' then unit_id end,
        case when unit_kind = 'service' then unit_name end,
        from_month_no
    from spans
    where unit_kind not in ('team', 'council')
    union all
    select organisation_id, 'service', service_id, null, organisation_id, service_id, null, 0
    from services_without_name
    union all
    select organisation_id, 'organisation', organisation_id, organisation_name, null, null, null, 0
    from {{ ref('councils') }}
    union all
    select null, scope, scope_id, null, null, null, null, 0 from areas
),

published as (
    select organisation_id, scope, scope_id from {{ ref('stg_ledger__published_values') }}
    except -- also removes repeated rows
    select organisation_id, scope, scope_id from now_known
),

units as (
    select
        now_known.*,
        {{ in_turn(['unit_name', 'parent_unit_id', 'service_id', 'service_name']) }} as says,
        false as is_former
    from now_known
    union all
    select organisation_id, scope, scope_id, null, null, null, null, 0, null, true from published
),

compared as (
    select *, lag(says) over unit as said_before, row_number() over unit as span_no
    from units
    window unit as (partition by organisation_id, scope, scope_id order by from_month_no)
),

versions as (
    select
        *,
        {{ org_unit_key('compared') }} as org_unit,
        coalesce(lead(from_month_no) over unit, 999999) as to_month_no
    from compared
    where span_no = 1 or says is distinct from said_before
    window unit as (partition by organisation_id, scope, scope_id order by from_month_no)
)

select
    case
        when from_month_no = 0 then org_unit
        else org_unit || '/' || {{ month_label('from_month_no') }}
    end as unit_key,
    org_unit,
    organisation_id,
    scope,
    scope_id,
    unit_name,
    parent_unit_id,
    service_id,
    service_name,
    is_former,
    from_month_no,
    to_month_no
from versions
