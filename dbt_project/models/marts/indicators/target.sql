-- Grain: one row per council, indicator, definition and date from which a target applies.
select
    targets.organisation_id as unit_key,
    indicator.indicator_key,
    targets.organisation_id,
    targets.indicator_id,
    targets.definition_id,
    targets.from_date,
    targets.by_date,
    targets.comparison,
    targets.value,
    targets.source
from {{ ref('targets') }} as targets
left join {{ ref('indicator') }} as indicator
    on targets.indicator_id = indicator.indicator_id
    and targets.definition_id = indicator.definition_id
