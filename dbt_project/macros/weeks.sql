{# Whether a whole week, Sunday to Saturday, lies between a last day and a first day (docs/counting_rules.md, Words). 31
   December 1899 was a Sunday. #}
{% macro has_whole_week_between(last_day, first_day) -%}
    ({{ days_between(last_day, first_day) }} - 1 >= 7 + (6 - {{ days_between("cast('1899-12-31' as date)", last_day) }} % 7))
{%- endmacro %}
