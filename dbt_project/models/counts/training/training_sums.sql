-- Grain: one row per council, month and scope, for months in which training is in force.
-- Rule: attempts recorded in the month. Each attempt takes a place and costs one, even if it was failed or missed.
-- Rule: an attempt is in the team of the main assignment at the month end. If the person has none by then, it counts
--   for the council only.
-- Rule: an attendance is multi-agency if the extract says so, or if the catalogue says that the course is taught
--   together with partners. An occasion is such a course on a day on which somebody completed it.
-- Limit: the council's own staff only. Partners' staff on the same course are not in the extract. A course that is not
--   in the catalogue has no cost.
{% set counts = [
    'attempts', 'completions', 'people_trained', 'places_missed', 'multi_agency_completions', 'multi_agency_occasions',
    'attempts_without_cost',
] %}
with
known as (
    {{ months_in_force(['training']) }}
),

attempts as (
    select
        attempts.organisation_id,
        attempts.recorded_month_no as month_no,
        attempts.person_key,
        attempts.course_id,
        attempts.recorded_date,
        attempts.outcome, courses.cost_a_place, teams.current_team_id,
        attempts.outcome = 'completed' as is_completed,
        attempts.outcome = 'completed'
        and (attempts.delivery = 'multi_agency' or coalesce(courses.multi_agency, false)) as is_multi_agency
    from {{ ref('stg_training__attempts') }} as attempts
    inner join known
        on attempts.organisation_id = known.organisation_id
        and attempts.recorded_month_no = known.month_no
    left join {{ ref('courses') }} as courses
        on attempts.organisation_id = courses.organisation_id
        and attempts.course_id = courses.course_id
    left join {{ ref('main_teams') }} as teams
        on attempts.organisation_id = teams.organisation_id
        and attempts.recorded_month_no = teams.month_no
        and attempts.person_key = teams.person_key
),

sums as (
    select
        organisation_id, month_no, scope, scope_id,
        count(*) as attempts,
        sum(case when is_completed then 1 else 0 end) as completions,
        count(distinct case when is_completed then person_key end) as people_trained,
        sum(case when outcome = 'did_not_attend' then 1 else 0 end) as places_missed,
        sum(case when is_multi_agency then 1 else 0 end) as multi_agency_completions,
        count(distinct case when is_multi_agency then course_id || cast(recorded_date as {{ dbt.type_string() }}) end)
            as multi_agency_occasions,
        sum(coalesce(cost_a_place, 0)) as cost,
        sum(case when cost_a_place is null then 1 else 0 end) as attempts_without_cost
    from ({{ in_each_scope('attempts') }}) as scoped
    where scope_id is not null
    group by organisation_id, month_no, scope, scope_id
),

units as (
    select organisation_id, month_no, scope, scope_id from sums
    union -- removes repeated rows; a council has its row even if nobody was trained
    select organisation_id, month_no, 'organisation', organisation_id from known
)

select
    units.organisation_id, {{ month_end('units.month_no') }} as month_end, units.scope, units.scope_id,
    {% for count in counts %}
    cast(coalesce(sums.{{ count }}, 0) as bigint) as {{ count }},
    {% endfor %}
    cast(coalesce(sums.cost, 0) as decimal(18, 2)) as cost
from units
left join sums
    on units.organisation_id = sums.organisation_id
    and units.month_no = sums.month_no
    and units.scope = sums.scope
    and units.scope_id = sums.scope_id
