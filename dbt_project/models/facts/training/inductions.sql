-- Grain: one row per person whose first job with the council has an induction, and month in which it fell due.
-- Rule: an induction is the courses that a role group of the first job must complete within a number of days. It is due
--   on the last of these days. It is in time if each course was completed by its own day. A course completed before the
--   start counts.
-- Rule: an induction of somebody who left before it was due never fell due. People seconded in have no induction here.
-- Rule: the first job is the main one of those held on the first day (docs/counting_rules.md, H1).
-- Limit: only the first start that the extracts report. Somebody who comes back later has no new induction.
with
jobs as (
    select
        versions.*,
        roles.seniority,
        min(versions.start_date) over person as first_day,
        case
            when count(*) over person = count(versions.end_date) over person then max(versions.end_date) over person
        end as left_on
    from {{ ref('assignment') }} as versions
    inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role
    where versions.contract_type <> 'seconded_in'
    window person as (partition by versions.organisation_id, versions.person_key)
),

-- If there are several on the first day, the main one.
first_jobs as (
    select *
    from jobs
    qualify
        row_number() over (partition by organisation_id, person_key order by valid_from, {{ main_assignment_first() }})
        = 1
),

due as (
    select distinct -- a role belongs to several groups, and a course to one
        first_jobs.organisation_id, first_jobs.person_key, first_jobs.current_team_id, first_jobs.left_on,
        courses.course_id,
        {{ add_days('first_jobs.first_day', 'courses.due_within_days') }} as due_on
    from first_jobs
    inner join {{ ref('role_groups') }} as roles on first_jobs.job_role = roles.job_role
    inner join {{ ref('courses') }} as courses
        on first_jobs.organisation_id = courses.organisation_id
        and roles.role_group = courses.required_of
        and courses.due_within_days is not null
),

completed as (
    select organisation_id, person_key, course_id, min(recorded_date) as completed_on
    from {{ ref('stg_training__attempts') }}
    where outcome = 'completed'
    group by organisation_id, person_key, course_id
),

inductions as (
    select
        due.organisation_id, due.person_key, due.current_team_id, due.left_on,
        max(due.due_on) as due_on,
        bool_and(coalesce(completed.completed_on <= due.due_on, false)) as is_in_time
    from due
    left join completed
        on due.organisation_id = completed.organisation_id
        and due.person_key = completed.person_key
        and due.course_id = completed.course_id
    group by due.organisation_id, due.person_key, due.current_team_id, due.left_on
)

select
    inductions.organisation_id,
    inductions.person_key,
    inductions.current_team_id,
    inductions.due_on,
    known.month_no,
    inductions.is_in_time
from inductions
inner join {{ ref('source_months') }} as known
    on inductions.organisation_id = known.organisation_id
    and {{ month_no('inductions.due_on') }} = known.month_no
    and known.source = 'training'
    and known.is_in_force
where inductions.left_on is null or inductions.left_on >= inductions.due_on
