{# FTE and sums of it are decimals with four places: exact, and the same on every engine. #}
{% macro fte_type() -%} decimal(18, 4) {%- endmacro %}

{% macro as_fte(expression) -%}
    cast({{ expression }} as {{ fte_type() }})
{%- endmacro %}

{# A share as a double, NULL where there is nothing to divide by. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}
