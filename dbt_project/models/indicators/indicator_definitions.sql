-- Grain: one row per indicator and definition.
-- Rule: read from the metrics in models/indicators/, which alone define an indicator.
with
indicators as (
    {% for metric in indicator_metrics() %}
    select
        '{{ metric.indicator }}' as indicator_id,
        '{{ metric.definition }}' as definition_id,
        '{{ metric.metric }}' as metric,
        {% for name, words in [
            ('title', metric.title), ('numerator', metric.numerator), ('denominator', metric.denominator), ('population', metric.population),
            ('period', metric.period), ('unit', metric.unit), ('better', metric.better), ('owner', metric.owner),
            ('disclosure_class', metric.disclosure_class), ('source', metric.document),
        ] %}
        {{ dbt.string_literal(dbt.escape_single_quotes(words)) }} as {{ name }},
        {% endfor %}
        {{ metric.decimals }} as decimals,
        {{ metric.tells_of_people }} as tells_of_people,
        {{ metric.order }} as order_no
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

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
    disclosure_class,
    tells_of_people,
    owner,
    source,
    metric,
    cast(order_no as integer) as order_no
from indicators
