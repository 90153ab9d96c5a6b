"""The tables of a publication, as its own DuckDB file has them: columns, types, keys, joins and comments. Nothing else says what is served."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from foundation.errors import ConfigurationError
from foundation.published_files import MANIFEST, SUMS, damage_of_publication
from foundation.storage import Storage
from warehouse.published_tables import SCHEMA
from warehouse.written_tables import DATABASE

COUNCIL = "organisation_id"
RELATIONSHIP = "relationship"
# A type of DuckDB, and the same in PostgreSQL. A type that is not here is refused by name, so that no figure is ever rounded on its way.
TYPES = {
    "BOOLEAN": "boolean", "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "HUGEINT": "numeric(39)",
    "FLOAT": "real", "DOUBLE": "double precision", "VARCHAR": "text", "DATE": "date", "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}  # fmt: skip
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


@dataclass(frozen=True)
class ServedColumn:
    """A column: its name, its type in PostgreSQL, whether it is never empty, and its comment."""

    name: str
    kind: str
    always_filled: bool
    comment: str


@dataclass(frozen=True)
class Join:
    """A column whose values are those of another table's key, or empty."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class ServedTable:
    """A table or view of a publication, all of whose rows are copied. `key`: its primary key, if it has one."""

    name: str
    comment: str
    columns: tuple[ServedColumn, ...]
    key: tuple[str, ...]
    joins: tuple[Join, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def is_of_councils(self) -> bool:
        """Whether each row is of a council, or of all if it names none."""
        return COUNCIL in self.names


@dataclass(frozen=True)
class ServedPublication:
    """A publication for one audience: its id, month, when it was made, and its tables, each after those that it joins to."""

    publication: str
    month: str
    made_at: str
    audience: str
    database: Path
    tables: tuple[ServedTable, ...]

    @property
    def schema(self) -> str:
        """The schema of PostgreSQL that holds it."""
        return f"{self.audience}_{self.month.replace('-', '_')}_{self.publication}"


def read_publication(folder: Path, audience: str, place: Storage) -> ServedPublication:
    """What a publication holds for an audience. Raises ConfigurationError if it is not finished, is damaged, or cannot be served whole."""
    if not folder.exists():
        raise ConfigurationError(f"{folder}: there is no publication yet. Make one: make run")
    folder = folder.resolve()
    database = folder / audience / DATABASE
    if not (folder / SUMS).exists() or not (folder / MANIFEST).exists():
        raise ConfigurationError(f"{folder} is not a finished publication: it has no {SUMS} or no {MANIFEST}. Publish again: make run")
    if not database.exists():
        raise ConfigurationError(f"{folder} has nothing for the audience {audience}: {audience}/{DATABASE} is not there")
    if damage := list(damage_of_publication(folder, place, [MANIFEST, f"{audience}/{DATABASE}"])):
        raise ConfigurationError(str(damage[0]))
    manifest = json.loads((folder / MANIFEST).read_bytes())
    with duckdb.connect(str(database), read_only=True) as marts:
        tables = _tables(marts)
    _refuse_tables_without_their_council(tables)
    return ServedPublication(
        str(manifest["publication"]), str(manifest["month"]), str(manifest["made_at"]), audience, database, _joined_first(tables)
    )


def _tables(marts: duckdb.DuckDBPyConnection) -> list[ServedTable]:
    comments = dict(
        marts.execute(
            "select table_name, comment from duckdb_tables() where schema_name = $1 and database_name = current_database() "
            "union all select view_name, comment from duckdb_views() where schema_name = $1 and database_name = current_database()",
            [SCHEMA],
        ).fetchall()
    )
    keys = dict(
        marts.execute(
            "select table_name, constraint_column_names from duckdb_constraints() where schema_name = ? and constraint_type = 'PRIMARY KEY'",
            [SCHEMA],
        ).fetchall()
    )
    found: dict[str, list[ServedColumn]] = {}
    for table, name, kind, nullable, comment in marts.execute(
        "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where schema_name = ? and database_name = current_database() order by table_name, column_index",
        [SCHEMA],
    ).fetchall():
        found.setdefault(table, []).append(ServedColumn(name, _type(table, name, kind), not nullable, comment or ""))
    joins: dict[str, list[Join]] = {}
    if RELATIONSHIP in found:
        for table, column, other, key in marts.execute(f"select * from {SCHEMA}.{RELATIONSHIP} order by all").fetchall():
            joins.setdefault(table, []).append(Join(column, other, key))
    return [
        ServedTable(table, comments.get(table) or "", tuple(columns), tuple(keys.get(table, ())), tuple(joins.get(table, ())))
        for table, columns in found.items()
    ]


def _type(table: str, column: str, kind: str) -> str:
    if decimal := _DECIMAL.fullmatch(kind):
        return f"numeric({decimal[1]},{decimal[2]})"
    if kind not in TYPES:
        raise ConfigurationError(f"{table}.{column} has the type {kind}, for which PostgreSQL has no equal. Give the model another type")
    return TYPES[kind]


def _refuse_tables_without_their_council(tables: list[ServedTable]) -> None:
    """A table whose rows are of units, and so of councils, has to say of which council each row is. Otherwise everybody would read all of it."""
    of_councils = {table.name for table in tables if table.is_of_councils}
    for table in tables:
        if not table.is_of_councils and (to := [join for join in table.joins if join.table in of_councils]):
            raise ConfigurationError(
                f"{table.name} joins to {to[0].table} by {to[0].column} and has no column {COUNCIL}, so that its rows cannot be kept to their "
                f"council. Add {COUNCIL} to the model"
            )


def _joined_first(tables: list[ServedTable]) -> tuple[ServedTable, ...]:
    waiting, ordered = sorted(tables, key=lambda table: table.name), list[ServedTable]()
    while waiting:
        there = {table.name for table in ordered}
        ready = [table for table in waiting if {join.table for join in table.joins} <= there | {table.name}]
        if not ready:
            raise ConfigurationError(f"These tables join to one another in a circle: {', '.join(table.name for table in waiting)}")
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return tuple(ordered)
