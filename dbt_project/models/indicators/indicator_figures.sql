-- Grain: one row per organisation, indicator, definition, month and scope within the council, with the figure in force.
-- Rule: if a source that is needed is not in force for the month, or a check holds the figure, the last month that
--   could be counted stays in force (figure_month_no).
-- Rule: the row gives the reason, whether it has an older figure or none: which source is lacking, and whether it did
--   not come, or is held, by which rule and since when.
-- Rule: figures that a council did not supply (u, x, z, c), or whose history is too short, are not shown. No older
--   figure is shown in their place.
-- Rule: a figure that is not shown may count above the council (is_counted_above), if the council declares so, from the
--   month itself or an older one.
-- Rule: nothing is hidden here. Which figures a reader is shown, the policy of disclosure says.
with
availability as (
    select
        *,
        -- The keys by which a gap or a held indicator is looked up. They are empty if the reason is another.
        case when reason = 'source_missing' then reason_source end as missing_source,
        case when reason = 'held_by_check' then reason_source end as held_source,
        reason is not null and reason in ('source_missing', 'held_by_check') as is_carried
    from {{ ref('indicator_availability') }}
),

-- Everything that is the same for all units of the council.
judged as (
    select
        availability.organisation_id, availability.month_no, availability.indicator_id, availability.definition_id,
        definitions.unit, definitions.decimals, definitions.disclosure_class, definitions.tells_of_people,
        availability.reason,
        availability.reason_source,
        availability.counts_above,
        availability.stands_in_month_no,
        availability.is_carried,
        coalesce(gaps.reason, availability.reason) as status_reason,
        coalesce(gaps.rule_id, held.rule_id) as reason_rule,
        coalesce(gaps.held_since, held.held_since) as reason_since,
        bool_or(availability.is_carried) over (
            partition by availability.organisation_id, availability.indicator_id, availability.definition_id
        ) as is_carried_once
    from availability
    inner join {{ ref('indicator_definitions') }} as definitions
        on availability.indicator_id = definitions.indicator_id
        and availability.definition_id = definitions.definition_id
    left join {{ ref('source_gaps') }} as gaps
        on availability.organisation_id = gaps.organisation_id
        and availability.missing_source = gaps.source
        and availability.reason_month_no = gaps.month_no
    left join {{ ref('held_indicators') }} as held
        on availability.organisation_id = held.organisation_id
        and availability.held_source = held.source
        and availability.indicator_id = held.indicator_id
        and availability.reason_month_no = held.month_no
),

grid as (
    select
        scope_months.month_end, scope_months.scope, scope_months.scope_id,
        judged.*,
        case when judged.reason is null then judged.month_no end as counted_month_no
    from {{ ref('scope_months') }} as scope_months
    inner join judged
        on scope_months.organisation_id = judged.organisation_id
        and scope_months.month_no = judged.month_no
    -- Survey answers have no team. A team without social work has only training figures.
    where
        (scope_months.scope = 'organisation' or judged.indicator_id <> 'survey_score')
        and (not coalesce(scope_months.is_of_training_alone, false) or judged.indicator_id = 'training_compliance')
),

-- The last month that was counted for the unit itself. It is needed only if the council shows an older month.
carried as (
    select *, counted_month_no as shown_month_no
    from grid
    where not is_carried_once
    union all
    select
        *,
        case
            when reason is null then month_no
            when is_carried then max(counted_month_no) over (
                partition by organisation_id, indicator_id, definition_id, scope, scope_id
                order by month_no rows between unbounded preceding and current row
            )
        end as shown_month_no
    from grid
    where is_carried_once
),

in_force as (
    select
        *,
        coalesce(shown_month_no, case when counts_above then coalesce(stands_in_month_no, month_no) end)
            as figure_month_no
    from carried
)

select
    in_force.organisation_id,
    in_force.indicator_id,
    in_force.definition_id,
    in_force.unit,
    in_force.decimals,
    in_force.disclosure_class,
    in_force.tells_of_people,
    in_force.month_no,
    in_force.month_end,
    in_force.scope,
    in_force.scope_id,
    in_force.figure_month_no,
    components.numerator,
    components.denominator,
    components.people,
    case when in_force.shown_month_no is null then in_force.status_reason end as reason,
    -- Why the figure is not that of the month itself, whether an older one is shown or none.
    in_force.status_reason,
    in_force.reason_source,
    in_force.reason_rule,
    in_force.reason_since,
    components.denominator is not null as is_counted_above
from in_force
left join {{ ref('indicator_components') }} as components
    on in_force.organisation_id = components.organisation_id
    and in_force.indicator_id = components.indicator_id
    and in_force.definition_id = components.definition_id
    and in_force.scope = components.scope
    and in_force.scope_id = components.scope_id
    and in_force.figure_month_no = components.month_no
