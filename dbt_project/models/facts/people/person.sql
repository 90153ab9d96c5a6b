-- Grain: one row per person of a council and period of days in which what is known about them stayed the same:
--   [valid_from, valid_to). While it still holds, valid_to is in the far future.
-- Rule: a person is one person under every employee number (stg_hr__person_links). Days of employment are those of all
--   assignments, as now known.
-- Rule: a group is what the month's extract says about the person, or else what was reported last. It is empty if `not
--   known` or nothing was reported. What was reported first holds from the first day of employment.
-- Limit: in a full history, sex, ethnicity and disability are today's in every month. Ages are those of the month.
with
told as (select * from {{ ref('stg_hr__attributes') }}),

{% set groups = ['age', 'sex', 'ethnicity', 'disability'] %}
last_told as (
    select
        organisation_id, person_key,
        {% for group in groups %}
        max_by({{ group }}, month_no) filter (where {{ group }} is not null and {{ group }} <> 'not known')
            as {{ group }}{{ ',' if not loop.last }}
        {% endfor %}
    from told
    group by organisation_id, person_key
),

described as (
    select
        told.organisation_id, told.person_key, told.month_no,
        {% for group in groups %}
        coalesce(nullif(told.{{ group }}, 'not known'), last_told.{{ group }}) as {{ group }}{{ ',' if not loop.last }}
        {% endfor %}
    from told
    inner join last_told using (organisation_id, person_key)
),

changes as (
    select *
    from described
    window months as (partition by organisation_id, person_key order by month_no)
    qualify
        row_number() over months = 1
        {% for group in groups %}
        or {{ group }} is distinct from lag({{ group }}) over months
        {% endfor %}
),

employment as (
    select
        organisation_id, person_key,
        min(valid_from) as employed_from,
        case
            when max(valid_to) < cast('9999-12-31' as date) then {{ add_days('max(valid_to)', -1) }}
        end as employed_to,
        max_by(swe_key, valid_from) as swe_key
    from {{ ref('assignment') }}
    group by organisation_id, person_key
),

other_numbers as (
    select organisation_id, person_key, count(*) as numbers
    from {{ ref('stg_hr__person_links') }}
    group by organisation_id, person_key
)

select
    changes.organisation_id,
    changes.person_key,
    employment.swe_key,
    cast(1 + coalesce(other_numbers.numbers, 0) as integer) as employee_numbers,
    employment.employed_from,
    employment.employed_to,
    changes.age,
    changes.sex,
    changes.ethnicity,
    changes.disability,
    case
        when row_number() over months = 1 then least(employment.employed_from, {{ month_start('changes.month_no') }})
        else {{ month_start('changes.month_no') }}
    end as valid_from,
    coalesce({{ month_start('lead(changes.month_no) over months') }}, cast('9999-12-31' as date)) as valid_to
from changes
left join employment
    on changes.organisation_id = employment.organisation_id
    and changes.person_key = employment.person_key
left join other_numbers
    on changes.organisation_id = other_numbers.organisation_id
    and changes.person_key = other_numbers.person_key
window months as (partition by changes.organisation_id, changes.person_key order by changes.month_no)
