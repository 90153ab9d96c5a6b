-- Grain: one row per indicator, definition, month and scope: team, service and organisation of a council, or
--   partnership, region and England.
-- Rule: indicator_figures decides within a council what counts, and from which month. rolled_up_figures does so above a
--   council.
-- Rule: a figure from an earlier month has a reason, as a missing figure has: `status_reason`, with source, rule and
--   day if they are known.
-- Rule: if the denominator is 0, the figure is not available, z.
-- Rule: nothing is suppressed here. `people` is the number of people of whom a figure tells something, empty if it
--   tells only how many there are. By it, and by the class, the publication suppresses figures.
with
figures as (
    select
        organisation_id,
        indicator_id,
        definition_id,
        unit,
        decimals,
        disclosure_class,
        tells_of_people,
        month_no,
        month_end,
        scope,
        scope_id,
        figure_month_no, reason, status_reason, reason_source, reason_rule, reason_since, people,
        case when reason is null then numerator end as numerator,
        case when reason is null then denominator end as denominator,
        cast(null as bigint) as organisations_counted,
        cast(null as bigint) as organisations_left_out
    from {{ ref('indicator_figures') }}
    union all
    select
        null, indicator_id, definition_id, unit, decimals, disclosure_class, tells_of_people, month_no, month_end,
        scope, scope_id,
        figure_month_no,
        reason,
        coalesce(reason, 'a_council_is_older'),
        null,
        null,
        null,
        people,
        numerator,
        denominator,
        organisations_counted, organisations_left_out
    from {{ ref('rolled_up_figures') }}
),

valued as (
    select
        *,
        {{ ratio('numerator', 'denominator') }} * case when unit = 'per_cent' then 100 else 1 end as value,
        -- The figure as shown, from exact decimals: rounded half up, without the error of a binary fraction.
        round(
            cast(numerator as decimal(28, 6)) * case when unit = 'per_cent' then 100 else 1 end
            / nullif(denominator, 0) + 1e-9,
            decimals
        ) as printed
    from figures
),

targets as (select * from {{ ref('targets') }}),

with_target as (
    select
        valued.*,
        valued.value is null or valued.figure_month_no < valued.month_no as is_explained,
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
        and valued.month_end < {{ or_never('targets.next_from_date') }}
)

select
    unit_key,
    {{ indicator_key('indicator_id', 'definition_id') }} as indicator_key,
    organisation_id,
    indicator_id,
    definition_id,
    month_end,
    scope,
    scope_id,
    numerator,
    denominator,
    value,
    unit,
    cast(target as double) as target,
    case
        when value is null then 'not_available'
        when target is null then 'no_target'
        when is_met then 'met'
        else 'not_met'
    end as status,
    case
        when value is null then coalesce(reason, 'z')
        when figure_month_no < month_no then status_reason
    end as status_reason,
    case
        when figure_month_no < month_no and value is not null then {{ month_end('figure_month_no') }}
    end as as_at_month,
    case when is_explained then reason_source end as reason_source,
    case when is_explained then reason_rule end as reason_rule,
    case when is_explained then cast(reason_since as date) end as reason_since,
    disclosure_class,
    case when tells_of_people then people end as people,
    organisations_counted,
    organisations_left_out
from ({{ with_unit_keys('select * from with_target', 'month_no') }}) as keyed
