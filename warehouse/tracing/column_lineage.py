"""From which columns a column is calculated, step by step down to the columns of the extracts, by sqlglot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from warehouse.tracing.compiled_models import CompiledModels, Table


@dataclass(frozen=True)
class ColumnLine:
    """A column of a model, and the columns that it is calculated from. None if it counts rows, or is a text of the model itself."""

    table: Table
    column: str
    behind: tuple[tuple[Table, str], ...]


def column_lines(models: CompiledModels, starts: Iterable[tuple[Table, str]]) -> list[ColumnLine]:
    """A line per column of a model that the first ones are calculated from, themselves included. Each column has one line."""
    waiting, seen, lines = list(starts), set(), []
    while waiting:
        table, column = waiting.pop(0)
        if (table, column) in seen or table.kind != "model":
            continue
        seen.add((table, column))
        behind = tuple(models.columns_behind(table, column))
        lines.append(ColumnLine(table, column, behind))
        waiting += behind
    return lines


def read_from_extracts(lines: Iterable[ColumnLine]) -> dict[str, list[str]]:
    """The columns of the extracts, by source, that the lines end in."""
    found: dict[str, set[str]] = {}
    for line in lines:
        for table, column in line.behind:
            if table.kind == "source":
                found.setdefault(table.name, set()).add(column)
    return {source: sorted(columns) for source, columns in sorted(found.items())}
