{# The person of a row, under one key for all employee numbers of the person. Use it with `join_person_links` in the
   same select. #}
{% macro linked_person(relation) -%}
    coalesce(person_links.person_key, {{ relation }}.person_key)
{%- endmacro %}

{% macro join_person_links(relation) %}
left join {{ ref('stg_hr__person_links') }} as person_links
    on {{ relation }}.organisation_id = person_links.organisation_id
    and {{ relation }}.person_key = person_links.told_person_key
{% endmacro %}
