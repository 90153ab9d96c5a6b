-- Grain: one row an organisation and month: what is known of it, and for how many months without a gap.
-- Rule: staff look back through effective dates, so a month missed in between leaves no gap; a symbol, and the months before the first, do.
-- Rule: sickness does not look back: a month in which it was not delivered is a gap.
-- Rule: caseload is known with staff, and with agency bookings where an agency worker holds cases.
-- Rule: a history (_history_months) is empty where the month itself is not in force.
{% set sources = ['hr_assignments', 'agency', 'establishment', 'absence', 'caseload', 'training', 'survey'] %}
{# A measure that is looked back on, and the name under which a council may declare it as not supplied. #}
{% set looked_back_on = {'leavers_fte': 'leavers_fte', 'leavers': 'leavers_headcount', 'permanent_fte': 'inpost_fte'} %}
with
agency_holders as (
    select organisation_id, month_no
    from {{ ref('stg_caseload__holders') }}
    where agency_worker_key is not null
    group by organisation_id, month_no
),

known as (
    select
        organisation_id, month_no, month_end,
        {% for source in sources %}
        coalesce(bool_or(source = '{{ source }}' and is_in_force), false) as {{ source }}_is_in_force,
        {% endfor %}
        min(case when source = 'hr_assignments' then symbol end) is not null as staff_not_supplied
    from {{ ref('int_source_months') }}
    group by organisation_id, month_no, month_end
),

not_supplied as (
    select organisation_id, month_no, list(measure) as measures
    from {{ ref('int_not_supplied') }}
    where measure is not null
    group by organisation_id, month_no
),

joined as (
    select
        known.*,
        coalesce(not_supplied.measures, []) as measures_not_supplied,
        agency_holders.month_no is not null as agency_holds_cases
    from known
    left join not_supplied using (organisation_id, month_no)
    left join agency_holders using (organisation_id, month_no)
),

bounded as (
    select
        *,
        min(case when hr_assignments_is_in_force then month_no end) over (partition by organisation_id) as first_staff_month_no,
        max(case when hr_assignments_is_in_force then month_no end) over (partition by organisation_id) as last_staff_month_no,
        {% for column, measure in looked_back_on.items() %}
        max(case when staff_not_supplied or list_contains(measures_not_supplied, '{{ measure }}') then month_no end) over to_here
            as {{ column }}_gap_month_no,
        {% endfor %}
        coalesce(
            max(case when not absence_is_in_force or list_contains(measures_not_supplied, 'working_days_lost_fte') then month_no end) over to_here,
            min(month_no) over (partition by organisation_id) - 1
        ) as fte_days_lost_gap_month_no
    from joined
    window to_here as (partition by organisation_id order by month_no rows between unbounded preceding and current row)
)

select
    organisation_id,
    month_no,
    month_end,
    measures_not_supplied,
    hr_assignments_is_in_force as staff_is_in_force,
    coalesce(not staff_not_supplied and month_no between first_staff_month_no and last_staff_month_no, false) as staff_is_known,
    agency_is_in_force,
    establishment_is_in_force,
    absence_is_in_force,
    caseload_is_in_force and hr_assignments_is_in_force and (agency_is_in_force or not agency_holds_cases) as caseload_is_known,
    training_is_in_force,
    survey_is_in_force,
    {% for column in looked_back_on %}
    case when hr_assignments_is_in_force
        then cast(month_no - greatest(first_staff_month_no - 1, coalesce({{ column }}_gap_month_no, 0)) as integer)
    end as {{ column }}_history_months,
    {% endfor %}
    case when absence_is_in_force then cast(month_no - fte_days_lost_gap_month_no as integer) end as fte_days_lost_history_months
from bounded
