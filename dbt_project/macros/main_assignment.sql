{# Orders a person's assignments, the main one first: the most senior, then the larger, then the older. Without a tie: what is counted
   never hangs on the order of rows. #}
{% macro main_assignment_first(relation='') -%}
{%- set of = relation ~ '.' if relation else '' -%}
    row({{ of }}seniority, -coalesce({{ of }}fte, 0), {{ of }}start_date, {{ of }}assignment_key)
{%- endmacro %}
