{# The texts of a group in one, in their order, with a semicolon between. #}
{% macro texts_joined(column) -%}
    string_agg({{ column }}, '; ' order by {{ column }})
{%- endmacro %}
