{# The floor under every table of people, for every audience: fewer than these are not told apart (docs/decisions/0017).
   An indicator's own is in its metric. #}
{% macro least_people() -%} 10 {%- endmacro %}
