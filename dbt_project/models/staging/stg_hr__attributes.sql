-- Grain: one row a person and month that a delivery in force tells of: what it says of age, sex, ethnicity and disability, in broad groups.
-- Limit: a person with two assignments has what the more often told of them says; a full history tells of its own month alone.
{% set groups = ['age', 'sex', 'ethnicity', 'disability'] %}
with
rows_in_force as ({{ in_force('hr_assignments') }}),

told as (
    select
        rows_in_force.organisation_id,
        rows_in_force.period_month_no as month_no,
        {{ linked_person('rows_in_force') }} as person_key,
        rows_in_force.age_band as age,
        rows_in_force.sex_group as sex,
        rows_in_force.ethnic_group as ethnicity,
        rows_in_force.disability_group as disability
    from rows_in_force
    {{ join_person_links('rows_in_force') }}
),

people as (
    select
        organisation_id, month_no, person_key,
        count(*) as assignments
        {%- for group in groups %},
        any_value({{ group }}) as {{ group }}
        {%- endfor %}
    from told
    group by organisation_id, month_no, person_key
),

-- To look for what is told more often takes ten times as long as to take what is told: only where there are two to choose from.
several as (
    select
        told.organisation_id, told.month_no, told.person_key
        {%- for group in groups %},
        mode(told.{{ group }}) as {{ group }}
        {%- endfor %}
    from told
    inner join people using (organisation_id, month_no, person_key)
    where people.assignments > 1
    group by told.organisation_id, told.month_no, told.person_key
)

select organisation_id, month_no, person_key, age, sex, ethnicity, disability
from people
where assignments = 1
union all
select organisation_id, month_no, person_key, age, sex, ethnicity, disability
from several
