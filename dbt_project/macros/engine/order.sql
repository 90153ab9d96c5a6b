{% macro in_turn(expressions) -%}
    {{ adapter.dispatch('in_turn')(expressions) }}
{%- endmacro %}

{% macro duckdb__in_turn(expressions) -%}
    row({{ expressions | join(', ') }})
{%- endmacro %}

{% macro spark__in_turn(expressions) -%}
    struct({{ expressions | join(', ') }})
{%- endmacro %}
