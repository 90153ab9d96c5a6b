-- Grain: one row per column of a public table that joins to the key of another.
-- Rule: read from the foreign keys in the tables' descriptions, which the build holds the tables to.
{% set rows = [] %}
{% for node in graph.nodes.values() | sort(attribute='name') if execute and node.resource_type == 'model' and node.schema == 'marts' %}
    {% for column in node.columns.values() %}
        {% for key in column.constraints if key.type == 'foreign_key' %}
            {% do rows.append((node.name, column.name, key.to.split("'")[1] if "'" in key.to else key.to.split('.')[-1].strip('"'), key.to_columns[0])) %}
        {% endfor %}
    {% endfor %}
{% endfor %}
select
    table_name,
    column_name,
    joins_to_table,
    joins_to_column
from (
    values
    {% for row in rows %}
    ('{{ row | join("', '") }}'){{ ',' if not loop.last }}
    {% else %}
    ('', '', '', '')
    {% endfor %}
) as joins (table_name, column_name, joins_to_table, joins_to_column)
