-- Grain: one row per employee number that is another number of a person already known to the council.
-- Rule: numbers with the same registration number are one person, because DfE counts heads in this way. So people stay
--   one person when two HR systems become one, or when each of two jobs has its own number. The person continues under
--   the number that was known first.
-- Rule: a registration number that an extract gives to three people or more is a filler, and links nobody.
-- Limit: people without a registration number are not linked.
with rows_in_force as ({{ in_force('hr_assignments') }}),

told as (
    select
        organisation_id,
        person_key,
        swe_key,
        -- If two numbers are first reported in one extract and have the same first day, the lower post decides. The
        -- pseudonym never does.
        min({{ in_turn([
            'period_month_no', 'start_date', 'length(post_id)', 'post_id', 'team_id', 'job_role',
        ]) }}) as first_told
    from rows_in_force
    where swe_key is not null
    group by organisation_id, person_key, swe_key
),

at_once as (
    select organisation_id, swe_key, max(numbers) as most_numbers
    from (
        select organisation_id, swe_key, period_month_no, count(distinct person_key) as numbers
        from rows_in_force
        where swe_key is not null
        group by organisation_id, swe_key, period_month_no
    ) as by_month
    group by organisation_id, swe_key
),

linked as (
    select
        told.organisation_id,
        told.person_key,
        told.first_told,
        first_value(told.person_key) over numbers as first_person_key,
        first_value(told.first_told) over numbers as first_of_all
    from told
    inner join at_once using (organisation_id, swe_key)
    where at_once.most_numbers <= 2
    window numbers as (partition by told.organisation_id, told.swe_key order by told.first_told, told.person_key)
)

select
    organisation_id,
    person_key as told_person_key,
    min_by(first_person_key, {{ in_turn(['first_told', 'first_of_all', 'first_person_key']) }}) as person_key
from linked
group by organisation_id, person_key
having min_by(first_person_key, {{ in_turn(['first_told', 'first_of_all', 'first_person_key']) }}) <> person_key
