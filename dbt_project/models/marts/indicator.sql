-- Grain: one row an indicator and definition.
select
    indicator_id,
    definition_id,
    title,
    numerator,
    denominator,
    population,
    period,
    unit,
    better,
    cast(decimals as integer) as decimals,
    cast(people_floor as integer) as people_floor,
    source,
    cast(order_no as integer) as order_no
from {{ ref('indicator_definition') }}
