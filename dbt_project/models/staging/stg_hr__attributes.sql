-- Grain: one row a person and month that a delivery in force tells of: what it says of age, sex, ethnicity and disability, in broad groups.
-- Limit: a person with two assignments has what the more often told of them says; a full history tells of its own month alone.
with rows_in_force as ({{ in_force('hr_assignments') }})

select
    rows_in_force.organisation_id,
    rows_in_force.period_month_no as month_no,
    {{ linked_person('rows_in_force') }} as person_key,
    mode(age_band) as age,
    mode(sex_group) as sex,
    mode(ethnic_group) as ethnicity,
    mode(disability_group) as disability
from rows_in_force
{{ join_person_links('rows_in_force') }}
group by rows_in_force.organisation_id, rows_in_force.period_month_no, {{ linked_person('rows_in_force') }}
