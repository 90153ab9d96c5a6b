-- Grain: one row per organisation, month and scope, for months in which absence and staff in post are in force.
-- Rule: FTE working days that registered social workers lost to sickness in the month, and the FTE in post at its end.
-- Rule: days lost per FTE are those of 12 months, divided by the average of the 12 month ends. They are not available
--   until there are 12 months.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
{% set people = ['in_post_heads', 'people_absent', 'people_absent_long_term', 'people_absent_short_term'] %}
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
        {% for absent in people[1:] %}
        coalesce(sums.{{ absent }}, 0) as {{ absent }},
        {% endfor %}
        count(*) over last_12 as months_known,
        min(units.in_post_heads) over last_12 as fewest_in_post_heads,
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
        {{ as_fte('fte_days_lost') }} as fte_days_lost,
        {{ as_fte('long_term_fte_days_lost') }} as long_term_fte_days_lost,
        {% for sum in ['fte_days_lost_12_months', 'in_post_fte_12_months'] %}
        case when months_known = 12 then {{ as_fte(sum) }} end as {{ sum }},
        {% endfor %}
        case when months_known = 12 then fewest_in_post_heads end as fewest_in_post_heads_12_months,
        in_post_fte,
        in_post_heads,
        {% for absent in people[1:] %}
        {{ absent }},
        {% endfor %}
        working_days
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
    in_post_heads,
    {% for absent in people[1:] %}
    {{ absent }},
    {% endfor %}
    fewest_in_post_heads_12_months,
    working_days as working_days_of_census_year,
    organisations_counted,
    organisations_left_out
from (
    {{ with_unit_keys(with_areas(
        'told', ['month_end', 'working_days'],
        fte=['fte_days_lost', 'long_term_fte_days_lost', 'in_post_fte', 'fte_days_lost_12_months', 'in_post_fte_12_months'],
        numbers=people + ['fewest_in_post_heads_12_months'],
    ), month_no('month_end')) }}
) as figures
