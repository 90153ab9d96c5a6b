-- Grain: one row an organisation, indicator, definition, month and scope within the council: the figure in force.
-- Rule: where a needed source is not in force for the month, or a rule of the checks holds the figure, the last month that could be counted stays in force (figure_month_no).
-- Rule: beside an older figure as beside none stands why: which source lacks, whether it is held, by which rule and since when, or did not come.
-- Rule: what a council did not supply (u, x, z, c), and a history too short to look back, is not shown: nothing older stands in.
-- Rule: what is not shown may count above the council (is_counted_above), where the council declares so, from the month itself or an older one.
-- Rule: fewer people than the indicator's floor: not shown, and not counted above, since a difference would tell it.
with
grid as (
    select
        scope_months.organisation_id, scope_months.month_no, scope_months.month_end, scope_months.scope, scope_months.scope_id,
        definitions.indicator_id, definitions.definition_id, definitions.unit, definitions.decimals, definitions.people_floor
    from {{ ref('int_scope_months') }} as scope_months
    cross join {{ ref('indicator') }} as definitions
    -- Survey answers have no team.
    where scope_months.scope = 'organisation' or definitions.indicator_id <> 'survey_score'
),

judged as (
    select
        grid.*,
        availability.reason,
        availability.reason_source,
        availability.reason_month_no,
        availability.counts_above,
        availability.stands_in_month_no,
        case when availability.reason is null then grid.month_no end as counted_month_no
    from grid
    inner join {{ ref('int_indicator_availability') }} as availability
        using (organisation_id, indicator_id, definition_id, month_no)
),

carried as (
    select
        *,
        case
            when reason is null then month_no
            when reason in ('source_missing', 'held_by_check') then max(counted_month_no) over (
                partition by organisation_id, indicator_id, definition_id, scope, scope_id
                order by month_no rows between unbounded preceding and current row
            )
        end as shown_month_no
    from judged
),

in_force as (
    select
        *,
        coalesce(shown_month_no, case when counts_above then coalesce(stands_in_month_no, month_no) end) as figure_month_no
    from carried
)

select
    in_force.organisation_id,
    in_force.indicator_id,
    in_force.definition_id,
    in_force.unit,
    in_force.decimals,
    in_force.people_floor,
    in_force.month_no,
    in_force.month_end,
    in_force.scope,
    in_force.scope_id,
    in_force.figure_month_no,
    components.numerator,
    components.denominator,
    components.people,
    case when in_force.shown_month_no is null then coalesce(gaps.reason, in_force.reason) end as reason,
    -- Why the figure is not of the month itself, whether an older one is shown or none.
    coalesce(gaps.reason, in_force.reason) as status_reason,
    in_force.reason_source,
    coalesce(gaps.rule_id, held.rule_id) as reason_rule,
    coalesce(gaps.held_since, held.held_since) as reason_since,
    coalesce(components.people, 0) < in_force.people_floor and coalesce(components.denominator, 0) > 0 as is_below_floor,
    components.denominator is not null
        and not (coalesce(components.people, 0) < in_force.people_floor and components.denominator > 0) as is_counted_above
from in_force
left join {{ ref('int_indicator_components') }} as components
    on in_force.organisation_id = components.organisation_id
    and in_force.indicator_id = components.indicator_id
    and in_force.definition_id = components.definition_id
    and in_force.scope = components.scope
    and in_force.scope_id = components.scope_id
    and in_force.figure_month_no = components.month_no
left join {{ ref('int_source_gaps') }} as gaps
    on in_force.reason = 'source_missing'
    and in_force.organisation_id = gaps.organisation_id
    and in_force.reason_source = gaps.source
    and in_force.reason_month_no = gaps.month_no
left join {{ ref('int_held_indicators') }} as held
    on in_force.reason = 'held_by_check'
    and in_force.organisation_id = held.organisation_id
    and in_force.reason_source = held.source
    and in_force.indicator_id = held.indicator_id
    and in_force.reason_month_no = held.month_no
