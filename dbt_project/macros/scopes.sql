{# The rows of a relation three times: for the council, for the service and for the team. Adds scope and scope_id. The
   relation has organisation_id, month_no and the team in today's structure. A team's service is the one that it
   belonged to in the row's month. #}
{% macro in_each_scope(relation) %}
select 'organisation' as scope, {{ relation }}.organisation_id as scope_id, {{ relation }}.* from {{ relation }}
union all
select 'service' as scope, team_services.service_id as scope_id, {{ relation }}.*
from {{ relation }}
inner join {{ ref('team_services') }} as team_services
    on {{ relation }}.organisation_id = team_services.organisation_id
    and {{ relation }}.current_team_id = team_services.current_team_id
    and {{ relation }}.month_no >= team_services.from_month_no
    and {{ relation }}.month_no < team_services.to_month_no
union all
select 'team' as scope, {{ relation }}.current_team_id as scope_id, {{ relation }}.* from {{ relation }}
{% endmacro %}

{% macro sums(relation, measures, by) %}
select
    {{ by | join(', ') }},
    {% for measure in measures %}
    sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
from {{ relation }}
group by {{ by | join(', ') }}
{% endmacro %}

{# The sums of columns of a relation for each council, service, team and month, and for each value of the columns `by`.
   Use it for what adds up from teams to services and to the council. It sums by team first, so that only few rows are
   repeated for each scope. The relation has organisation_id, month_no and current_team_id. #}
{% macro sums_in_each_scope(relation, measures, by=[]) %}
with
sums_of_teams as (
    {{ sums(relation, measures, ['organisation_id', 'month_no', 'current_team_id'] + by) }}
)

{{ sums('(' ~ in_each_scope("sums_of_teams") ~ ') as scoped', measures, ['organisation_id', 'month_no', 'scope', 'scope_id'] + by) }}
{% endmacro %}

{# One name per unit of any kind: the council's own id, `<council>/<scope>/<id>` within a council, because teams of two
   councils can have the same id, or `<scope>/<id>` above a council. #}
{% macro org_unit_key(relation) -%}
    case when {{ relation }}.scope = 'organisation' then {{ relation }}.scope_id
        else coalesce({{ relation }}.organisation_id || '/', '') || {{ relation }}.scope || '/' || {{ relation }}.scope_id
    end
{%- endmacro %}

{# Rows with unit_key: the key of the unit's version that holds in the row's month (unit_versions). `rows` is a query
   with organisation_id, scope and scope_id, and `month_no` an expression of its columns. #}
{% macro with_unit_keys(rows, month_no) %}
select scoped.*, versions.unit_key
from ({{ rows }}) as scoped
left join {{ ref('unit_versions') }} as versions
    on {{ org_unit_key('scoped') }} = versions.org_unit
    and {{ month_no }} >= versions.from_month_no
    and {{ month_no }} < versions.to_month_no
{% endmacro %}

{# A mart's rows, and also the sums of councils' rows for each partnership, and for each region and England if they are
   complete (area_members). Adds organisations_counted and organisations_left_out, which are empty within a council.
   `keys` are the columns of the grain besides council and scope, the month first. The columns that add up are given by
   type. `own` are columns of a council only, empty above it. Above a council, a council is left out if it has no row
   for the month (`counted_by` names another key than the month), or if the condition `shown` does not hold for its row.
   Nothing is hidden here: councils' true figures add up. A sum is empty if one of the councils counted has no value. #}
{% macro with_areas(relation, keys, fte=[], numbers=[], pounds=[], own=[], shown='true', counted_by=none) %}
{% set columns = fte + numbers + pounds %}
{% set counted_by = counted_by or keys[:1] %}
select
    organisation_id, scope, scope_id, {{ (keys + columns + own) | join(', ') }},
    cast(null as bigint) as organisations_counted, cast(null as bigint) as organisations_left_out
from {{ relation }}
union all
select
    cast(null as {{ dbt.type_string() }}), areas.scope, areas.scope_id,
    {% for key in keys %}councils.{{ key }}, {% endfor %}
    {% for column in columns %}
    case when count(councils.{{ column }}) = count(*) then cast(sum(councils.{{ column }}) as {{
        fte_type() if column in fte else 'bigint' if column in numbers else 'decimal(18, 2)'
    }}) end as {{ column }},
    {% endfor %}
    {% for column in own %}null, {% endfor %}
    any_value(members.organisations_counted), any_value(areas.organisations) - any_value(members.organisations_counted)
from {{ relation }} as councils
inner join {{ ref('area_members') }} as areas
    on councils.organisation_id = areas.organisation_id
    and areas.is_whole
inner join (
    select areas.scope, areas.scope_id, {% for key in counted_by %}known.{{ key }}, {% endfor %}count(distinct known.organisation_id) as organisations_counted
    from {{ relation }} as known
    inner join {{ ref('area_members') }} as areas on known.organisation_id = areas.organisation_id
    where known.scope = 'organisation' and {{ shown }}
    group by areas.scope, areas.scope_id{% for key in counted_by %}, known.{{ key }}{% endfor %}
) as members
    on areas.scope = members.scope
    and areas.scope_id = members.scope_id
    {% for key in counted_by %}
    and councils.{{ key }} = members.{{ key }}
    {% endfor %}
where councils.scope = 'organisation' and {{ shown }}
group by areas.scope, areas.scope_id{% for key in keys %}, councils.{{ key }}{% endfor %}
{% endmacro %}
