{% macro texts_joined(column) -%}
    {{ adapter.dispatch('texts_joined')(column) }}
{%- endmacro %}

{% macro duckdb__texts_joined(column) -%}
    string_agg({{ column }}, '; ' order by {{ column }})
{%- endmacro %}

{% macro spark__texts_joined(column) -%}
    array_join(array_sort(collect_list({{ column }})), '; ')
{%- endmacro %}

{% macro listed(column) -%}
    {{ adapter.dispatch('listed')(column) }}
{%- endmacro %}

{% macro duckdb__listed(column) -%}
    ',' || string_agg(distinct {{ column }}, ',' order by {{ column }}) || ','
{%- endmacro %}

{% macro spark__listed(column) -%}
    ',' || array_join(array_sort(collect_set({{ column }})), ',') || ','
{%- endmacro %}

{% macro is_listed(text, list) -%}
    {{ list }} like '%,{{ text }},%'
{%- endmacro %}

{% macro as_id(name) -%}
    {{ adapter.dispatch('as_id')(name) }}
{%- endmacro %}

{% macro duckdb__as_id(name) -%}
    trim(regexp_replace(lower({{ name }}), '[^a-z0-9]+', '_', 'g'), '_')
{%- endmacro %}

{% macro spark__as_id(name) -%}
    trim(both '_' from regexp_replace(lower({{ name }}), '[^a-z0-9]+', '_'))
{%- endmacro %}
