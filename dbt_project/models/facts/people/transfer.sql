-- Grain: one row per registered social worker and change of team between two month ends.
-- Rule: a transfer is an event of teams, never of the council. A re-organised or renamed team is the same team.
-- Limit: transfers are seen at month ends, by the main assignment. Two moves within a month are one.
with
main_assignment as (
    select *
    from {{ ref('assignment_month') }}
    where is_in_dfe
    qualify row_number() over (
        partition by organisation_id, month_no, person_key
        order by {{ main_assignment_first() }}
    ) = 1
),

with_previous as (
    select
        *,
        lag(current_team_id) over person_months as from_team_id,
        lag(month_no) over person_months as previous_month_no
    from main_assignment
    window person_months as (partition by organisation_id, person_key order by month_no)
)

select
    organisation_id,
    person_key,
    month_end,
    month_no,
    from_team_id,
    current_team_id as to_team_id,
    job_role,
    fte
from with_previous
where previous_month_no = month_no - 1 and from_team_id <> current_team_id
