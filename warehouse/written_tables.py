"""Write the public tables of a build into a publication: one DuckDB file and one Parquet file per table, with comments, keys and types that tools read."""

from __future__ import annotations

from pathlib import Path

import duckdb

from disclosure.classes import classes
from disclosure.policy import Audience
from disclosure.step import Shown
from foundation.storage import Storage, shared
from warehouse.models import SEMANTIC_MANIFEST, dbt_target
from warehouse.published_tables import SCHEMA, PublishedTable, published_tables

DATABASE = "workforce.duckdb"
PARQUET = "marts"


def write_tables(place: Storage, folder_of_audience: Path, audience: Audience) -> dict[str, int]:
    """Write `workforce.duckdb` and `marts/<table>.parquet` as an audience is shown them, and return the number of rows of each table.

    The DuckDB file holds FTE and pounds as exact decimals, with keys and comments. Parquet holds them as doubles, because pandas reads a decimal
    as an object; its comments are in the file's metadata, `table` and `column <name>`.
    """
    folder = shared(folder_of_audience / PARQUET)
    rows = {}
    with duckdb.connect(str(folder_of_audience / DATABASE)) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"create schema {SCHEMA}")
        connection.execute(f"attach {_text(str(place.build_database))} as built (read_only)")
        shown = Shown(connection, audience, classes(place), dbt_target(place) / SEMANTIC_MANIFEST)
        for table in published_tables(place):
            if not shown.is_given(table.name):
                continue
            if table.is_view:
                connection.execute(f"create view {SCHEMA}.{table.name} as {_query_of_view(connection, table)}")
            else:
                connection.execute(_create(table))
                connection.execute(f"insert into {SCHEMA}.{table.name} {shown.rows(table.name)} order by all")
            for comment in _comments(table):
                connection.execute(comment)
            written = connection.execute(_copy(table, folder / f"{table.name}.parquet")).fetchone()
            rows[table.name] = int(written[0]) if written else 0
        connection.execute("detach built")
    return dict(sorted(rows.items()))


def _create(table: PublishedTable) -> str:
    # Foreign keys would make the file four times as large (docs/decisions/0064): the build holds tables to them, and table `relationship` names them.
    key = [f"primary key ({table.key})"] if table.key else []
    return f"create table {SCHEMA}.{table.name} ({', '.join([*(f'{column.name} {column.kind}' for column in table.columns), *key])})"


def _query_of_view(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> str:
    """The view's query as the build has it, without the name of the build's file."""
    found = connection.execute(
        "select sql from duckdb_views() where database_name = 'built' and schema_name = ? and view_name = ?", [SCHEMA, table.name]
    ).fetchone()
    assert found is not None
    return str(found[0]).partition(" AS ")[2].rstrip(";\n").replace(f"{DATABASE.removesuffix('.duckdb')}.{SCHEMA}.", f"{SCHEMA}.")


def _comments(table: PublishedTable) -> list[str]:
    kind = "view" if table.is_view else "table"
    return [
        f"comment on {kind} {SCHEMA}.{table.name} is {_text(table.description)}",
        *(f"comment on column {SCHEMA}.{table.name}.{column.name} is {_text(column.description)}" for column in table.columns),
    ]


def _copy(table: PublishedTable, path: Path) -> str:
    doubles = [column.name for column in table.columns if column.kind.startswith("decimal")]
    replaced = f" replace ({', '.join(f'cast({name} as double) as {name}' for name in doubles)})" if doubles else ""
    told = {"table": table.description} | {f"column {column.name}": column.description for column in table.columns}
    metadata = ", ".join(f"{_text(key)}: {_text(value)}" for key, value in told.items())
    return (
        f"copy (select *{replaced} from {SCHEMA}.{table.name} order by all) to {_text(str(path))} "
        f"(format parquet, kv_metadata {{{metadata}}})"
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
