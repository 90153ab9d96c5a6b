"""The models of the last build as SQL that can be followed: what dbt compiled, and what its manifest says of each table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from warehouse.models import GRAIN

DIALECT = "duckdb"
PERSONAL, COUNTS = "personal", "counts"


class CannotBeFollowed(Exception):
    """The build does not say where a figure comes from. The message says why and what to do."""


@dataclass(frozen=True)
class Table:
    """A table of the build. `file` is its SQL or its seed, within the project; empty for a source. `grain` has the columns of its key, and is
    empty if it has none. `reads` has the tables that its SQL names."""

    schema: str
    name: str
    kind: str
    file: str
    privacy: str
    grain: tuple[str, ...]
    reads: tuple[tuple[str, str], ...]

    @property
    def place(self) -> tuple[str, str]:
        """Schema and name, by which a table is known."""
        return self.schema, self.name


class CompiledModels:
    """The tables of a build, by schema and name. Raises CannotBeFollowed if dbt's manifest of the build is not there."""

    def __init__(self, target: Path, built: duckdb.DuckDBPyConnection) -> None:
        path = target / "manifest.json"
        try:
            manifest = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            raise CannotBeFollowed(f"{path} is missing or cannot be read. Build again: python -m warehouse build") from None
        self._sql = target / "compiled" / manifest["metadata"]["project_name"]
        self.tables = {table.place: table for table in _tables(manifest)}
        self.columns: dict[tuple[str, str], dict[str, str]] = {}
        found = "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal order by column_index"
        for schema, table, column, kind in built.execute(found).fetchall():
            self.columns.setdefault((schema, table), {})[column] = kind
        catalog = built.execute("select current_database()").fetchall()[0][0]
        self._schema = MappingSchema({catalog: _nested(self.columns)}, dialect=DIALECT)
        self._scopes: dict[tuple[str, str], Scope] = {}

    def table(self, named: exp.Table) -> Table:
        """The table that a name in SQL means. Raises CannotBeFollowed."""
        found = self.tables.get((named.db, named.name))
        if found is None:
            raise CannotBeFollowed(f"{named.sql(DIALECT)} is not in dbt's manifest of the build. {_AGAIN}")
        return found

    def scope(self, table: Table) -> Scope:
        """The SQL of a model, with every name qualified and every `*` written out. Raises CannotBeFollowed."""
        if table.place not in self._scopes:
            path = self._sql / table.file
            try:
                read = qualify(sqlglot.parse_one(path.read_text(encoding="utf-8"), dialect=DIALECT), schema=self._schema, dialect=DIALECT)
            except FileNotFoundError:
                raise CannotBeFollowed(f"{path} is not there. {_AGAIN}") from None
            except SqlglotError as wrong:
                raise CannotBeFollowed(f"{table.file}: sqlglot cannot read it: {str(wrong).splitlines()[0]}") from None
            scope = build_scope(read)
            assert scope is not None
            self._scopes[table.place] = scope
        return self._scopes[table.place]

    def columns_behind(self, table: Table, column: str) -> list[tuple[Table, str]]:
        """The columns of other tables that a column of a model is calculated from, by sqlglot. None for a seed or a source.

        Raises CannotBeFollowed.
        """
        if table.kind != "model":
            return []
        scope = self.scope(table)
        try:
            traced = lineage(column, scope.expression, schema=self._schema, dialect=DIALECT, scope=scope, trim_selects=False, copy=False)
        except SqlglotError as wrong:
            raise CannotBeFollowed(f"{table.file}: sqlglot cannot follow {column}: {str(wrong).splitlines()[0]}") from None
        assert not isinstance(traced, dict)
        ends = [(node.expression, exp.to_column(node.name).name) for node in traced.walk() if not node.downstream]
        found = {(end.db, end.name, of_table) for end, of_table in ends if isinstance(end, exp.Table)}
        return [(self.tables[schema, name], of_table) for schema, name, of_table in sorted(found)]

    def above(self, tables: Iterable[Table]) -> list[Table]:
        """Tables and everything that they read, directly or through others. Each stands after those that read it."""
        found: dict[tuple[str, str], Table] = {}

        def visit(table: Table) -> None:
            if table.place not in found:
                for read in table.reads:
                    visit(self.tables[read])
                found[table.place] = table

        for table in tables:
            visit(table)
        return list(reversed(found.values()))


_AGAIN = "The folder of the build is not as dbt left it. Build again: python -m warehouse build"


def _tables(manifest: dict) -> Iterable[Table]:  # type: ignore[type-arg]
    nodes = {**manifest["nodes"], **manifest["sources"]}
    grains = {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in nodes.values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == GRAIN
    }
    for name, node in nodes.items():
        if node["resource_type"] in ("model", "seed", "source"):
            yield Table(
                node["schema"],
                node["name"],
                node["resource_type"],
                "" if node["resource_type"] == "source" else node["original_file_path"],
                node["config"]["meta"].get("privacy", "") if node["resource_type"] == "model" else "",
                grains.get(name, ()),
                tuple(
                    (nodes[read]["schema"], nodes[read]["name"]) for read in node.get("depends_on", {}).get("nodes", ()) if read in nodes
                ),
            )


def _nested(columns: dict[tuple[str, str], dict[str, str]]) -> dict[str, dict[str, dict[str, str]]]:
    nested: dict[str, dict[str, dict[str, str]]] = {}
    for (schema, table), kinds in columns.items():
        nested.setdefault(schema, {})[table] = kinds
    return nested
