"""The public tables as their descriptions have them: columns, keys and words. Read from dbt's manifest of the build, so that nothing is written twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from disclosure.classes import described_classes
from disclosure.step import NOT_SHOWN, NOT_SHOWN_SAYS, has_not_shown, internal_columns
from foundation.storage import Storage
from warehouse.models import dbt_target

SCHEMA = "marts"
_REF = re.compile(r"""ref\(\s*['"](\w+)['"]\s*\)""")


@dataclass(frozen=True)
class ForeignKey:
    """A column whose values are those of a dimension's key, or empty."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class PublishedColumn:
    """A column of a public table: its name, its type in SQL, its description, and whether it is never empty."""

    name: str
    kind: str
    description: str
    always_filled: bool


@dataclass(frozen=True)
class PublishedTable:
    """A public table. `key` is its only column that other tables join to, None if there is none. `is_view` marks an old name that reads another table."""

    name: str
    folder: str
    description: str
    columns: tuple[PublishedColumn, ...]
    key: str | None
    foreign_keys: tuple[ForeignKey, ...]
    is_view: bool


def published_tables(place: Storage) -> list[PublishedTable]:
    """Every public table of the last build, each after the tables that it joins to, and otherwise by name."""
    return described_tables(dbt_target(place) / "manifest.json")


def described_tables(manifest: Path) -> list[PublishedTable]:
    """Every public table that a manifest of dbt describes, each after the tables that it joins to, and otherwise by name.

    It has the columns of a publication: not the internal ones, and last the one that names what is not shown.
    """
    groups = described_classes(manifest)
    found = []
    for table in _read(json.loads(manifest.read_bytes())):
        internal = internal_columns(groups, table.name)
        columns = tuple(column for column in table.columns if column.name not in internal)
        if has_not_shown(groups, table.name):
            columns += (PublishedColumn(NOT_SHOWN, "varchar", NOT_SHOWN_SAYS, False),)
        found.append(replace(table, columns=columns))
    return _dimensions_first(found)


def _read(manifest: dict[str, dict[str, dict[str, object]]]) -> Iterable[PublishedTable]:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] == SCHEMA:
            yield _table(node)


def _table(node: dict) -> PublishedTable:  # type: ignore[type-arg]
    columns, foreign_keys, key = [], [], None
    for column in node["columns"].values():
        filled = any(constraint["type"] == "not_null" for constraint in column["constraints"])
        columns.append(PublishedColumn(column["name"], column["data_type"], _one_line(column["description"]), filled))
        for constraint in column["constraints"]:
            if constraint["type"] == "primary_key":
                key = column["name"]
            elif constraint["type"] == "foreign_key":
                foreign_keys.append(ForeignKey(column["name"], _name(constraint["to"]), constraint["to_columns"][0]))
    return PublishedTable(
        node["name"],
        node["fqn"][2],
        _one_line(node["description"]),
        tuple(columns),
        key,
        tuple(foreign_keys),
        node["config"]["materialized"] == "view",
    )


def _name(to: str) -> str:
    """The table that a foreign key names: `ref('unit')` before dbt has resolved it, `"workforce"."marts"."unit"` after."""
    ref = _REF.search(to)
    return ref[1] if ref else to.rsplit(".", 1)[-1].strip('"')


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _dimensions_first(tables: Iterable[PublishedTable]) -> list[PublishedTable]:
    waiting = sorted(tables, key=lambda table: (table.is_view, table.name))
    ordered: list[PublishedTable] = []
    while waiting:
        there = {table.name for table in ordered}
        # A table may join to itself.
        ready = [table for table in waiting if {key.table for key in table.foreign_keys} <= there | {table.name}]
        if not ready:
            raise ValueError(f"These tables join to one another in a circle: {', '.join(table.name for table in waiting)}")
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered
