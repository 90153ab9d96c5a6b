-- Grain: one row an organisation, scope and month in which FTE days were lost to sickness.
-- Rule: days of people who held a registered post on any day of the month; in the team that they were last in.
with
days as (
    select organisation_id, month_no, person_key, sum(fte_days_lost) as fte_days_lost
    from {{ ref('stg_absence__spells') }}
    where absence_type = 'sickness'
    group by organisation_id, month_no, person_key
),

teams as (
    select
        versions.organisation_id, versions.person_key, months.month_no,
        max_by(versions.current_team_id, row(versions.valid_to, versions.assignment_key)) as current_team_id
    from {{ ref('int_assignment_versions') }} as versions
    inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role and roles.is_in_dfe
    inner join {{ ref('int_months') }} as months
        on versions.valid_from <= months.month_end
        and versions.valid_to > months.month_start
    where versions.registered_social_worker and versions.contract_type <> 'seconded_in'
    group by versions.organisation_id, versions.person_key, months.month_no
),

counted as (
    select days.organisation_id, days.month_no, days.person_key, days.fte_days_lost, teams.current_team_id
    from days
    inner join teams using (organisation_id, person_key, month_no)
)

select organisation_id, month_no, scope, scope_id, sum(fte_days_lost) as fte_days_lost
from ({{ in_each_scope('counted') }}) as scoped
group by organisation_id, month_no, scope, scope_id
