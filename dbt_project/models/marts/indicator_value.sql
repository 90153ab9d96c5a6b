-- Grain: one row an organisation, indicator, definition, month and scope.
-- Rule: where a needed source is not in force for the month, the last month that could be counted stays in force, and as_at_month says which.
-- Rule: what a council did not supply (u, x, z, c), and a history too short to look back, is not available: nothing older stands in.
-- Rule: fewer people than the indicator's floor: suppressed. Nothing to divide by: not available, z.
-- Rule: a target is judged on the figure as printed, rounded half up to the indicator's decimals.
with
definitions as (select * from {{ ref('indicator_definition') }}),

grid as (
    select
        scope_months.organisation_id, scope_months.month_no, scope_months.month_end, scope_months.scope, scope_months.scope_id,
        definitions.indicator_id, definitions.definition_id, definitions.unit, definitions.decimals, definitions.people_floor
    from {{ ref('int_scope_months') }} as scope_months
    cross join definitions
    -- Survey answers have no team.
    where scope_months.scope = 'organisation' or definitions.indicator_id <> 'survey_score'
),

judged as (
    select
        grid.*,
        availability.reason,
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
            when reason = 'source_missing' then max(counted_month_no) over (
                partition by organisation_id, indicator_id, definition_id, scope, scope_id
                order by month_no rows between unbounded preceding and current row
            )
        end as used_month_no
    from judged
),

valued as (
    select
        carried.*,
        components.people,
        components.numerator,
        components.denominator,
        {{ ratio('components.numerator', 'components.denominator') }}
            * case when carried.unit = 'per_cent' then 100 else 1 end as value,
        -- The printed figure from exact decimals: half up, never off by a binary fraction.
        round(
            cast(components.numerator as decimal(28, 4)) * case when carried.unit = 'per_cent' then 100 else 1 end
            / nullif(components.denominator, 0) + 1e-9,
            carried.decimals
        ) as printed,
        carried.used_month_no is not null and coalesce(components.people, 0) < carried.people_floor
            and coalesce(components.denominator, 0) > 0 as is_below_floor
    from carried
    left join {{ ref('int_indicator_components') }} as components
        on carried.organisation_id = components.organisation_id
        and carried.indicator_id = components.indicator_id
        and carried.definition_id = components.definition_id
        and carried.scope = components.scope
        and carried.scope_id = components.scope_id
        and carried.used_month_no = components.month_no
),

targets as (
    select
        *,
        lead(from_date) over (
            partition by organisation_id, indicator_id, definition_id order by from_date
        ) as next_from_date
    from {{ source('raw', 'config_target') }}
),

with_target as (
    select
        valued.*,
        targets.value as target,
        case targets.comparison
            when 'at_most' then valued.printed <= targets.value
            when 'below' then valued.printed < targets.value
            when 'at_least' then valued.printed >= targets.value
            when 'above' then valued.printed > targets.value
        end as is_met
    from valued
    left join targets
        on valued.organisation_id = targets.organisation_id
        and valued.indicator_id = targets.indicator_id
        and valued.definition_id = targets.definition_id
        and valued.month_end >= targets.from_date
        and (targets.next_from_date is null or valued.month_end < targets.next_from_date)
)

select
    organisation_id,
    indicator_id,
    definition_id,
    month_end,
    scope,
    scope_id,
    case when not is_below_floor then numerator end as numerator,
    case when not is_below_floor then denominator end as denominator,
    case when not is_below_floor then value end as value,
    unit,
    cast(target as double) as target,
    case
        when is_below_floor then 'suppressed'
        when value is null then 'not_available'
        when target is null then 'no_target'
        when is_met then 'met'
        else 'not_met'
    end as status,
    case
        when is_below_floor then 'floor_' || cast(people_floor as varchar)
        when value is null then coalesce(case when used_month_no is null then reason end, 'z')
    end as status_reason,
    case when used_month_no < month_no and value is not null then {{ month_end('used_month_no') }} end as as_at_month
from with_target
