{# The role groups for which movements are counted. All are groups of registered social workers. #}
{% macro movement_role_groups() -%} ('social_worker', 'frontline_social_worker', 'iro') {%- endmacro %}

{# The time from one day to another (half-open), in the bands of the published statistics. #}
{% macro service_band(from_day, to_day) -%}
    case
        {%- for band, years in [('20_years_and_more', 20), ('10_to_20_years', 10), ('5_to_10_years', 5), ('2_to_5_years', 2)] %}
        when {{ add_months(from_day, years * 12) }} <= {{ to_day }} then '{{ band }}'
        {%- endfor %}
        else 'under_2_years'
    end
{%- endmacro %}
