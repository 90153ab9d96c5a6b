-- Grain: one row per organisation, month and reason, for months in which absence and staff in post are in force.
-- Rule: reasons are told for a council only. The cause of a sickness is never in the warehouse.
with
reasons as (
    {% for reason in ['short_term_sickness', 'long_term_sickness', 'maternity', 'other'] %}
    select '{{ reason }}' as reason
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

units as (
    select organisation_id, month_end, in_post_fte, in_post_heads
    from {{ ref('absence_rate_month') }}
    where scope = 'organisation'
),

days as (
    select
        organisation_id,
        {{ month_end('month_no') }} as month_end,
        case
            when absence_type <> 'sickness' then absence_type when is_long_term then 'long_term_sickness' else
                'short_term_sickness'
        end as reason,
        sum(fte_days_lost) as fte_days_lost,
        count(distinct person_key) as people_absent
    from {{ ref('absence_people') }}
    group by all
)

select
    units.organisation_id as unit_key,
    units.organisation_id,
    units.month_end,
    reasons.reason,
    {{ as_fte('coalesce(days.fte_days_lost, 0)') }} as fte_days_lost,
    {{ ratio('coalesce(days.fte_days_lost, 0)', 'units.in_post_fte') }} as days_lost_per_fte,
    units.in_post_heads,
    coalesce(days.people_absent, 0) as people_absent
from units
cross join reasons
left join days
    on units.organisation_id = days.organisation_id
    and units.month_end = days.month_end
    and reasons.reason = days.reason
