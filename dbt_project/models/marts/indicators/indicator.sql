-- Grain: one row per indicator and definition.
-- Rule: read from the metrics in models/indicators/, which alone define an indicator.
select
    {{ indicator_key('indicator_id', 'definition_id') }} as indicator_key,
    indicator_id,
    definition_id,
    title,
    numerator,
    denominator,
    population,
    period,
    unit,
    better,
    decimals,
    suppression,
    people_floor,
    owner,
    source,
    metric,
    order_no
from {{ ref('indicator_definitions') }}
