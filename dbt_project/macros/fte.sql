{# FTE and sums of FTE are decimals with six places, as the census asks. They are exact, and the same on every engine.
   #}
{% macro fte_type() -%} decimal(18, 6) {%- endmacro %}

{% macro as_fte(expression) -%}
    cast({{ expression }} as {{ fte_type() }})
{%- endmacro %}

{# An FTE averaged over days or months is rounded to four places (docs/decisions/0046). #}
{% macro as_average_fte(expression) -%}
    {{ as_fte('cast(' ~ expression ~ ' as decimal(18, 4))') }}
{%- endmacro %}

{# Whether the council pays for an assignment. It does not if the person is seconded in, or if another council pays for
   a joint post in full. #}
{% macro is_paid_here(relation) -%}
    ({{ relation }}.contract_type <> 'seconded_in' and coalesce({{ relation }}.cost_share_percent, 100) > 0)
{%- endmacro %}

{# The part of an assignment's FTE that the council pays for, by the agreed split of a joint post. It is the whole FTE
   if no split is reported. #}
{% macro agreed_fte(relation) -%}
    {{ as_fte(relation ~ '.fte * coalesce(' ~ relation ~ '.cost_share_percent, 100) / 100') }}
{%- endmacro %}

{# A share as a double. NULL if the denominator is 0 or empty. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}
