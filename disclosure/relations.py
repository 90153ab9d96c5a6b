"""Which figures of the marts add up to which others, over all tables together: the cells and equations of a `System`.

A reader who adds and subtracts uses these sums: units in the unit above them, role groups in one that contains them, parts of a whole, the columns
of a row, months in a sum over months, and one figure that two tables print. What a parent has more than its parts, such as people in no team, or
the Director in the role group of all staff, is a cell that no table prints. It is protected like one that is hidden if fewer people than the least
are underneath.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import polars as pl

from disclosure.classes import MeasureGroup
from disclosure.hierarchies import ROW, UNIT, Sums, children_of_role_groups, height, places, sums_among
from disclosure.linear import Equations, Flags, Numbers, Places, System, attainable

# What is lost when a figure is hidden, by level: a council's own figures are what its board acts on. A total costs more than what it contains, a
# figure of a scorecard most of all.
COST = {"team": 1.0, "service": 3.0, "partnership": 15.0, "region": 20.0, "organisation": 30.0, "national": 40.0}
COST_OF_A_TOTAL = 3.0
SCORECARD, COST_OF_A_SCORECARD = "indicator_value", 100.0
MONTHS_OF_A_YEAR = 12
# Sums of exact decimals that are read as doubles.
NEARLY = 1e-6


@dataclass(frozen=True)
class Rolling:
    """A measure that is the sum of another one over the months that end with its own, for the same unit.

    `only_when`, `of_only_when`: the rows of either that are meant, as SQL on its mart. `is_ratio`: the measure is that sum divided by something that is
    shown, so that it tells the sum as well.
    """

    measure: tuple[str, str]
    of: tuple[str, str]
    months: int
    only_when: str | None = None
    of_only_when: str | None = None
    is_ratio: bool = False


@dataclass(frozen=True)
class Measure:
    """One measure of a mart as cells: the first cell's number, and the group that governs it. `adds_up`: it is no ratio."""

    group: MeasureGroup
    name: str
    first_cell: int
    rows: int
    adds_up: bool = True

    def cells(self, rows: Places) -> Places:
        """The cells of rows of the mart."""
        return rows + self.first_cell


@dataclass
class _Entries:
    """Entries of equations, as they are found."""

    numbers: list[Places] = field(default_factory=list)
    cells: list[Places] = field(default_factory=list)
    coefficients: list[Numbers] = field(default_factory=list)
    height: int = 0

    def add(self, equations: Places, cells: Places, coefficient: float | Numbers) -> None:
        self.numbers.append(equations + self.height)
        self.cells.append(cells)
        self.coefficients.append(np.broadcast_to(coefficient, cells.shape))

    def end(self, equations: int) -> None:
        self.height += equations


class Marts:
    """The marts as a build has them, with their rows in a fixed order, and which of their figures add up."""

    def __init__(
        self,
        tables: Mapping[str, pl.DataFrame],
        groups: Sequence[MeasureGroup],
        roles: Mapping[str, frozenset[str]],
        rolling: Sequence[Rolling] = (),
    ) -> None:
        """`tables`: each governed mart by name, with `service_id`, `partnership_id` and `region_id` of the row's unit. `roles`: the roles of each group.

        Raises ValueError if two role groups share some roles, and none contains the other: then sums of one leave the other open in ways not looked at here.
        """
        self._tables = {name: table.with_row_index(ROW) for name, table in tables.items()}
        # A group may have nothing but what is worked out: such figures do not add up, but tell what they were worked out from.
        self._groups = [
            group if group.measures else replace(group, measures=group.derived, derived=()) for group in groups if group.table in tables
        ]
        self._adds_up = [bool(group.measures) for group in groups if group.table in tables]
        self._subgroups = children_of_role_groups(roles)
        self._rolling = rolling
        self._measures: dict[tuple[str, str, int], Measure] = {}
        first = 0
        for number, group in enumerate(self._groups):
            for name in group.measures:
                self._measures[group.table, name, number] = Measure(
                    group, name, first, self._tables[group.table].height, self._adds_up[number]
                )
                first += self._tables[group.table].height
        self.cells = first

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Each governed measure with its cells."""
        return tuple(self._measures.values())

    def table(self, measure: Measure) -> pl.DataFrame:
        """The mart of a measure."""
        return self._tables[measure.group.table]

    def rows_of(self, measure: Measure, condition: str | None) -> Places:
        """The rows of a measure's mart, by number, for which a condition in SQL holds."""
        return places(_only(self._tables[measure.group.table], condition)[ROW])

    def values(self, measure: Measure) -> Numbers:
        """The figures of a measure, not a number where there is none."""
        column = self._tables[measure.group.table][measure.name].cast(pl.Float64)
        return column.fill_null(float("nan")).to_numpy()

    def people(self, group: MeasureGroup) -> Numbers:
        """The number of people underneath each row of a group's mart; infinite if the group names none."""
        table = self._tables[group.table]
        if group.people is None:
            return np.full(table.height, np.inf)
        return table[group.people].cast(pl.Float64).fill_null(0).to_numpy()

    def system(
        self, needed: Callable[[MeasureGroup, Numbers], Numbers], least_people: Callable[[MeasureGroup], int], is_there: Flags
    ) -> tuple[System, Flags]:
        """All cells of governed measures and the sums among them, and which are no printed figures.

        `needed`: how far from the true figure a hidden cell has to be left open. `least_people`: what is underneath fewer is protected, though nobody
        prints it. `is_there`: the cells that are published at all.
        """
        entries = _Entries()
        values = [self.values(measure) for measure in self.measures]
        known = np.concatenate(values) if values else np.array([])
        is_figure = ~np.isnan(known) & is_there
        is_kept_back = ~np.isnan(known) & ~is_there
        known = np.nan_to_num(known, nan=0.0)
        # Beside the figures: what parents have more than their parts.
        more_values: list[Numbers] = []
        more_needed: list[Numbers] = []
        width = self.cells
        for table in self._tables:
            for sums in sums_among(self._tables[table], [group for group in self._groups if group.table == table], self._subgroups):
                for measure in self.measures:
                    if measure.group.table != table or not measure.adds_up:
                        continue
                    width += self._add(
                        entries, sums, measure, known, (is_figure, is_kept_back), (more_values, more_needed), width, (needed, least_people)
                    )
        every_value = np.concatenate([known, *more_values])
        for measure in self.measures:
            self._add_sums_of_row(entries, measure, is_figure)
            self._add_parts(entries, measure, is_figure)
            self._add_same_as(entries, measure, is_figure)
            self._add_repeated(entries, measure, is_figure)
        for rolling in self._rolling:
            self._add_rolling(entries, rolling, (is_figure, is_kept_back), known)
        upper = np.full(width, np.inf)
        lower = np.zeros(width)
        need = np.full(width, -1.0)
        cost = np.full(width, np.inf)
        need[self.cells :] = np.concatenate(more_needed) if more_needed else np.array([])
        for measure in self.measures:
            here = slice(measure.first_cell, measure.first_cell + measure.rows)
            of_measure = known[here]
            if measure.group.counts_people and measure.group.people:
                upper[here] = self.people(measure.group)
            lower[here] = np.where(of_measure < 0, -np.inf, 0)
            need[here] = attainable(needed(measure.group, of_measure), of_measure, np.minimum(lower[here], of_measure), upper[here])
            cost[here] = self._cost(measure) if measure.group.disclosure_class != "posts" else np.inf
        # What everybody knows without the table hides nothing: of nobody, nobody has something.
        cost[upper <= lower] = np.inf
        need[: self.cells][~is_figure] = -1
        cost[: self.cells][~is_figure] = np.inf
        is_extra = np.ones(width, dtype=bool)
        is_extra[: self.cells] = ~is_figure
        if entries.numbers:
            numbers, cells, coefficients = (
                np.concatenate(entries.numbers),
                np.concatenate(entries.cells),
                np.concatenate(entries.coefficients),
            )
            equations = Equations.of_entries(numbers, cells, coefficients, every_value)
        else:
            equations = Equations.of((), every_value)
        return System(every_value, lower, upper, need, cost, equations), is_extra

    def _add(
        self,
        entries: _Entries,
        sums: Sums,
        measure: Measure,
        known: Numbers,
        flags: tuple[Flags, Flags],
        more: tuple[list[Numbers], list[Numbers]],
        width: int,
        rules: tuple[Callable[[MeasureGroup, Numbers], Numbers], Callable[[MeasureGroup], int]],
    ) -> int:
        """The equations of one measure over one kind of sum. Returns how many cells it adds that nobody prints."""
        (needed, least_people), (is_figure, is_kept_back) = rules, flags
        parents, children = measure.cells(sums.parents), measure.cells(sums.children)
        in_parent = np.bincount(sums.parent_of, np.where(is_figure[children], known[children], 0), len(parents))
        # A part that the audience is not given at all leaves nothing to subtract.
        is_sum = is_figure[parents] & (np.bincount(sums.parent_of, is_kept_back[children], len(parents)) == 0)
        is_sum &= np.bincount(sums.parent_of, is_figure[children], len(parents)) > 0
        rest = np.where(is_sum, known[parents] - in_parent, 0)
        people = self.people(measure.group)
        people_rest = np.zeros(len(parents))
        if measure.group.people and sums.leaves_more:
            of_parts = np.where(is_figure[children], people[sums.children], 0)
            people_rest = people[sums.parents] - np.bincount(sums.parent_of, of_parts, len(parents))
        has_rest = is_sum & sums.leaves_more & (rest > NEARLY)
        numbers = np.arange(len(parents))
        kept = is_sum[sums.parent_of] & is_figure[children]
        entries.add(numbers[is_sum], parents[is_sum], 1.0)
        entries.add(sums.parent_of[kept], children[kept], -1.0)
        count = int(has_rest.sum())
        entries.add(numbers[has_rest], np.arange(count) + width, -1.0)
        entries.end(len(parents))
        of_rest = np.maximum(rest[has_rest], 0)
        guarded = (people_rest[has_rest] > 0) & (people_rest[has_rest] < least_people(measure.group))
        more[0].append(of_rest)
        more[1].append(
            np.where(guarded, attainable(needed(measure.group, of_rest), of_rest, np.zeros(count), np.full(count, np.inf)), -1.0)
        )
        return count

    def _add_sums_of_row(self, entries: _Entries, measure: Measure, is_figure: Flags) -> None:
        of_table = [group for group in self._groups if group.table == measure.group.table]
        relations = [(group, relation) for group in of_table for relation in group.sums]
        for of_parts, (whole, *parts) in relations:
            if whole != measure.name:
                continue
            together = [found for name in (whole, *parts) if (found := self._of(measure.group.table, name, of_parts)) is not None]
            if len(together) < len(parts) + 1:
                continue
            rows = np.arange(measure.rows)
            rows = rows[np.logical_and.reduce([is_figure[part.cells(rows)] for part in together])]
            for place, part in enumerate(together):
                entries.add(np.arange(len(rows)), part.cells(rows), -1.0 if place else 1.0)
            entries.end(len(rows))

    def _add_parts(self, entries: _Entries, measure: Measure, is_figure: Flags) -> None:
        """Counts of people by the values of `parts` add up to the people underneath, where the mart prints them."""
        if measure.group.parts is None or not measure.group.counts_people:
            return
        others = [key for key in measure.group.grain if key != measure.group.parts]
        whole = self._tables[measure.group.table].select(pl.struct(others).rank("dense").cast(pl.Int64).alias("whole"))["whole"]
        cells = measure.cells(np.arange(measure.rows))
        kept = is_figure[cells]
        entries.add(places(whole)[kept] - 1, cells[kept], 1.0)
        for people in self._named(measure.group.table, measure.group.people or ""):
            # Each row repeats the people underneath: the first of a whole will do.
            firsts = np.unique(places(whole)[kept] - 1, return_index=True)
            of_people = people.cells(np.flatnonzero(kept)[firsts[1]])
            entries.add(firsts[0][is_figure[of_people]], of_people[is_figure[of_people]], -1.0)
        entries.end(int(whole.max() or 0))  # type: ignore[arg-type]

    def _add_same_as(self, entries: _Entries, measure: Measure, is_figure: Flags) -> None:
        others = [
            (table, other) for name, table, column in measure.group.same_as if name == measure.name for other in self._named(table, column)
        ]
        for table, other in others:
            # A mart of councils has no scope; every mart has the key of its unit.
            theirs = self._tables[table].columns
            shared = [
                key
                for key in dict.fromkeys((*measure.group.grain, "unit_key"))
                if key in theirs and key in self._tables[measure.group.table].columns
            ]
            left = self._tables[measure.group.table].select(ROW, *shared)
            right = self._tables[table].select(pl.col(ROW).alias("__other"), *shared)
            pairs = left.join(right, on=shared, nulls_equal=True)
            here, there = measure.cells(places(pairs[ROW])), other.cells(places(pairs["__other"]))
            both = is_figure[here] & is_figure[there]
            entries.add(np.arange(int(both.sum())), here[both], 1.0)
            entries.add(np.arange(int(both.sum())), there[both], -1.0)
            entries.end(int(both.sum()))

    def _add_repeated(self, entries: _Entries, measure: Measure, is_figure: Flags) -> None:
        """Rows that repeat one figure: each says the same as the first of them."""
        if measure.group.repeated_over is None:
            return
        others = [key for key in measure.group.grain if key != measure.group.repeated_over]
        cells = measure.cells(np.arange(measure.rows))
        table = self._tables[measure.group.table].select(ROW, *others).filter(pl.Series(is_figure[cells]))
        firsts = table.with_columns(first=pl.col(ROW).first().over(others)).filter(pl.col(ROW) != pl.col("first"))
        numbers = np.arange(firsts.height)
        entries.add(numbers, measure.cells(places(firsts["first"])), 1.0)
        entries.add(numbers, measure.cells(places(firsts[ROW])), -1.0)
        entries.end(firsts.height)

    def _add_rolling(self, entries: _Entries, rolling: Rolling, flags: tuple[Flags, Flags], known: Numbers) -> None:
        for whole, part in product(self._named(*rolling.measure), self._named(*rolling.of)):
            self._add_months(entries, rolling, whole, part, flags, known)

    def _add_months(
        self, entries: _Entries, rolling: Rolling, whole: Measure, part: Measure, flags: tuple[Flags, Flags], known: Numbers
    ) -> None:
        is_figure, is_kept_back = flags
        ends = _only(self._tables[whole.group.table], rolling.only_when)
        left = ends.select(ROW, *UNIT, _month_no("month_end").alias("month_no")).filter(
            pl.Series(is_figure[whole.cells(places(ends[ROW]))])
        )
        left = left.with_row_index("__equation")
        months = _only(self._tables[part.group.table], rolling.of_only_when)
        right = months.select(pl.col(ROW).alias("__part"), *UNIT, _month_no("month_end").alias("of_month"))
        pairs = left.join(right, on=UNIT, nulls_equal=True).filter(
            (pl.col("of_month") <= pl.col("month_no")) & (pl.col("of_month") > pl.col("month_no") - rolling.months)
        )
        parts, number = part.cells(places(pairs["__part"])), places(pairs["__equation"])
        # A month that the audience is not given at all leaves nothing to subtract.
        is_told = (np.bincount(number, is_kept_back[parts], left.height) == 0) & (np.bincount(number, is_figure[parts], left.height) > 0)
        kept = is_figure[parts] & is_told[number]
        cells, number = whole.cells(places(left[ROW])), number[kept]
        together = np.bincount(number, known[parts[kept]], left.height)
        factor = (
            np.where(known[cells] != 0, together / np.where(known[cells] != 0, known[cells], 1), 1.0)
            if rolling.is_ratio
            else np.ones(left.height)
        )
        entries.add(np.arange(left.height)[is_told], cells[is_told], factor[is_told])
        entries.add(number, parts[kept], -1.0)
        entries.end(left.height)

    def _named(self, table: str, name: str) -> list[Measure]:
        """The measures of that name: one for each group that has it."""
        return [measure for measure in self.measures if (measure.group.table, measure.name) == (table, name)]

    def _of(self, table: str, name: str, near: MeasureGroup | None) -> Measure | None:
        """A measure by name; that of the same group first, where two groups share a mart."""
        found = self._named(table, name)
        return next((measure for measure in found if measure.group is near), found[0] if found else None)

    def _cost(self, measure: Measure) -> Numbers:
        table = self._tables[measure.group.table]
        level = (
            table["scope"].replace_strict(COST, default=COST["organisation"], return_dtype=pl.Float64) if "scope" in table.columns else None
        )
        cost = level.to_numpy().copy() if level is not None else np.full(table.height, COST["organisation"])
        if "role_group" in table.columns:
            depth = {group: COST_OF_A_TOTAL ** height(group, self._subgroups) for group in self._subgroups}
            cost *= table["role_group"].replace_strict(depth, default=1.0, return_dtype=pl.Float64).to_numpy()
        for column, total, _ in measure.group.totals:
            cost *= np.where((table[column] == total).to_numpy(), COST_OF_A_TOTAL, 1.0)
        if any(relation[0] == measure.name for relation in measure.group.sums):
            cost *= COST_OF_A_TOTAL
        if measure.group.table == SCORECARD:
            cost *= COST_OF_A_SCORECARD
        return cost


def _only(table: pl.DataFrame, condition: str | None) -> pl.DataFrame:
    return pl.SQLContext(rows=table).execute(f"select * from rows where {condition}", eager=True) if condition else table


def _month_no(column: str) -> pl.Expr:
    return pl.col(column).dt.year().cast(pl.Int64) * MONTHS_OF_A_YEAR + pl.col(column).dt.month() - 1
