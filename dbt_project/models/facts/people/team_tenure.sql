-- Grain: one row per registered social worker (permanent or fixed term) and month end in post, in the team of the main
--   assignment.
-- Rule: tenure starts at the earliest team start date that was reported during an unbroken stay in the team. A
--   re-organised or renamed team does not restart it (team_changes.csv), whatever date the HR system gives. Maternity
--   and other leave do not break it.
-- Rule: docs/counting_rules.md H1 says which assignment is the main one.
with
main_assignment as (
    select
        organisation_id, month_no, month_end, person_key, current_team_id,
        coalesce(team_start_date, start_date) as stated_team_start
    from {{ ref('assignment_month') }}
    where is_in_dfe and contract_type in ('permanent', 'fixed_term')
    qualify row_number() over (
        partition by organisation_id, month_no, person_key
        order by {{ main_assignment_first() }}
    ) = 1
),

marked as (
    select
        main_assignment.*,
        case
            when
                lag(main_assignment.current_team_id) over person_months = main_assignment.current_team_id
                and lag(main_assignment.month_no) over person_months
                = main_assignment.month_no - 1
                then 0
            else 1
        end as is_new_stay
    from main_assignment
    window person_months as (partition by organisation_id, person_key order by month_no)
),

stays as (
    select
        *,
        sum(is_new_stay) over (
            partition by organisation_id, person_key order by month_no rows between unbounded preceding and current row
        ) as stay_no
    from marked
)

select
    organisation_id,
    month_no,
    month_end,
    person_key,
    current_team_id,
    min(month_no) over stay as joined_month_no,
    min(stated_team_start) over stay as team_start,
    -- 36 months are complete when the 36th month ends on or before the month end.
    {{ add_months('min(stated_team_start) over stay', 36) }} <= {{ add_days('month_end', 1) }} as has_36_months
from stays
window stay as (
    partition by organisation_id, person_key, stay_no order by month_no rows between unbounded preceding and current row
)
