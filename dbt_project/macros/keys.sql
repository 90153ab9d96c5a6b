{# The key of an indicator and definition, as in mart `indicator`. #}
{% macro indicator_key(indicator_id, definition_id) -%}
    {{ indicator_id }} || '/' || {{ definition_id }}
{%- endmacro %}

{# The key of a course, as in mart `course`. Above a council the course has no council. #}
{% macro course_key(organisation_id, course_id) -%}
    coalesce({{ organisation_id }} || '/', '') || {{ course_id }}
{%- endmacro %}

{# A year that begins in one calendar year and ends in the next, as 2024/25. #}
{% macro years_label(begins) -%}
    cast({{ begins }} as {{ dbt.type_string() }}) || '/' || substr(cast({{ begins }} + 1 as {{ dbt.type_string() }}), 3, 2)
{%- endmacro %}

{# A month as a text that sorts, YYYY-MM. #}
{% macro month_label(month_no) -%}
    substr(cast({{ month_start(month_no) }} as {{ dbt.type_string() }}), 1, 7)
{%- endmacro %}
