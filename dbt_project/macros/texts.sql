{# The texts of a group in one, in their order, with a semicolon between. #}
{% macro texts_joined(column) -%}
    string_agg({{ column }}, '; ' order by {{ column }})
{%- endmacro %}

{# The different texts of a group as a list that `is_listed` looks into: a comma before and after each. #}
{% macro listed(column) -%}
    ',' || string_agg(distinct {{ column }}, ',' order by {{ column }}) || ','
{%- endmacro %}

{% macro is_listed(text, list) -%}
    {{ list }} like '%,{{ text }},%'
{%- endmacro %}
