-- Grain: one row per organisation, indicator, definition, month and scope, with numerator, denominator and the people
--   behind them, whether they can be used or not.
-- Rule: numerator and denominator are read from the indicator's metric in models/indicators/, which alone defines them.
{% set inputs = [] %}
{% for metric in indicator_metrics() %}
    {% for input in [metric.inputs.numerator, metric.inputs.denominator, metric.people] if input not in inputs %}
        {% do inputs.append(input) %}
    {% endfor %}
{% endfor %}
with
-- Each input once, however many indicators use it.
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
