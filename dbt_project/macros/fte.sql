{# FTE and sums of it are decimals with six places, as the census asks for them: exact, and the same on every engine. #}
{% macro fte_type() -%} decimal(18, 6) {%- endmacro %}

{% macro as_fte(expression) -%}
    cast({{ expression }} as {{ fte_type() }})
{%- endmacro %}

{# An FTE averaged over days or months is rounded to four places (docs/decisions/0046). #}
{% macro as_average_fte(expression) -%}
    {{ as_fte('cast(' ~ expression ~ ' as decimal(18, 4))') }}
{%- endmacro %}

{# Whether the council pays for an assignment: not for who is seconded in, nor for a joint post that another council
   pays alone. #}
{% macro is_paid_here(relation) -%}
    ({{ relation }}.contract_type <> 'seconded_in' and coalesce({{ relation }}.cost_share_percent, 100) > 0)
{%- endmacro %}

{# The part of an assignment's FTE that the council pays for by the agreed split of a joint post; all of it where no
   split is told. #}
{% macro agreed_fte(relation) -%}
    {{ as_fte(relation ~ '.fte * coalesce(' ~ relation ~ '.cost_share_percent, 100) / 100') }}
{%- endmacro %}

{# A share as a double, NULL where there is nothing to divide by. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}
