{# The role groups that movements are told of: groups of registered social workers. #}
{% macro movement_role_groups() -%} ('social_worker', 'frontline_social_worker', 'iro') {%- endmacro %}
