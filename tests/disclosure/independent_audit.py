"""A reader who adds and subtracts: what all figures of a publication together leave open of each hidden one.

It shares no code with the product: it reads the published DuckDB file and the build's figures, finds by itself which figures add up, and solves with
scipy. It does not read the marts' metadata. A sum counts as known to readers if it holds in every context in which it can be tried.

    python -m tests.disclosure.independent_audit data/published/latest/inside/workforce.duckdb data/build/workforce.duckdb
"""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

UNIT = ["organisation_id", "scope", "scope_id"]
LEVELS = ["team", "service", "organisation", "partnership", "region", "national"]
POUNDS = ("cost", "amount")
NEARLY = 2e-5
# A relation that was tried fewer times may hold by chance.
LEAST_TRIED = 12
MOST_PARTS = 6


@dataclass(frozen=True)
class Narrow:
    """A hidden figure of which too little is left open: where it is, its true value, and the interval."""

    table: str
    column: str
    row: dict[str, object]
    value: float
    smallest: float
    largest: float

    def __str__(self) -> str:
        return f"{self.table}.{self.column} {self.row}: {self.value:g} is within [{self.smallest:g}, {self.largest:g}]"


class Audit:
    """Cells and equations of one publication. Each table keeps the order of its rows; a cell is (table, column, row)."""

    def __init__(self, published: Path, build: Path) -> None:
        self.truth: dict[str, pd.DataFrame] = {}
        self.shown: dict[str, pd.DataFrame] = {}
        self.keys: dict[str, list[str]] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self.cells = 0
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._height = 0
        self.relations: list[str] = []
        with duckdb.connect(str(published), read_only=True) as connection, duckdb.connect(str(build), read_only=True) as built:
            self.units = connection.sql("from marts.unit").df()
            for (table,) in connection.sql("select table_name from duckdb_tables() where schema_name = 'marts' order by 1").fetchall():
                self._read(connection, built, table)
        self.value = np.zeros(self.cells)
        self.is_figure = np.zeros(self.cells, dtype=bool)
        self.is_hidden = np.zeros(self.cells, dtype=bool)
        for (table, column), first in self.numbers.items():
            true = self.truth[table][column].astype(float).to_numpy()
            seen = self.shown[table][column].astype(float).to_numpy()
            here = slice(first, first + len(true))
            self.value[here] = np.nan_to_num(true)
            self.is_figure[here] = ~np.isnan(true)
            self.is_hidden[here] = ~np.isnan(true) & np.isnan(seen)

    def _read(self, connection: duckdb.DuckDBPyConnection, built: duckdb.DuckDBPyConnection, table: str) -> None:
        columns = connection.sql(
            f"select column_name, data_type from duckdb_columns() where schema_name = 'marts' and table_name = '{table}'"
        ).fetchall()
        found = connection.sql(
            f"select constraint_column_names from duckdb_constraints() where schema_name = 'marts' and table_name = '{table}' and constraint_type = 'PRIMARY KEY'"
        ).fetchone()
        if "not_shown" not in {name for name, _ in columns} or found is None:
            return
        keys = list(found[0])
        rows = connection.sql(f"from marts.{table}").df()
        true = built.sql(f"from marts.{table}").df()
        matched = rows[keys].merge(true, on=keys, how="left", suffixes=("", "_build"))
        assert len(matched) == len(rows), table
        for frame in (rows, matched):
            if "unit_key" in frame and "scope" not in keys and "scope" not in frame:
                frame["scope"], frame["scope_id"] = "organisation", frame["organisation_id"]
        self.truth[table], self.shown[table], self.keys[table] = matched, rows, keys
        for name, kind in columns:
            is_number = kind.startswith(("DECIMAL", "DOUBLE", "BIGINT", "INTEGER", "HUGEINT"))
            if is_number and name not in keys and name in true.columns and not name.startswith("organisations_"):
                self.numbers[table, name] = self.cells
                self.cells += len(rows)

    def add(self, said: str, parts: list[tuple[np.ndarray, np.ndarray, float]], count: int) -> None:
        """Equations with known constants: of each part the number of the equation, the cell, and the coefficient."""
        self.relations.append(f"{count} x {said}")
        for equation, cell, coefficient in parts:
            self._rows.append((equation + self._height, cell, np.full(len(cell), coefficient)))
        self._height += count

    # -- finding relations -------------------------------------------------------------------------------------------------------------------

    def find_all(self) -> None:
        self.ratios: list[tuple[str, str, str, str]] = []
        for table in self.truth:
            self._columns_of_a_row(table)
            self._units(table)
            for column in self._categories(table):
                self._values_of(table, column)
        self._same_in_two_tables()

    def _measures(self, table: str) -> list[str]:
        return [column for (name, column) in self.numbers if name == table]

    def _categories(self, table: str) -> list[str]:
        frame = self.truth[table]
        time = {"month_end", "census_year", "months_since_start"}
        return [key for key in self.keys[table] if key not in {*UNIT, "unit_key", *time} and frame[key].nunique() <= 40]

    def _cell(self, table: str, column: str, rows: np.ndarray) -> np.ndarray:
        return self.numbers[table, column] + rows

    def _columns_of_a_row(self, table: str) -> None:
        """a = b + c + ... in every row; and a = constant x b / c, which gives b away where a and c are shown."""
        frame, measures = self.truth[table], self._measures(table)
        numbers = {name: frame[name].astype(float).to_numpy() for name in measures}
        if not any(self.is_hidden[self._cell(table, name, np.arange(len(frame)))].any() for name in measures):
            return
        useful = [name for name in measures if np.nansum(np.abs(numbers[name])) > 0]
        for whole in useful:
            others = [name for name in useful if name != whole]
            for size in range(2, min(MOST_PARTS, len(others)) + 1):
                for parts in itertools.combinations(others, size):
                    together = np.sum([numbers[name] for name in parts], axis=0)
                    tried = ~np.isnan(numbers[whole]) & ~np.isnan(together)
                    if (
                        tried.sum() >= LEAST_TRIED
                        and np.abs(numbers[whole] - together)[tried].max() < NEARLY
                        and all(np.abs(numbers[n][tried]).sum() > 0 for n in parts)
                    ):
                        rows = np.flatnonzero(tried)
                        number = np.arange(len(rows))
                        self.add(
                            f"{table}: {whole} = {' + '.join(parts)}",
                            [
                                (number, self._cell(table, whole, rows), 1.0),
                                *((number, self._cell(table, name, rows), -1.0) for name in parts),
                            ],
                            len(rows),
                        )
        for ratio, above, below in itertools.permutations(useful, 3):
            with np.errstate(divide="ignore", invalid="ignore"):
                constant = numbers[ratio] * numbers[below] / numbers[above]
            constant = constant[np.isfinite(constant) & (numbers[above] != 0)]
            if len(constant) >= LEAST_TRIED and constant.std() < 1e-6 * abs(constant.mean()):
                self.ratios.append((table, ratio, above, below))

    def _units(self, table: str) -> None:
        """Units under the unit above them."""
        frame = self.truth[table]
        if "scope" not in frame:
            return
        context = [key for key in self.keys[table] if key not in {*UNIT, "unit_key"}]
        units = self.units.set_index("unit_key")
        rows = frame[[*UNIT, *context]].copy()
        rows["row"] = np.arange(len(frame))
        of_unit = frame["unit_key"]
        above = {
            "service": of_unit.map(units["service_id"]),
            "organisation": frame["organisation_id"],
            "partnership": of_unit.map(units["partnership_id"]),
            "region": of_unit.map(units["region_id"]),
            "national": pd.Series("england", index=frame.index),
        }
        for level, name in enumerate(LEVELS[1:], 1):
            finer = [LEVELS[level - 1], *(LEVELS[: level - 1][::-1] if level == 2 else [])] if level <= 2 else ["organisation"]
            finer = [one for one in finer if (frame["scope"] == one).any()][:1]
            if not finer or not (frame["scope"] == name).any():
                continue
            parents = rows[rows["scope"] == name].reset_index(drop=True)
            parents["place"] = np.arange(len(parents))
            children = rows[rows["scope"] == finer[0]].assign(above=above[name])
            on_parent = [*(["organisation_id"] if level <= 2 else []), "scope_id", *context]
            on_child = [*(["organisation_id"] if level <= 2 else []), "above", *context]
            pairs = children.merge(
                parents[[*dict.fromkeys(on_parent), "place"]], left_on=on_child, right_on=on_parent, suffixes=("", "_parent")
            )
            self._sum_rows(table, f"{finer[0]}s of a {name}", parents["row"].to_numpy(), pairs["row"].to_numpy(), pairs["place"].to_numpy())

    def _values_of(self, table: str, column: str) -> None:
        """Values of a category of which one is the sum of others, in all contexts: for every subset of up to six others."""
        frame = self.truth[table]
        others = [key for key in self.keys[table] if key not in {column, "unit_key"}]
        context = frame.groupby(others, dropna=False).ngroup().to_numpy()
        values = sorted(frame[column].dropna().unique())
        rows_of = {value: np.flatnonzero((frame[column] == value).to_numpy()) for value in values}
        width = context.max() + 1
        for measure in self._measures(table):
            if not self.is_hidden[self._cell(table, measure, np.arange(len(frame)))].any():
                continue
            numbers = np.nan_to_num(frame[measure].astype(float).to_numpy())
            wide = {value: np.bincount(context[rows], numbers[rows], width) for value, rows in rows_of.items()}
            wide = {value: vector for value, vector in wide.items() if np.count_nonzero(vector) >= LEAST_TRIED}
            for whole in wide:
                smaller = [value for value in wide if value != whole and (wide[value] <= wide[whole] + NEARLY).mean() > 0.98]
                for size in range(1, min(MOST_PARTS, len(smaller)) + 1):
                    for parts in itertools.combinations(smaller, size):
                        rest = wide[whole] - np.sum([wide[value] for value in parts], axis=0)
                        # All of it, or nearly: a remainder of few people is what a reader is after.
                        if size >= 2 and np.abs(rest).max() < NEARLY:
                            place = np.full(width, -1)
                            place[context[rows_of[whole]]] = np.arange(len(rows_of[whole]))
                            children = np.concatenate([rows_of[value] for value in parts])
                            children = children[place[context[children]] >= 0]
                            self._sum_rows(
                                table,
                                f"{measure}: {column} {whole} = {' + '.join(map(str, parts))}",
                                rows_of[whole],
                                children,
                                place[context[children]],
                                [measure],
                            )

    def _sum_rows(
        self, table: str, said: str, parents: np.ndarray, children: np.ndarray, place: np.ndarray, measures: list[str] | None = None
    ) -> None:
        for measure in measures or self._measures(table):
            true = self.truth[table][measure].astype(float).to_numpy()
            in_parent = np.bincount(place, np.nan_to_num(true[children]), len(parents))
            rest = true[parents] - in_parent
            # Where parents mostly have what their children have together, readers may take it so, and know the difference where there is one.
            tried = ~np.isnan(rest) & (in_parent > 0)
            if tried.sum() < LEAST_TRIED or (np.abs(rest[tried]) < NEARLY).mean() < 0.5:
                continue
            exact = tried & (np.abs(rest) < NEARLY)
            number = np.cumsum(exact) - 1
            kept = exact[place] & ~np.isnan(true[children])
            self.add(
                f"{table}.{measure}: {said}",
                [
                    (number[exact], self._cell(table, measure, parents[exact]), 1.0),
                    (number[place[kept]], self._cell(table, measure, children[kept]), -1.0),
                ],
                int(exact.sum()),
            )

    def _same_in_two_tables(self) -> None:
        """Figures of a unit and month that two places print: columns with all categories fixed. And sums of twelve months of one."""
        slices: dict[tuple[str, str, tuple[object, ...]], pd.Series] = {}
        for table, frame in self.truth.items():
            if "month_end" not in self.keys[table] or "scope" not in frame:
                continue
            categories = [key for key in self.keys[table] if key not in {*UNIT, "unit_key", "month_end"}]
            rows = frame.assign(row=np.arange(len(frame)), organisation_id=frame["organisation_id"].fillna(""))
            parts = rows.groupby(categories, dropna=False) if categories else [((), rows)]
            for fixed, part in parts:
                index = pd.MultiIndex.from_frame(part[[*UNIT, "month_end"]])
                for measure in self._measures(table):
                    cells = self._cell(table, measure, part["row"].to_numpy())
                    if np.count_nonzero(self.value[cells]) >= LEAST_TRIED:
                        slices[table, measure, fixed if isinstance(fixed, tuple) else (fixed,)] = pd.Series(cells, index=index)
        hidden = [name for name, cells in slices.items() if self.is_hidden[cells.to_numpy()].any()]
        for name, other in itertools.product(hidden, slices):
            if name == other or (other in hidden and other < name):
                continue
            both = pd.concat([slices[name], slices[other]], axis=1, join="inner").to_numpy()
            if len(both) < LEAST_TRIED:
                continue
            left, right = both[:, 0], both[:, 1]
            tried = self.is_figure[left] & self.is_figure[right] & ((self.value[left] != 0) | (self.value[right] != 0))
            if tried.sum() >= LEAST_TRIED and np.abs(self.value[left] - self.value[right])[tried].max() < NEARLY:
                number = np.arange(int(tried.sum()))
                self.add(f"{name} = {other}", [(number, left[tried], 1.0), (number, right[tried], -1.0)], len(number))
        self._years(slices, hidden)

    def _years(
        self, slices: dict[tuple[str, str, tuple[object, ...]], pd.Series], hidden: list[tuple[str, str, tuple[object, ...]]]
    ) -> None:
        months: dict[tuple[str, str, tuple[object, ...]], dict[tuple[object, ...], dict[int, int]]] = {}
        for name, cells in slices.items():
            by_unit: dict[tuple[object, ...], dict[int, int]] = defaultdict(dict)
            for (organisation, scope, scope_id, end), cell in cells.items():
                if self.is_figure[cell]:
                    by_unit[organisation, scope, scope_id][end.year * 12 + end.month] = int(cell)
            months[name] = by_unit
        for whole, part in itertools.permutations(slices, 2):
            if whole not in hidden and part not in hidden:
                continue
            found: list[tuple[int, list[int]]] = []
            is_year = True
            for unit, ends in months[whole].items():
                of_part = months[part].get(unit, {})
                for month, cell in ends.items():
                    behind = [of_part.get(month - back) for back in range(12)]
                    if None in behind:
                        continue
                    if abs(self.value[cell] - self.value[behind].sum()) > 1e-4:
                        is_year = False
                        break
                    if self.value[cell] != 0:
                        found.append((cell, behind))
                if not is_year:
                    break
            if is_year and len(found) >= LEAST_TRIED:
                number = np.arange(len(found))
                parts = np.array([behind for _, behind in found])
                self.add(
                    f"{whole} = twelve months of {part}",
                    [(number, np.array([cell for cell, _ in found]), 1.0), (np.repeat(number, 12), parts.ravel(), -1.0)],
                    len(found),
                )

    # -- solving -----------------------------------------------------------------------------------------------------------------------------

    def narrow(self) -> list[Narrow]:
        """The hidden figures of which too little is left open."""
        found = list(self._by_ratio())
        if not self._rows:
            return found
        numbers, cells, coefficients = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        matrix = csr_array(coo_array((coefficients, (numbers, cells)), shape=(self._height, self.cells)))
        known = matrix @ np.where(self.is_hidden, 0, self.value)
        total = matrix @ self.value
        unknown = np.flatnonzero(self.is_hidden)
        part = matrix[:, unknown]
        used = np.flatnonzero(np.diff(part.indptr))
        part, right = part[used], (total - known)[used]
        _, label = connected_components((abs(part).T @ abs(part)), directed=False)
        touched = np.bincount(part.indices, minlength=len(unknown)) > 0
        by_label: dict[int, list[int]] = defaultdict(list)
        for place in np.flatnonzero(touched):
            by_label[label[place]].append(place)
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row, place in enumerate(part.indices[part.indptr[:-1]]):
            rows_of[label[place]].append(row)
        for name, places in by_label.items():
            inside = part[rows_of[name]][:, places]
            constants = right[rows_of[name]]
            values = self.value[unknown[places]]
            scale = max(1.0, float(np.abs(values).max()))
            bounds = [(None if value < 0 else 0, None) for value in values]
            for number, place in enumerate(places):
                direction = np.zeros(len(places))
                ends = []
                for sign in (1.0, -1.0):
                    direction[number] = sign
                    solved = linprog(direction, A_eq=inside, b_eq=constants / scale, bounds=bounds, method="highs")
                    ends.append(sign * solved.fun * scale if solved.status == 0 else -sign * np.inf)
                if self._is_narrow(unknown[place], *ends):
                    found.append(self._named(int(unknown[place]), *ends))
        return found

    def _by_ratio(self):
        for table, ratio, above, below in self.ratios:
            rows = np.arange(len(self.truth[table]))
            a, b, c = (self._cell(table, name, rows) for name in (ratio, above, below))
            for gone, others in ((b, (a, c)), (a, (b, c)), (c, (a, b))):
                told = (
                    self.is_hidden[gone]
                    & ~self.is_hidden[others[0]]
                    & ~self.is_hidden[others[1]]
                    & self.is_figure[others[0]]
                    & self.is_figure[others[1]]
                )
                for cell in gone[told & (self.value[a] != 0)]:
                    yield self._named(int(cell), self.value[cell], self.value[cell])

    def _is_narrow(self, cell: int, smallest: float, largest: float) -> bool:
        value = self.value[cell]
        column = next(column for (_, column), first in reversed(self.numbers.items()) if first <= cell)
        least = 0.25 * abs(value) if column.startswith(POUNDS) else max(2, 0.2 * abs(value))
        return largest - smallest <= least + NEARLY

    def _named(self, cell: int, smallest: float, largest: float) -> Narrow:
        (table, column), first = next(item for item in reversed(self.numbers.items()) if item[1] <= cell)
        row = self.truth[table].iloc[cell - first][self.keys[table]].to_dict()
        return Narrow(table, column, row, float(self.value[cell]), float(smallest), float(largest))


def audit(published: Path, build: Path) -> tuple[list[Narrow], Audit]:
    """The narrow hidden figures of a published DuckDB file, held against the build that it was made from."""
    made = Audit(published, build)
    made.find_all()
    return made.narrow(), made


if __name__ == "__main__":
    narrow, made = audit(Path(sys.argv[1]), Path(sys.argv[2]))
    print(*made.relations, sep="\n")
    print(f"{int(made.is_hidden.sum())} of {int(made.is_figure.sum())} figures are hidden; {len(narrow)} of these are narrow")
    by_column: dict[tuple[str, str], list[Narrow]] = defaultdict(list)
    for one in narrow:
        by_column[one.table, one.column].append(one)
    for (table, column), ones in by_column.items():
        print(f"{table}.{column}: {len(ones)}, such as {ones[0]}")
