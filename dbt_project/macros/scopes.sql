{# The rows of a relation once for the council and once for the team: adds scope and scope_id. #}
{% macro in_each_scope(relation, team_column='current_team_id') %}
select 'organisation' as scope, {{ relation }}.organisation_id as scope_id, {{ relation }}.* from {{ relation }}
union all
select 'team' as scope, {{ relation }}.{{ team_column }} as scope_id, {{ relation }}.* from {{ relation }}
{% endmacro %}
