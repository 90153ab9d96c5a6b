{# dbt-duckdb makes a table with five statements and as many macros: an intermediate table, renaming, a backup, drops
   and grants. A build begins with a new file, so there is nothing to keep. Here one statement makes the table and
   checks its contract and its grain (docs/decisions/0032). This is for DuckDB only. On another engine dbt's own macro
   is used, and the tests of the grain run like any other test. #}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {% set relation = this.incorporate(type='table') %}
    {% call statement('main', auto_begin=false) %}
        create or replace table {{ relation }} as (
            {{ sql }}
        );
        {% if config.get('contract').enforced %}{{ refuse_other_columns(relation) }}{% endif %}
        {{ refuse_repeated_rows(relation) }}
        {{ refuse_unknown_keys(relation) }}
    {% endcall %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# Raises an error unless the table has the contract's columns, in their order, with their types, and no missing value
   that the contract forbids. #}
{% macro refuse_other_columns(relation) %}
    {% set written, filled = [], [] %}
    {% for column in model.columns.values() %}
        {% do written.append(column.name ~ ' ' ~ column.data_type | upper | replace(', ', ',')) %}
        {% if column.constraints | selectattr('type', 'equalto', 'not_null') | list %}
            {% do filled.append(column.name) %}
        {% endif %}
    {% endfor %}
    select error(
        'The columns of {{ relation.identifier }} are not those of its contract, in its order. Only in the contract: '
        || array_to_string(list_filter(written, lambda one: not list_contains(made, one)), ', ') || '. Only in the model: '
        || array_to_string(list_filter(made, lambda one: not list_contains(written, one)), ', ')
    )
    from (
        select list(column_name || ' ' || data_type order by column_index) as made, ['{{ written | join("', '") }}'] as written
        from duckdb_columns()
        where schema_name = '{{ relation.schema }}' and table_name = '{{ relation.identifier }}'
    )
    where made <> written;
    {% if filled %}
    select error('{{ relation.identifier }}: a value is missing in one of {{ filled | join(', ') }}') from {{ relation }}
    where {{ filled | join(' is null or ') }} is null limit 1;
    {% endif %}
{% endmacro %}

{# Raises an error if two rows share the columns of the grain that the model's test `one_row_a` names. #}
{% macro refuse_repeated_rows(relation) %}
    {% for test in graph.nodes.values() if test.attached_node == model.unique_id and test.test_metadata.name == 'one_row_a' %}
    {% set grain = test.test_metadata.kwargs.columns | join(', ') %}
    select error('{{ relation.identifier }}: more than one row has the same {{ grain }}')
    from (select 1 from {{ relation }} group by {{ grain }} having count(*) > 1 limit 1);
    {% endfor %}
{% endmacro %}

{# Raises an error if a foreign key of the contract has a value that its dimension does not have. #}
{% macro refuse_unknown_keys(relation) %}
    {% for column in model.columns.values() %}
    {% for key in column.constraints if key.type == 'foreign_key' %}
    select error('{{ relation.identifier }}: {{ column.name }} has a value that {{ key.to }} does not have')
    from (
        select 1 from {{ relation }} as facts
        left join {{ key.to }} as dimension on facts.{{ column.name }} = dimension.{{ key.to_columns[0] }}
        where facts.{{ column.name }} is not null and dimension.{{ key.to_columns[0] }} is null
        limit 1
    );
    {% endfor %}
    {% endfor %}
{% endmacro %}
