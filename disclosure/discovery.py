"""Sums among figures that no mart's YAML names: found in the figures themselves, before anything is hidden.

A column of a mart with fixed categories, such as the headcount of starters among social workers, is a series over units and months. A series that is
the sum or the difference of a few others in every unit and month would let a reader work out what is hidden in one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.linalg import qr, solve_triangular

from disclosure.linear import Equations, Numbers, Places, System
from disclosure.relations import UNIT, Marts

TIMES = ("month_end", "census_year")
# A series with fewer figures that are not 0, or a sum of more series, may be one by chance.
LEAST_FIGURES = 30
MOST_TERMS = 8
# Relative to the largest figure of a series.
NEARLY = 1e-7


@dataclass(frozen=True)
class Series:
    """Cells of one measure with fixed categories, one per unit and month: `keys` numbers these."""

    name: str
    keys: Places
    cells: Places


@dataclass(frozen=True)
class FoundSum:
    """Series that add up to 0 with whole coefficients, wherever they have figures. `cells`: those of each place, with 0 coefficients left out."""

    terms: tuple[tuple[int, str], ...]
    equations: tuple[tuple[Places, Numbers], ...]

    def __str__(self) -> str:
        (_, first), *others = self.terms
        return f"{first} = " + " ".join(
            f"{'-' if coefficient > 0 else '+'} {'' if abs(coefficient) == 1 else abs(coefficient)}{name}" for coefficient, name in others
        ).removeprefix("+ ")


def undeclared(marts: Marts, system: System) -> list[FoundSum]:
    """The sums among series that hold everywhere, and of which the equations of the system say nothing."""
    found: list[FoundSum] = []
    for time in TIMES:
        series = list(_series(marts, system, time))
        if len(series) > 1:
            found += [found_sum for found_sum in _sums(series, system) if not _is_declared(found_sum, system.equations)]
    return found


def _series(marts: Marts, system: System, time: str) -> Iterator[Series]:
    numbers: dict[tuple[object, ...], int] = {}
    for measure in marts.measures:
        table = marts.table(measure)
        unit = [key for key in UNIT if key in table.columns]
        if time not in measure.group.grain or "organisation_id" not in unit:
            continue
        categories = [key for key in measure.group.grain if key not in (*UNIT, time)]
        keyed = table.select(*unit, time, *categories).with_row_index("row")
        for fixed, part in keyed.group_by(categories, maintain_order=True) if categories else [((), keyed)]:
            cells = measure.cells(part["row"].cast(pl.Int64).to_numpy())
            if np.count_nonzero(system.values[cells]) < LEAST_FIGURES:
                continue
            # A mart of councils alone has no scope.
            names = (
                part.select(*(pl.col(key) for key in unit), time).rows()
                if len(unit) == len(UNIT)
                else [
                    (organisation, "organisation", organisation, when) for organisation, when in part.select("organisation_id", time).rows()
                ]
            )
            keys = np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
            label = f"{measure.group.table}.{measure.name}" + (f" ({', '.join(map(str, fixed))})" if fixed else "")
            yield Series(label, keys, cells)


def _sums(series: Sequence[Series], system: System) -> Iterator[FoundSum]:
    """One sum for each series that depends on those before it. Series that need others to have a figure at all count as 0 where they have none."""
    height = max(int(one.keys.max()) for one in series) + 1
    matrix = np.zeros((height, len(series)))
    for place, one in enumerate(series):
        matrix[one.keys, place] = system.values[one.cells]
    matrix /= np.abs(matrix).max(axis=0)
    scales = np.array([np.abs(system.values[one.cells]).max() for one in series])
    independent: list[int] = []
    _, triangle, order = qr(matrix, mode="economic", pivoting=True)
    size = int((np.abs(np.diag(triangle)) > NEARLY * abs(triangle[0, 0])).sum())
    independent, dependent = list(order[:size]), list(order[size:])
    weights = solve_triangular(triangle[:size, :size], triangle[:size, size:])
    for place, column in enumerate(dependent):
        # Back from scaled series to the figures themselves.
        coefficients = weights[:, place] * scales[column] / scales[independent]
        terms = [(column, 1.0), *((independent[n], -coefficient) for n, coefficient in enumerate(coefficients) if abs(coefficient) > 1e-4)]
        whole = [round(coefficient) for _, coefficient in terms]
        if len(terms) <= MOST_TERMS and np.allclose(whole, [coefficient for _, coefficient in terms], atol=1e-4) and all(whole):
            yield _found([(series[number], coefficient) for (number, _), coefficient in zip(terms, whole, strict=True)])


def _found(terms: list[tuple[Series, int]]) -> FoundSum:
    by_key: dict[int, list[tuple[int, float]]] = {}
    for one, coefficient in terms:
        for key, cell in zip(one.keys, one.cells, strict=True):
            by_key.setdefault(int(key), []).append((int(cell), float(coefficient)))
    equations = tuple(
        (np.array([cell for cell, _ in places]), np.array([coefficient for _, coefficient in places])) for places in by_key.values()
    )
    return FoundSum(tuple((coefficient, one.name) for one, coefficient in terms), equations)


def _is_declared(found: FoundSum, known: Equations) -> bool:
    """Whether the known equations say the same of the place with the most figures: its equation is a combination of theirs."""
    cells, coefficients = max(found.equations, key=lambda equation: len(equation[0]))
    columns = known.coefficients.tocsc()
    touching = np.unique(columns[:, cells].indices)
    if not touching.size:
        return False
    part = known.coefficients[touching]
    every = np.unique(np.concatenate([part.indices, cells]))
    dense = np.zeros((len(every), len(touching)))
    dense[:] = part[:, every].toarray().T
    wanted = np.zeros(len(every))
    wanted[np.searchsorted(every, cells)] = coefficients
    solution, *_ = np.linalg.lstsq(dense, wanted, rcond=None)
    return bool(np.allclose(dense @ solution, wanted, atol=1e-6))
