-- Grain: one row an organisation, month and scope, for months in which absence and staff in post are in force.
-- Rule: FTE working days that registered social workers lost to sickness in the month, beside the FTE in post at its end.
-- Rule: a floor of 10 people in post under every row of people's sickness.
with in_force as (
    select organisation_id, month_no
    from {{ ref('int_source_months') }}
    where source in ('hr_assignments', 'absence') and is_in_force
    group by organisation_id, month_no
    having count(*) = 2
)

select
    absence.organisation_id,
    absence.month_end,
    absence.scope,
    absence.scope_id,
    case when absence.in_post_heads >= 10 then {{ as_fte('absence.fte_days_lost') }} end as fte_days_lost,
    absence.in_post_fte,
    absence.working_days as working_days_of_census_year,
    absence.in_post_heads < 10 as is_suppressed
from {{ ref('int_org_unit_month') }} as absence
inner join in_force using (organisation_id, month_no)
