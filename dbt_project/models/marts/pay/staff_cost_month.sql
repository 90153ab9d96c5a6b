-- Grain: one row per organisation, month, role group and kind of employment, for the whole council.
-- Rule: role groups are all staff, registered social workers, and everybody else (role_groups_of_pay).
-- Rule: both counts are of people, never of posts.
-- Rule: staff by payroll: pay and the employer's costs of everybody who was employed on a day of the month, by the
--   assignment held last in it. If there are several, the main one counts (docs/counting_rules.md, H1).
-- Rule: staff by HR: people in post at the month end, by the main assignment, with the FTE of all their assignments.
-- Rule: somebody who was paid and has no assignment in the month is not_in_hr, and only in role group `all`.
-- Rule: somebody whose main assignment is seconded in counts in the months in which payroll pays them, as
--   fixed_term_and_other in both counts. Somebody whom payroll does not pay is in neither.
-- Rule: agency, by its bookings: the cost and FTE of the month (agency_position), and the workers in place at the month
--   end. The cost is told of registered social workers alone.
-- Rule: the cost of an FTE is the month's cost times twelve.
-- Limit: booked agency hours do not include holidays or VAT. Payroll has arrears in the month in which they are paid.
with
payroll_known as (
    {{ months_in_force(['hr_assignments', 'payroll']) }}
),

role_groups as (select * from {{ ref('role_groups_of_pay') }}),

people_in_post as (
    select
        organisation_id, month_no, person_key,
        min_by(job_role, {{ main_assignment_first() }}) as job_role,
        min_by(contract_type, {{ main_assignment_first() }}) as contract_type,
        sum(fte) as fte
    from {{ ref('assignment_month') }}
    group by organisation_id, month_no, person_key
),

pay as (select * from {{ ref('paid_people') }}),

staff_in_post as (
    select people.*
    from people_in_post as people
    left join pay
        on people.organisation_id = pay.organisation_id
        and people.month_no = pay.month_no
        and people.person_key = pay.person_key
    where people.contract_type <> 'seconded_in' or pay.person_key is not null
),

-- By job first, because jobs add up to role groups.
in_post as (
    select
        jobs.organisation_id, jobs.month_no, role_groups.role_group, jobs.employment,
        sum(jobs.in_post_people) as in_post_people,
        sum(jobs.in_post_fte) as in_post_fte
    from (
        select
            organisation_id, month_no, job_role,
            case contract_type when 'permanent' then 'permanent' else 'fixed_term_and_other' end as employment,
            count(*) as in_post_people,
            sum(fte) as in_post_fte
        from staff_in_post
        group by all
    ) as jobs
    inner join role_groups on jobs.job_role = role_groups.job_role
    group by jobs.organisation_id, jobs.month_no, role_groups.role_group, jobs.employment
),

month_span as (select min(month_no) as first_month_no, max(month_no) as last_month_no from {{ ref('months') }}),

job_months as (
    select
        versions.organisation_id, versions.person_key, versions.job_role, versions.contract_type, versions.valid_to,
        versions.start_date, versions.fte, versions.post_id, versions.team_id, roles.seniority,
        {{ each_month_no(
            'greatest(' ~ month_no('versions.valid_from') ~ ', month_span.first_month_no)',
            'least(' ~ month_no(add_days('versions.valid_to', -1)) ~ ', month_span.last_month_no)',
        ) }} as month_no
    from {{ ref('assignment') }} as versions
    inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role
    cross join month_span
),

jobs as (
    select organisation_id, person_key, month_no, job_role, contract_type
    from job_months
    qualify row_number() over (
        partition by organisation_id, person_key, month_no
        order by {{ held_last_first('job_months', month_start('month_no + 1')) }}
    ) = 1
),

paid_by_job as (
    select
        pay.organisation_id, pay.month_no, jobs.job_role,
        case
            when jobs.person_key is null then 'not_in_hr' when jobs.contract_type = 'permanent' then 'permanent' else
                'fixed_term_and_other'
        end as employment,
        count(*) as paid_people,
        sum(pay.paid_fte) as paid_fte,
        sum(pay.cost) as cost
    from pay
    left join jobs
        on pay.organisation_id = jobs.organisation_id
        and pay.month_no = jobs.month_no
        and pay.person_key = jobs.person_key
    group by all
),

paid as (
    select
        paid_by_job.organisation_id, paid_by_job.month_no,
        coalesce(role_groups.role_group, 'all') as role_group,
        paid_by_job.employment,
        sum(paid_by_job.paid_people) as paid_people,
        sum(paid_by_job.paid_fte) as paid_fte,
        sum(paid_by_job.cost) as cost
    from paid_by_job
    left join role_groups on paid_by_job.job_role = role_groups.job_role
    group by all
),

staff as (
    select
        coalesce(in_post.organisation_id, paid.organisation_id) as organisation_id,
        coalesce(in_post.month_no, paid.month_no) as month_no,
        coalesce(in_post.role_group, paid.role_group) as role_group,
        coalesce(in_post.employment, paid.employment) as employment,
        coalesce(in_post.in_post_people, 0) as in_post_people,
        coalesce(in_post.in_post_fte, 0) as in_post_fte,
        coalesce(paid.paid_people, 0) as paid_people,
        coalesce(paid.paid_fte, 0) as paid_fte,
        paid.cost
    from in_post
    full outer join paid
        on in_post.organisation_id = paid.organisation_id
        and in_post.month_no = paid.month_no
        and in_post.role_group = paid.role_group
        and in_post.employment = paid.employment
),

together as (
    select
        staff.organisation_id, {{ month_end('staff.month_no') }} as month_end, staff.role_group, staff.employment,
        staff.in_post_people, staff.in_post_fte, staff.paid_people, staff.paid_fte, staff.cost,
        staff.paid_people as people_behind_cost
    from staff
    inner join payroll_known using (organisation_id, month_no)
    union all
    select
        organisation_id, month_end, role_group, 'agency', workers, fte, null, fte_of_month, cost, workers_of_month
    from {{ ref('agency_position') }}
    where scope = 'organisation' and role_group in ('all', 'social_worker')
)

select
    organisation_id as unit_key,
    organisation_id,
    month_end,
    role_group,
    employment,
    cast(in_post_people as bigint) as in_post_people,
    {{ as_fte('in_post_fte') }} as in_post_fte,
    cast(paid_people as bigint) as paid_people,
    {{ as_fte('paid_fte') }} as paid_fte,
    cast(cost as decimal(18, 2)) as cost,
    12 * {{ ratio('cost', 'paid_fte') }} as cost_of_an_fte_a_year,
    cast(people_behind_cost as bigint) as people_behind_cost
from together
