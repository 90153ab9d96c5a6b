-- Grain: one row per organisation and month, with what is known about it.
-- Rule: staff in post has effective dates. So starters, leavers and permanent staff are known for a missed month within
--   the history (staff_is_known), unless the council declared it as not supplied.
-- Rule: caseload is known if staff is known, and also agency bookings if an agency worker holds cases.
-- Rule: `withheld` names the metrics that cannot be counted for the month, whatever the reason
--   (indicator_availability).
with
agency_holders as (
    select organisation_id, month_no
    from {{ ref('stg_caseload__holders') }}
    where agency_worker_key is not null
    group by organisation_id, month_no
),

known as (
    select
        organisation_id, month_no,
        {% for source in ['hr_assignments', 'agency', 'establishment', 'absence', 'caseload', 'training', 'survey'] %}
        coalesce(bool_or(source = '{{ source }}' and is_in_force), false) as {{ source }}_is_in_force,
        {% endfor %}
        min(case when source = 'hr_assignments' then symbol end) is not null as staff_not_supplied
    from {{ ref('source_months') }}
    group by organisation_id, month_no
),

bounded as (
    select
        *,
        min(case when hr_assignments_is_in_force then month_no end)
            over (partition by organisation_id)
            as first_staff_month_no,
        max(case when hr_assignments_is_in_force then month_no end)
            over (partition by organisation_id)
            as last_staff_month_no
    from known
),

not_supplied as (
    select organisation_id, month_no, {{ listed('measure') }} as measures_not_supplied
    from {{ ref('measures_not_supplied') }}
    where measure is not null
    group by organisation_id, month_no
),

withheld as (
    select availability.organisation_id, availability.month_no, {{ listed('indicators.metric') }} as withheld
    from {{ ref('indicator_availability') }} as availability
    inner join {{ ref('indicator_definitions') }} as indicators
        on availability.indicator_id = indicators.indicator_id
        and availability.definition_id = indicators.definition_id
    where availability.reason is not null
    group by availability.organisation_id, availability.month_no
)

select
    organisation_id,
    month_no,
    bounded.hr_assignments_is_in_force as staff_is_in_force,
    coalesce(
        not bounded.staff_not_supplied
        and month_no between bounded.first_staff_month_no and bounded.last_staff_month_no,
        false
    ) as staff_is_known,
    bounded.agency_is_in_force,
    bounded.establishment_is_in_force,
    bounded.absence_is_in_force,
    bounded.caseload_is_in_force and bounded.hr_assignments_is_in_force
        and (bounded.agency_is_in_force or agency_holders.month_no is null) as caseload_is_known,
    bounded.training_is_in_force,
    bounded.survey_is_in_force,
    coalesce(not_supplied.measures_not_supplied, ',') as measures_not_supplied,
    coalesce(withheld.withheld, ',') as withheld
from bounded
left join agency_holders using (organisation_id, month_no)
left join not_supplied using (organisation_id, month_no)
left join withheld using (organisation_id, month_no)
