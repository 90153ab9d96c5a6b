-- Grain: one row per organisation, indicator, definition, month and scope: numerator, denominator and the people behind
--   it, whether usable or not.
-- Rule: what an indicator divides is read from its metric in models/indicators/, and said nowhere else.
{% set inputs = [] %}
{% for metric in indicator_metrics() %}
    {% for input in [metric.inputs.numerator, metric.inputs.denominator, metric.people] if input not in inputs %}
        {% do inputs.append(input) %}
    {% endfor %}
{% endfor %}
with
-- Each input once, whatever the number of indicators that divide it.
units as (
    select
        organisation_id,
        month_no,
        scope,
        scope_id
        {%- for input in inputs %},
        {{ metric_sql(input) }} as {{ input }}
        {%- endfor %}
    from {{ ref('unit_month_sums') }}
),

components as (
    {# Each sum is cast before the union: a union takes the coarsest scale. #}
    {% for metric in indicator_metrics() %}
    select
        organisation_id,
        '{{ metric.indicator }}' as indicator_id,
        '{{ metric.definition }}' as definition_id,
        month_no,
        scope,
        scope_id,
        {{ as_fte(metric.inputs.numerator) }} as numerator,
        {{ as_fte(metric.inputs.denominator) }} as denominator,
        cast({{ metric.people }} as bigint) as people
    from units
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    organisation_id,
    indicator_id,
    definition_id,
    month_no,
    scope,
    scope_id,
    numerator,
    denominator,
    people
from components
