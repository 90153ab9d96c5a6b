{# An indicator is defined once, as a metric in models/indicators/. The build reads it from there. dbt fills `graph`
   when it runs, not when it parses. Unit tests have no `graph`, and override these macros. #}

{# The metrics that are indicators, one for each definition, in the order in which a page shows them. #}
{% macro indicator_metrics() %}
    {% set found = [] %}
    {% for metric in graph.get('metrics', {}).values() if execute and metric.config.meta.get('indicator') %}
        {% set inputs = {} %}
        {% for input in metric.type_params.metrics %}
            {% do inputs.update({input.alias or input.name: input.name}) %}
        {% endfor %}
        {% do found.append(dict(metric.config.meta, metric=metric.name, title=metric.label, inputs=inputs)) %}
    {% endfor %}
    {{ return(found | sort(attribute='order')) }}
{% endmacro %}

{# A metric by its name, and the measure that it sums. #}
{% macro metric_named(name) %}
    {{ return(graph.metrics.values() | selectattr('name', 'equalto', name) | first) }}
{% endmacro %}

{% macro measure_named(name) %}
    {% set found = [] %}
    {% for model in graph.semantic_models.values() %}
        {% do found.extend(model.measures | selectattr('name', 'equalto', name) | list) %}
    {% endfor %}
    {{ return(found | first) }}
{% endmacro %}

{# The SQL of a metric's input over unit_month_sums: the measure itself, its sum over the months of the period, or an
   expression of these. #}
{% macro metric_sql(metric_name) %}
    {% set metric = metric_named(metric_name) %}
    {% set params = metric.type_params %}
    {% if metric.type == 'derived' %}
        {% set written = namespace(sql=params.expr) %}
        {% for input in params.metrics %}
            {% set written.sql = modules.re.sub('\\b' ~ (input.alias or input.name) ~ '\\b', metric_sql(input.name), written.sql) %}
        {% endfor %}
        {{ return('(' ~ written.sql ~ ')') }}
    {% endif %}
    {% set measure = measure_named(params.measure.name) %}
    {% set column = '(' ~ (measure.expr or measure.name) ~ ')' %}
    {% if metric.type == 'cumulative' %}
        {{ return(measure.agg ~ column ~ ' over (partition by organisation_id, scope, scope_id order by month_no range between '
            ~ (params.cumulative_type_params.window.count - 1) ~ ' preceding and current row)') }}
    {% endif %}
    {{ return(column) }}
{% endmacro %}

{# The measures that a metric's input uses, by the names under which a council may declare them as not supplied, and for
   how many months. #}
{% macro metric_measures(metric_name) %}
    {% set metric = metric_named(metric_name) %}
    {% set found = [] %}
    {% if metric.type == 'derived' %}
        {% for input in metric.type_params.metrics %}
            {% do found.extend(metric_measures(input.name)) %}
        {% endfor %}
        {{ return(found) }}
    {% endif %}
    {% for name in measure_named(metric.type_params.measure.name).config.meta.get('not_supplied_as', []) %}
        {% do found.append((name, metric.type_params.cumulative_type_params.window.count if metric.type == 'cumulative' else 1)) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
