{# The key of an indicator and definition, as in mart `indicator`. #}
{% macro indicator_key(indicator_id, definition_id) -%}
    {{ indicator_id }} || '/' || {{ definition_id }}
{%- endmacro %}

{# The key of a course, as in mart `course`. Above a council the course has no council. #}
{% macro course_key(organisation_id, course_id) -%}
    coalesce({{ organisation_id }} || '/', '') || {{ course_id }}
{%- endmacro %}
