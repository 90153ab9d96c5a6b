-- Grain: one row per person in post at the end of a quarter, and strand (age, sex, ethnicity, disability, working
--   time).
-- Rule: people employed by the council. People seconded in are left out.
-- Rule: the level is that of the main assignment: one of the census's six roles for registered social workers,
--   other_staff for everybody else, including the Director.
-- Rule: a group is the one that held for the person on the day (person).
-- Rule: a person works part time if all posts together are less than full time.
with
known as (
    select organisation_id, month_no
    from {{ ref('source_months') }}
    where source = 'hr_assignments' and is_in_force and month_no % 3 = 2
),

staff as (
    select months.*
    from {{ ref('assignment_month') }} as months
    inner join known
        on months.organisation_id = known.organisation_id
        and months.month_no = known.month_no
    where months.contract_type <> 'seconded_in'
),

people as (
    select
        organisation_id, month_no, month_end, person_key,
        min_by(job_role, {{ main_assignment_first() }}) as job_role,
        min_by(is_in_dfe, {{ main_assignment_first() }}) as is_in_dfe,
        sum(fte) as fte
    from staff
    group by organisation_id, month_no, month_end, person_key
),

described as (
    select
        people.organisation_id, people.month_no, people.month_end, people.person_key,
        case when not people.is_in_dfe then 'other_staff' else case roles.dfe_role
            when 1 then 'senior_manager' when 2 then 'middle_manager' when 3 then 'first_line_manager'
            when 4 then 'senior_practitioner' when 5 then 'case_holder' else 'qualified_without_cases'
        end end as level,
        told.age, told.sex, told.ethnicity, told.disability,
        case when people.fte < 1 then 'part time' when people.fte >= 1 then 'full time' end as working_time
    from people
    inner join {{ ref('job_role') }} as roles on people.job_role = roles.job_role
    left join {{ ref('person') }} as told
        on people.organisation_id = told.organisation_id
        and people.person_key = told.person_key
        and people.month_end >= told.valid_from
        and people.month_end < told.valid_to
)

{% for strand in ['age', 'sex', 'ethnicity', 'disability', 'working_time'] %}
select organisation_id, month_no, month_end, person_key, level, '{{ strand }}' as strand, {{ strand }} as group_name
from described
{% if not loop.last %}union all{% endif %}
{% endfor %}
