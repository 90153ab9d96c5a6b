-- Grain: one row per person with an assignment at a month end, with the team of the main assignment in today's
--   structure.
select
    organisation_id,
    month_no,
    person_key,
    min_by(current_team_id, {{ main_assignment_first() }}) as current_team_id
from {{ ref('assignment_month') }}
group by organisation_id, month_no, person_key
