-- Grain: one row a person in post, month end and course required of one of the person's role groups.
-- Rule: held in date when the last completion is on or before the month end and, where the course expires, still valid on it.
-- Rule: it is expiring when it is in date at the month end and no longer will be at that three months on.
-- Rule: a course taken again counts once; an attempt that was failed or missed does not count.
with
people as (
    select distinct -- two posts, one person; a course is required once
        months.organisation_id, months.month_no, months.month_end, months.person_key, roles.role_group
    from {{ ref('assignment_month') }} as months
    inner join {{ ref('int_role_groups') }} as roles on months.job_role = roles.job_role
),

courses as (select * from {{ ref('stg_training__courses') }} where required_of is not null),

completions as (
    select organisation_id, person_key, course_id, recorded_date
    from {{ ref('stg_training__attempts') }}
    where outcome = 'completed'
),

required as (
    select
        people.organisation_id, people.month_no, people.month_end, people.person_key,
        courses.course_id, courses.valid_months, teams.current_team_id
    from people
    inner join courses
        on people.organisation_id = courses.organisation_id
        and people.role_group = courses.required_of
    inner join {{ ref('int_main_teams') }} as teams
        on people.organisation_id = teams.organisation_id
        and people.month_no = teams.month_no
        and people.person_key = teams.person_key
    -- The months for which training is known, not every month since the first.
    inner join {{ ref('int_source_months') }} as known
        on people.organisation_id = known.organisation_id
        and people.month_no = known.month_no
        and known.source = 'training'
        and known.is_in_force
)

select
    required.organisation_id,
    required.month_no,
    required.month_end,
    required.person_key,
    required.course_id,
    required.current_team_id,
    max(completions.recorded_date) as last_completed,
    coalesce(
        max(completions.recorded_date) is not null
        and (
            required.valid_months is null
            or {{ add_months('max(completions.recorded_date)', 'required.valid_months') }} > required.month_end
        ),
        false
    ) as is_held,
    coalesce({{ add_months('max(completions.recorded_date)', 'required.valid_months') }}
        between {{ add_days('required.month_end', 1) }} and {{ month_end('required.month_no + 3') }}, false) as is_expiring
from required
left join completions
    on required.organisation_id = completions.organisation_id
    and required.person_key = completions.person_key
    and required.course_id = completions.course_id
    and completions.recorded_date <= required.month_end
group by
    required.organisation_id, required.month_no, required.month_end, required.person_key,
    required.course_id, required.valid_months, required.current_team_id
