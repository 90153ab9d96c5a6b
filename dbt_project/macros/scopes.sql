{# The rows of a relation once for the council, once for the service and once for the team: adds scope and scope_id.
   The relation has organisation_id, month_no and the team in today's structure. A team's service is the one that held it in the row's month. #}
{% macro in_each_scope(relation, team_column='current_team_id') %}
select 'organisation' as scope, {{ relation }}.organisation_id as scope_id, {{ relation }}.* from {{ relation }}
union all
select 'service' as scope, team_services.service_id as scope_id, {{ relation }}.*
from {{ relation }}
inner join {{ ref('int_team_services') }} as team_services
    on {{ relation }}.organisation_id = team_services.organisation_id
    and {{ relation }}.{{ team_column }} = team_services.current_team_id
    and {{ relation }}.month_no >= team_services.from_month_no
    and {{ relation }}.month_no < team_services.to_month_no
union all
select 'team' as scope, {{ relation }}.{{ team_column }} as scope_id, {{ relation }}.* from {{ relation }}
{% endmacro %}

{# A name as an id: small letters, digits and underscores. #}
{% macro as_id(name) -%}
    trim(regexp_replace(lower({{ name }}), '[^a-z0-9]+', '_', 'g'), '_')
{%- endmacro %}

{# One name a unit of any kind: the council's own id, or `<council>/<scope>/<id>`, since a team of two councils can have one id. #}
{% macro org_unit_key(relation) -%}
    case when {{ relation }}.scope = 'organisation' then {{ relation }}.scope_id
        else {{ relation }}.organisation_id || '/' || {{ relation }}.scope || '/' || {{ relation }}.scope_id
    end
{%- endmacro %}
