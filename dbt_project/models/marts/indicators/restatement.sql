-- Grain: one row per indicator, definition, month, scope and publication that first gave a figure that is now
--   different.
-- Rule: the published figure stays. The figure as now known is given too, and is empty if none is shown any more.
-- Rule: the reasons are the deliveries that came into force, or stopped being in force, at each later publication in
--   which the figure changed. Only deliveries of a source and council from which the figure is made count. A delivery
--   for a later month counts only if its source also reports the past (staff in post, training).
-- Rule: if none of these deliveries explains the change, it came from the configuration, the checks or the code.
with
figures as (
    select
        *,
        row_number() over figure = 1 as is_first,
        lag({{ in_turn(['numerator', 'denominator', 'value is null']) }}) over figure as figure_before
    from {{ ref('published_indicator') }}
    window figure as (
        partition by organisation_id, indicator_id, definition_id, month_end, scope, scope_id
        order by publication_no
    )
),

said as (
    select * from figures
    where {{ in_turn(['numerator', 'denominator', 'value is null']) }} is distinct from figure_before
),

last_publication as (select coalesce(max(publication_no), 0) as publication_no from {{ ref('publications') }}),

restated as (
    select
        said.*,
        today.numerator as numerator_now,
        today.denominator as denominator_now,
        today.value as value_now,
        coalesce(today.status, 'withdrawn') as status_now,
        case
            when today.indicator_id is null then 'no_longer_shown'
            when today.value is null then today.status_reason
        end as status_reason_now,
        today.as_at_month as as_at_month_now
    from said
    left join {{ ref('indicator_value') }} as today
        on said.organisation_id is not distinct from today.organisation_id
        and said.indicator_id = today.indicator_id
        and said.definition_id = today.definition_id
        and said.month_end = today.month_end
        and said.scope = today.scope
        and said.scope_id = today.scope_id
    where
        said.value is not null
        and {{ in_turn(['said.numerator', 'said.denominator']) }}
        is distinct from {{ in_turn(['today.numerator', 'today.denominator']) }}
),

-- The later publications in which the figure changed. The present build comes after the last.
steps as (
    select
        restated.publication_no as said_in_no, said.publication_no,
        restated.organisation_id, restated.indicator_id, restated.definition_id, restated.month_end, restated.scope,
        restated.scope_id
    from restated
    inner join said
        on restated.organisation_id is not distinct from said.organisation_id
        and restated.indicator_id = said.indicator_id
        and restated.definition_id = said.definition_id
        and restated.month_end = said.month_end
        and restated.scope = said.scope
        and restated.scope_id = said.scope_id
        and restated.publication_no < said.publication_no
    union all
    select
        restated.publication_no as said_in_no, last_publication.publication_no + 1,
        restated.organisation_id, restated.indicator_id, restated.definition_id, restated.month_end, restated.scope,
        restated.scope_id
    from restated
    cross join last_publication
),

sources_of_indicators as (
    select indicator_id, definition_id, source from {{ ref('indicator_sources') }}
    union
    select 'caseload', 'dfe', 'agency'
),

reasons as (
    select distinct -- a delivery can come in one step and be needed in another
        steps.said_in_no, steps.organisation_id, steps.indicator_id, steps.definition_id, steps.month_end, steps.scope,
        steps.scope_id,
        changes.told
    from steps
    inner join sources_of_indicators as needed
        on steps.indicator_id = needed.indicator_id
        and steps.definition_id = needed.definition_id
    left join {{ ref('area_members') }} as areas
        on steps.organisation_id is null
        and steps.scope = areas.scope
        and steps.scope_id = areas.scope_id
    inner join {{ ref('delivery_changes') }} as changes
        on steps.publication_no = changes.publication_no
        and needed.source = changes.source
        and coalesce(steps.organisation_id, areas.organisation_id) = changes.organisation_id
        and (changes.source in ('hr_assignments', 'training') or changes.month_no <= {{ month_no('steps.month_end') }})
),

told as (
    select
        said_in_no, organisation_id, indicator_id, definition_id, month_end, scope, scope_id,
        {{ texts_joined('told') }} as deliveries
    from reasons
    group by said_in_no, organisation_id, indicator_id, definition_id, month_end, scope, scope_id
)

select
    restated.unit_key,
    indicator.indicator_key,
    restated.organisation_id,
    restated.indicator_id,
    restated.definition_id,
    restated.month_end,
    restated.scope,
    restated.scope_id,
    restated.publication,
    restated.published_at,
    restated.is_first as is_first_published,
    restated.numerator as published_numerator,
    restated.denominator as published_denominator,
    restated.value as published_value,
    restated.as_at_month as published_as_at_month,
    restated.numerator_now as numerator,
    restated.denominator_now as denominator,
    restated.value_now as value,
    restated.unit,
    restated.status_now as status,
    restated.status_reason_now as status_reason,
    restated.as_at_month_now as as_at_month,
    case when told.deliveries is not null then 'deliveries' else 'configuration_or_code' end as cause,
    told.deliveries
from ({{ with_unit_keys('select * from restated', month_no('month_end')) }}) as restated
left join told
    on restated.publication_no = told.said_in_no
    and restated.organisation_id is not distinct from told.organisation_id
    and restated.indicator_id = told.indicator_id
    and restated.definition_id = told.definition_id
    and restated.month_end = told.month_end
    and restated.scope = told.scope
    and restated.scope_id = told.scope_id
left join {{ ref('indicator') }} as indicator
    on restated.indicator_id = indicator.indicator_id
    and restated.definition_id = indicator.definition_id
