-- Grain: one row per person and month from which a delivery in force reports age, sex, ethnicity or disability, in
--   broad groups.
-- Rule: if a person has several assignments, the main one decides (docs/counting_rules.md, H1). If it has no value, the
--   next one decides.
-- Rule: a snapshot reports its own month. A full history reports all months at once. The age band of each month follows
--   from the present band and the month in which it was reached (age_band_since), because bands are ten years wide.
--   Sex, ethnicity and disability are those of today in every month.
-- Limit: a history does not say which sex, ethnicity or disability was recorded in earlier months.
{% set groups = ['age', 'sex', 'ethnicity', 'disability'] %}
{% set bands = ['under 25', '25 to 34', '35 to 44', '45 to 54', '55 to 64', '65 and over'] %}
with
rows_in_force as ({{ in_force('hr_assignments') }}),

first_month as (select min(month_no) as first_month_no from {{ ref('months') }}),

told as (
    select
        rows_in_force.organisation_id,
        rows_in_force.period_month_no as month_no,
        {{ linked_person('rows_in_force') }} as person_key,
        rows_in_force.age_band as age,
        rows_in_force.age_band_since as age_since,
        rows_in_force.sex_group as sex,
        rows_in_force.ethnic_group as ethnicity,
        rows_in_force.disability_group as disability,
        {{ main_assignment_first('rows_in_force', seniority='roles.seniority') }} as place
    from rows_in_force
    left join {{ ref('job_role') }} as roles on rows_in_force.job_role = roles.job_role
    {{ join_person_links('rows_in_force') }}
),

people as (
    select
        organisation_id, month_no, person_key,
        {%- for group in groups %}
        min_by({{ group }}, place) filter (where {{ group }} is not null) as {{ group }},
        {%- endfor %}
        min_by(age_since, place) filter (where age is not null and age_since is not null) as age_since
    from told
    group by organisation_id, month_no, person_key
),

bands (age, band_no) as (
    values
    {%- for band in bands %}
    ('{{ band }}', {{ loop.index }}){{ ',' if not loop.last }}
    {%- endfor %}
),

-- Today's band starts in the month in which it was reached. Each earlier band starts ten years before the next.
earlier as (
    select
        people.organisation_id, people.person_key, people.sex, people.ethnicity, people.disability,
        bands.age,
        {{ period_month_no('people.age_since') }} - 120 * (present.band_no - bands.band_no) as reached_month_no,
        first_month.first_month_no
    from people
    inner join bands as present on people.age = present.age
    inner join bands on bands.band_no <= present.band_no
    cross join first_month
    where people.age_since is not null
),

spread as (
    select
        organisation_id, person_key, age, sex, ethnicity, disability,
        greatest(reached_month_no, first_month_no) as month_no
    from earlier
    where reached_month_no + 120 > first_month_no
)

select organisation_id, month_no, person_key, age, sex, ethnicity, disability
from people
where age_since is null
union all
select organisation_id, month_no, person_key, age, sex, ethnicity, disability
from spread
