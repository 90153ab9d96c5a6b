-- Grain: one row per indicator, definition, part (numerator, denominator) and measure in that part, with the number of
--   months in its period.
-- Rule: read from the inputs of the indicator's metric. A measure has the Department's name (not_supplied_as in
--   org_unit_month).
{% set rows = [] %}
{% for metric in indicator_metrics() %}
    {% for part in ['numerator', 'denominator'] %}
        {% for measure, months_needed in metric_measures(metric.inputs[part]) %}
            {% set texts = [metric.indicator, metric.definition, part, measure] | join("', '") %}
            {% do rows.append("('" ~ texts ~ "', " ~ months_needed ~ ")") %}
        {% endfor %}
    {% endfor %}
{% endfor %}
select indicator_id, definition_id, part, measure, months_needed
from (values {{ rows | unique | join(', ') }}) as measures (indicator_id, definition_id, part, measure, months_needed)
