-- Grain: one row per organisation, team in today's structure and period of months in which it belonged to a service,
--   [from_month_no, to_month_no).
-- Rule: every month has a service. The first period also covers the months before it, and the last the months after it.
--   A gap belongs to the period before it.
-- Rule: a team without a service in any structure is in `not_known`, so that a council's services add up to the
--   council.
with
told as (
    select organisation_id, unit_id as current_team_id, from_month_no, coalesce(service_id, 'not_known') as service_id
    from {{ ref('org_units') }}
    where unit_kind = 'team'
),

teams_in_use as (
    select organisation_id, current_team_id from {{ ref('assignment') }}
    union -- also removes repeated rows
    select bookings.organisation_id, coalesce(teams.current_team_id, bookings.team_id)
    from {{ ref('stg_agency__bookings') }} as bookings
    left join {{ ref('stg_config__current_teams') }} as teams
        on bookings.organisation_id = teams.organisation_id
        and bookings.team_id = teams.team_id
),

placed as (
    select organisation_id, current_team_id, from_month_no, service_id from told
    union all
    select organisation_id, current_team_id, 0, 'not_known'
    from teams_in_use
    anti join told using (organisation_id, current_team_id)
    where current_team_id is not null
)

select
    organisation_id,
    current_team_id,
    case when row_number() over team = 1 then 0 else from_month_no end as from_month_no,
    coalesce(lead(from_month_no) over team, 999999) as to_month_no,
    service_id
from placed
window team as (partition by organisation_id, current_team_id order by from_month_no)
