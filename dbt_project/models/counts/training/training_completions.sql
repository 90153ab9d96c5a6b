-- Grain: one row per council, month, scope, course and way of delivery.
-- Rule: completions that the learning system recorded in the month. A repeat counts as another completion. A failed
--   attempt does not count.
-- Rule: a completion is in the team of the main assignment at the month end. If the person has none by then, it counts
--   for the council only.
with
completions as (
    select
        attempts.organisation_id,
        attempts.recorded_month_no as month_no,
        attempts.person_key,
        attempts.course_id,
        attempts.delivery,
        teams.current_team_id
    from {{ ref('stg_training__attempts') }} as attempts
    left join {{ ref('main_teams') }} as teams
        on attempts.organisation_id = teams.organisation_id
        and attempts.recorded_month_no = teams.month_no
        and attempts.person_key = teams.person_key
    where attempts.outcome = 'completed'
)

select
    organisation_id, {{ month_end('month_no') }} as month_end, scope, scope_id, course_id, delivery,
    count(*) as completions,
    count(distinct person_key) as people
from ({{ in_each_scope('completions') }}) as scoped
where scope_id is not null
group by organisation_id, month_no, scope, scope_id, course_id, delivery
