"""A figure counted again from the rows behind it, step by step as its metric says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.tracing.compiled_models import CompiledModels
from warehouse.tracing.figure import Figure
from warehouse.tracing.metric_parts import Indicator, Input, Measure
from warehouse.tracing.row_query import VALUE, Rows, rows_behind
from warehouse.tracing.sums_behind import Column, column_of

# The table of sums that indicators are made from.
SUMS = ("counts", "unit_month_sums")
FTE_DECIMALS = Decimal("0.000001")
NAME = r"\b[a-z_][a-z0-9_]*\b"


@dataclass(frozen=True)
class CountedRow:
    """Rows with one key: their month, key, how many they are, and what they add. `adds` is None if a number is not known."""

    month_no: int
    key: tuple[Any, ...]
    rows: int
    adds: Decimal | int | None


@dataclass(frozen=True)
class CountedSum:
    """The rows of one sum of a column, over the months that a part of the indicator needs."""

    column: str
    months: int
    behind: Rows
    rows: tuple[CountedRow, ...]

    @property
    def total(self) -> Decimal:
        return sum((Decimal(row.adds) for row in self.rows if row.adds is not None), Decimal(0))


@dataclass(frozen=True)
class Step:
    """A number on the way to a part of a figure: what it is called, how it is calculated, and what it comes to."""

    name: str
    formula: str
    value: Decimal | float | int | None


@dataclass(frozen=True)
class CountedPart:
    """The numerator or the denominator, counted again. `steps` begin with the part itself."""

    name: str
    steps: tuple[Step, ...]
    sums: tuple[CountedSum, ...]

    @property
    def value(self) -> Decimal | float | int | None:
        return self.steps[0].value

    def contradicts(self, printed: Decimal | None) -> bool:
        """Whether it is another number than the printed one, to six decimals. What is not printed is not contradicted."""
        return printed is not None and (self.value is None or abs(Decimal(self.value) - Decimal(printed)) >= FTE_DECIMALS)


class Recount:
    """Counts parts of figures again from the rows of a build."""

    def __init__(self, built: duckdb.DuckDBPyConnection, models: CompiledModels) -> None:
        self._built, self._models = built, models
        self._table = models.tables[SUMS]
        self._followed: dict[str, tuple[Column, dict[str, Rows]]] = {}

    def part(self, indicator: Indicator, name: str, figure: Figure) -> CountedPart:
        """A part of an indicator for the unit and month of a figure. Raises CannotBeFollowed."""
        part = indicator.parts[name]
        needed: dict[str, int] = {}
        for measure in part.measures():
            for column in measure.columns:
                needed[column] = max(needed.get(column, 0), measure.months)
        columns = {column: self._follow(column)[0] for column in needed}
        rows = {held: behind for column in needed for held, behind in self._follow(column)[1].items()}
        sums = tuple(
            CountedSum(column, months, rows[held], tuple(self._rows(rows[held], figure, months)))
            for column, months in needed.items()
            for held in columns[column].sums
        )
        return CountedPart(name, tuple(self._steps(part, columns, rows, figure)), sums)

    def _follow(self, name: str) -> tuple[Column, dict[str, Rows]]:
        if name not in self._followed:
            column = column_of(self._models, self._table, name)
            self._followed[name] = column, {held: rows_behind(self._models, added) for held, added in column.sums.items()}
        return self._followed[name]

    def _rows(self, behind: Rows, figure: Figure, months: int) -> Iterator[CountedRow]:
        keys = ", ".join(behind.keys)
        query = f"select month_no, {keys}, count(*), sum({VALUE}) from ({behind.query}) group by month_no, {keys} order by all"
        for month_no, *key, rows, adds in self._built.execute(query, _parameters(figure, months)).fetchall():
            yield CountedRow(month_no, tuple(key), rows, adds)

    def _steps(self, part: Input, columns: dict[str, Column], rows: dict[str, Rows], figure: Figure) -> Iterator[Step]:
        """The part, then what it is calculated from, down to the columns. All are calculated by the engine of the build, from the rows alone."""
        month_no = _month_no(figure.counted_month_end)
        months = max(measure.months for measure in part.measures())
        joined = [
            f"left join (select month_no, sum({VALUE}) as {held} from ({behind.query}) group by month_no) using (month_no)"
            for held, behind in rows.items()
        ]
        given = [name for column in columns.values() for name in column.given]
        if given:
            unit = "organisation_id = $organisation_id and scope = $scope and scope_id = $scope_id"
            joined.append(f"left join (select month_no, {', '.join(given)} from {'.'.join(SUMS)} where {unit}) using (month_no)")
        selected = ", ".join(f"{column.formula} as {name}" for name, column in columns.items())
        of_months = (
            f"select month_no, {selected} from (select unnest(range($first_month_no, $last_month_no + 1)) as month_no) {' '.join(joined)}"
        )
        asked = list(_asked(part, month_no))
        query = f"select {', '.join(sql for _, _, sql in asked)} from ({of_months})"
        values = self._built.execute(query, _parameters(figure, months)).fetchall()[0]
        for (name, formula, _), value in zip(asked, values, strict=True):
            yield Step(name, formula, value)


def _asked(part: Input, month_no: int) -> Iterator[tuple[str, str, str]]:
    """What is asked of the months: a name, a formula to read, and SQL."""
    yield part.name, _formula(part), _sql(part, month_no)
    for below in (part.inputs or {}).values():
        yield from _asked(below, month_no)
    if part.measure and (part.measure.sql,) != part.measure.columns:
        for column in part.measure.columns:
            measure = Measure(column, column, (column,), part.measure.aggregate, part.measure.months)
            yield column, _over(measure), _measure_sql(measure, month_no)


def _formula(part: Input) -> str:
    if part.measure is None:
        return part.sql
    return _over(part.measure)


def _over(measure: Measure) -> str:
    return f"{measure.aggregate} of {measure.sql} over {measure.months} months" if measure.months > 1 else f"{measure.sql} of the month"


def _sql(part: Input, month_no: int) -> str:
    if part.measure:
        return _measure_sql(part.measure, month_no)
    inputs = part.inputs or {}

    def below(name: re.Match[str]) -> str:
        return _sql(inputs[name[0]], month_no) if name[0] in inputs else name[0]

    return f"({re.sub(NAME, below, part.sql)})"


def _measure_sql(measure: Measure, month_no: int) -> str:
    return f"{measure.aggregate}({measure.sql}) filter (where month_no between {month_no - measure.months + 1} and {month_no})"


def _month_no(day: date) -> int:
    return day.year * 12 + day.month - 1


def _parameters(figure: Figure, months: int) -> dict[str, object]:
    last = _month_no(figure.counted_month_end)
    return {
        "organisation_id": figure.organisation_id,
        "scope": figure.scope,
        "scope_id": figure.scope_id,
        "first_month_no": last - months + 1,
        "last_month_no": last,
    }
