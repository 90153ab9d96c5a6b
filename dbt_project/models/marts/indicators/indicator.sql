-- Grain: one row per indicator and definition.
-- Rule: read from the metrics in models/indicators/, which alone define an indicator.
-- Rule: people_floor is that of the policy for the indicator's class. The publication fills it.
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
    disclosure_class,
    case when disclosure_class = 'sensitive' then 'people_floor' else 'none' end as suppression,
    cast(0 as integer) as people_floor,
    owner,
    source,
    metric,
    order_no
from {{ ref('indicator_definitions') }}
