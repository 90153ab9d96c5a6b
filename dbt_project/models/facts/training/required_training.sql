-- Grain: one row per person in post, month end and course that one of the person's role groups must take.
-- Rule: a course is held in date if it was last completed on or before the month end and, if it expires, is still valid
--   on it.
-- Rule: a course is expiring if it is in date at the month end, and will not be three months later.
-- Rule: a course that is taken again counts once. A failed or missed attempt does not count.
with
courses as (select * from {{ ref('courses') }} where required_of is not null),

-- Only the months for which training is known, not every month since the first.
posts_held as (
    select
        months.organisation_id,
        months.month_no,
        months.month_end,
        months.person_key,
        months.current_team_id,
        months.job_role
    from {{ ref('assignment_month') }} as months
    inner join {{ ref('source_months') }} as known
        on months.organisation_id = known.organisation_id
        and months.month_no = known.month_no
        and known.source = 'training'
        and known.is_in_force
),

roles as (select * from {{ ref('role_groups') }} where role_group in (select required_of from courses)),

with_several_posts as (select organisation_id, month_no, person_key from {{ ref('people_with_several_posts') }}),

-- Nearly everybody has one post, and its team is the main team.
people as (
    select
        posts_held.organisation_id,
        posts_held.month_no,
        posts_held.month_end,
        posts_held.person_key,
        posts_held.current_team_id,
        roles.role_group
    from posts_held
    anti join with_several_posts using (organisation_id, month_no, person_key)
    inner join roles on posts_held.job_role = roles.job_role
    union all
    select distinct -- a person with two posts must take a course once
        posts_held.organisation_id,
        posts_held.month_no,
        posts_held.month_end,
        posts_held.person_key,
        teams.current_team_id,
        roles.role_group
    from posts_held
    inner join with_several_posts using (organisation_id, month_no, person_key)
    inner join {{ ref('main_teams') }} as teams
        on posts_held.organisation_id = teams.organisation_id
        and posts_held.month_no = teams.month_no
        and posts_held.person_key = teams.person_key
    inner join roles on posts_held.job_role = roles.job_role
),

-- Each completion is the latest until the next one.
completions as (
    select
        organisation_id, person_key, course_id, recorded_date,
        lead(recorded_date)
            over (partition by organisation_id, person_key, course_id order by recorded_date)
            as next_recorded_date
    from (
        select distinct -- two completions on one day count once
            organisation_id, person_key, course_id, recorded_date
        from {{ ref('stg_training__attempts') }}
        where outcome = 'completed'
    ) as days
),

required as (
    select
        people.organisation_id, people.month_no, people.month_end, people.person_key,
        courses.course_id, courses.valid_months, people.current_team_id,
        completions.recorded_date as last_completed,
        {{ add_months('completions.recorded_date', 'courses.valid_months') }} as valid_to
    from people
    inner join courses
        on people.organisation_id = courses.organisation_id
        and people.role_group = courses.required_of
    left join completions
        on people.organisation_id = completions.organisation_id
        and people.person_key = completions.person_key
        and courses.course_id = completions.course_id
        and completions.recorded_date <= people.month_end
        and {{ or_never('completions.next_recorded_date') }} > people.month_end
)

select
    organisation_id,
    month_no,
    month_end,
    person_key,
    course_id,
    current_team_id,
    last_completed,
    coalesce(last_completed is not null and (valid_months is null or valid_to > month_end), false) as is_held,
    coalesce(valid_to between {{ add_days('month_end', 1) }} and {{ month_end('month_no + 3') }}, false) as is_expiring
from required
