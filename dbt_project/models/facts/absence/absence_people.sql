-- Grain: one row per absence and month, of people who held a registered post on any day of the month.
-- Rule: the row is in the team of the post held last in the month. If there are several, the main one decides
--   (docs/counting_rules.md, H1).
-- Rule: sickness is long term if it lasts 28 days or more, from its first day to its last day or to the last month that
--   reports it. Then all of its days are long term.
-- Limit: later knowledge changes earlier months. An absence that becomes long counts as long from its first month.
-- Limit: 28 days is our choice, because many councils use it.
with
absences as (
    select
        organisation_id, month_no, person_key, absence_key, absence_type, fte_days_lost,
        min(start_date) over whole as first_day,
        max(coalesce(end_date, {{ month_end('month_no') }})) over whole as last_day
    from {{ ref('stg_absence__spells') }}
    window whole as (partition by organisation_id, absence_key)
),

held as (
    select versions.*, roles.seniority
    from {{ ref('assignment') }} as versions
    inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role and roles.is_in_dfe
    where versions.registered_social_worker and {{ is_paid_here('versions') }}
),

teams as (
    select held.organisation_id, held.person_key, months.month_no, held.current_team_id
    from held
    inner join {{ ref('months') }} as months
        on held.valid_from <= months.month_end
        and held.valid_to > months.month_start
    qualify row_number() over (
        partition by held.organisation_id, held.person_key, months.month_no
        order by {{ held_last_first('held', add_days('months.month_end', 1)) }}
    ) = 1
)

select
    absences.organisation_id,
    absences.month_no,
    absences.person_key,
    absences.absence_key,
    absences.absence_type,
    absences.absence_type = 'sickness'
    and {{ days_between('absences.first_day', 'absences.last_day') }} >= 27 as is_long_term,
    absences.fte_days_lost,
    teams.current_team_id
from absences
inner join teams using (organisation_id, person_key, month_no)
