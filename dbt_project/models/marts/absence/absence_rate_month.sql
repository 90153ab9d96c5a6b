-- Grain: one row per organisation, month and scope, for months in which absence and staff in post are in force.
-- Rule: FTE working days that registered social workers lost to sickness in the month, and the FTE in post at its end.
-- Rule: days lost per FTE are those of 12 months, divided by the average of the 12 month ends. They are not available
--   until there are 12 months.
-- Rule: a row about people's sickness needs at least 10 people in post, in each of the 12 months. Otherwise eleven
--   months and the sum would show the twelfth.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
with
in_force as (
    {{ months_in_force(['hr_assignments', 'absence']) }}
),

units as (
    select
        units.organisation_id, units.month_no, units.month_end, units.scope, units.scope_id,
        units.in_post_fte, units.in_post_heads, units.working_days,
        units.fte_days_lost,
        coalesce(sums.long_term_fte_days_lost, 0) as long_term_fte_days_lost,
        sum(case when units.in_post_heads >= {{ least_people() }} then 1 else 0 end) over last_12 as months_shown,
        sum(units.fte_days_lost) over last_12 as fte_days_lost_12_months,
        sum(units.in_post_fte) over last_12 as in_post_fte_12_months
    from {{ ref('unit_month_sums') }} as units
    inner join in_force
        on units.organisation_id = in_force.organisation_id
        and units.month_no = in_force.month_no
    left join {{ ref('absence_sums') }} as sums
        on units.organisation_id = sums.organisation_id
        and units.month_no = sums.month_no
        and units.scope = sums.scope
        and units.scope_id = sums.scope_id
    window last_12 as (
        partition by units.organisation_id, units.scope, units.scope_id
        order by units.month_no range between 11 preceding and current row
    )
),

told as (
    select
        organisation_id,
        month_end,
        scope,
        scope_id,
        {% for days in ['fte_days_lost', 'long_term_fte_days_lost'] %}
        case when in_post_heads >= {{ least_people() }} then {{ as_fte(days) }} end as {{ days }},
        {% endfor %}
        {% for sum in ['fte_days_lost_12_months', 'in_post_fte_12_months'] %}
        case when in_post_heads >= {{ least_people() }} and months_shown = 12 then {{ as_fte(sum) }} end as {{ sum }},
        {% endfor %}
        in_post_fte,
        working_days,
        in_post_heads < {{ least_people() }} as is_suppressed
    from units
)

select
    unit_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    fte_days_lost,
    long_term_fte_days_lost,
    {{ as_fte('fte_days_lost - long_term_fte_days_lost') }} as short_term_fte_days_lost,
    12 * {{ ratio('fte_days_lost_12_months', 'in_post_fte_12_months') }} as days_lost_per_fte_12_months,
    in_post_fte,
    working_days as working_days_of_census_year,
    is_suppressed,
    organisations_counted,
    organisations_left_out
from (
    {{ with_unit_keys(with_areas(
        'told', ['month_end', 'working_days', 'is_suppressed'],
        fte=['fte_days_lost', 'long_term_fte_days_lost', 'in_post_fte', 'fte_days_lost_12_months', 'in_post_fte_12_months'],
        shown='not is_suppressed',
    ), month_no('month_end')) }}
) as figures
