-- Grain: one row per assignment number and extract that tells of it; of a full history, one row per effective date.
-- Rule: what an extract tells holds from told_from until the next extract tells of the number (docs/counting_rules.md C1).
-- Rule: a number that comes back with a later start date, after an end or a gap or for another person, begins a new spell (B1).
with
assignments as (select * from {{ ref('stg_hr__assignments') }}),

extracts as (select * from {{ ref('int_staff_extracts') }}),

told as (
    select
        assignments.*,
        extracts.extract_no,
        case
            when assignments.delivers = 'history' then coalesce(assignments.effective_from, assignments.start_date)
            else {{ month_start('assignments.period_month_no') }}
        end as told_from
    from assignments
    left join extracts
        on assignments.organisation_id = extracts.organisation_id
        and assignments.period_month_no = extracts.month_no
        and assignments.delivers = 'snapshot'
),

compared as (
    select
        *,
        case
            when lag(told_from) over number is null then 1
            when
                start_date > lag(start_date) over number
                and (
                    lag(end_date) over number < start_date
                    or extract_no > lag(extract_no) over number + 1
                    or told_from > {{ add_days('lag(effective_to) over number', 1) }}
                    or person_key <> lag(person_key) over number
                )
                then 1
            else 0
        end as is_new_spell,
        coalesce(
            extract_no > lag(extract_no) over number + 1 or told_from > {{ add_days('lag(effective_to) over number', 1) }},
            false
        ) as is_after_gap
    from told
    window number as (partition by organisation_id, assignment_key order by told_from)
)

select
    *,
    sum(is_new_spell) over (number rows between unbounded preceding and current row) as spell_no,
    case when lead(is_new_spell) over number = 0 then lead(told_from) over number end as next_told_from
from compared
window number as (partition by organisation_id, assignment_key order by told_from)
