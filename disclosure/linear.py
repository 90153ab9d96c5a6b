"""What a reader can work out: the figures of all tables as cells, and the sums among them as linear equations.

A cell is one figure of one row. A hidden cell is unknown to the reader, who knows all other cells, all equations, and between which bounds each
figure lies (a number of people is never below 0). The reader can then work out an interval for each hidden cell: the smallest and the largest
value that fit everything known. Method: Hundepool et al., Statistical Disclosure Control (Wiley, 2012), chapter 4, cell suppression and its audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Relative to the largest figure of a component. Figures have at most six decimals.
TOLERANCE = 1e-7
# A figure without a limit may be this many times the largest figure of its component: far more than what makes a cell safe.
WITHOUT_LIMIT = 100.0
SEED = 20261201


@dataclass(frozen=True)
class Equations:
    """Rows of `coefficients @ values = constants`, shape (equations, cells), as compressed sparse rows."""

    coefficients: csr_array
    constants: Numbers

    @classmethod
    def of(cls, rows: Iterable[tuple[Sequence[int], Sequence[float]]], values: Numbers) -> Equations:
        """From the cells and coefficients of each row. See `of_entries`."""
        entries = [(number, cell, coefficient) for number, row in enumerate(rows) for cell, coefficient in zip(*row, strict=True)]
        table = np.array(entries, dtype=np.float64).reshape(-1, 3)
        return cls.of_entries(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], values)

    @classmethod
    def of_entries(cls, numbers: Places, cells: Places, coefficients: Numbers, values: Numbers) -> Equations:
        """From the number of its equation, the cell and the coefficient of each entry. The constant is what the true values give.

        A sum that holds but for a known difference, such as a person who is counted in two teams, is taken as known with its difference: that is
        the most that a reader could know.
        """
        height = int(numbers.max()) + 1 if numbers.size else 0
        matrix = csr_array((coefficients.astype(np.float64), (numbers, cells)), shape=(height, len(values)))
        return cls(matrix, matrix @ values)

    def row(self, number: int) -> tuple[Places, Numbers]:
        """The cells and the coefficients of an equation."""
        start, end = self.coefficients.indptr[number], self.coefficients.indptr[number + 1]
        return self.coefficients.indices[start:end], self.coefficients.data[start:end]


@dataclass(frozen=True)
class System:
    """All cells of what is published to one audience, and what is known of them. All arrays have one entry per cell.

    `values`: the true figures. `lower`, `upper`: what everybody knows of the figure without any table. `needed`: a hidden cell is safe if a reader
    cannot exclude a value that is further than this from the true one; 0 where only the exact value must not be known, and -1 for a cell that need
    not be protected. `cost`: what is lost when the cell is hidden too; infinite for a cell that is not published or must stay.
    """

    values: Numbers
    lower: Numbers
    upper: Numbers
    needed: Numbers
    cost: Numbers
    equations: Equations


def attainable(needed: Numbers, values: Numbers, lower: Numbers, upper: Numbers) -> Numbers:
    """No more is needed than that everything stays open that anybody would think possible without a table."""
    farthest = np.maximum(values - lower, upper - values)
    return np.where(needed < 0, needed, np.minimum(needed, 0.99 * farthest))


@dataclass(frozen=True)
class Merged:
    """A system in which each figure that is printed in several places is one cell, and no equation stands twice. `of_cell`: the merged cell of each."""

    system: System
    of_cell: Places

    def hidden(self, hidden: Flags) -> Flags:
        """The merged cells that are hidden, from the flags of all cells: a figure is hidden where it is hidden anywhere."""
        found = np.zeros(len(self.system.values), dtype=bool)
        found[self.of_cell[hidden]] = True
        return found


def merge(system: System) -> Merged:
    """Make one cell of cells that are equal by an equation of two, such as a service and its only team. A cell that is not printed stays by itself."""
    matrix = system.equations.coefficients
    first = matrix.indptr[:-1][np.diff(matrix.indptr) == 2]
    is_zero = np.abs(system.equations.constants[np.diff(matrix.indptr) == 2]) <= TOLERANCE
    left, right = matrix.indices[first], matrix.indices[first + 1]
    is_printed = np.isfinite(system.cost[left]) & np.isfinite(system.cost[right])
    is_equal = is_zero & is_printed & (matrix.data[first] == -matrix.data[first + 1])
    left, right, width = left[is_equal], right[is_equal], len(system.values)
    _, of_cell = connected_components(csr_array((np.ones(len(left)), (left, right)), shape=(width, width)), directed=False)
    of_cell = of_cell.astype(np.int64)
    count = int(of_cell.max(initial=-1)) + 1
    values, upper, cost = np.empty(count), np.full(count, np.inf), np.zeros(count)
    lower, needed = np.full(count, -np.inf), np.full(count, -1.0)
    values[of_cell] = system.values
    np.minimum.at(upper, of_cell, system.upper)
    np.maximum.at(lower, of_cell, system.lower)
    np.maximum.at(needed, of_cell, system.needed)
    needed = attainable(needed, values, lower, upper)
    np.add.at(cost, of_cell, system.cost)
    together = csr_array(matrix @ csr_array((np.ones(width), (np.arange(width), of_cell)), shape=(width, count)))
    together.eliminate_zeros()
    # Two equations with the same cells and coefficients have the same product with random numbers, and no others do.
    marks = together @ np.random.default_rng(SEED).random(count)
    _, kept = np.unique(marks.round(9), return_index=True)
    kept = np.sort(kept[np.diff(together.indptr)[kept] > 0])
    equations = Equations(csr_array(together[kept]), system.equations.constants[kept])
    return Merged(System(values, lower, upper, needed, cost, equations), of_cell)


@dataclass(frozen=True)
class Component:
    """Hidden cells that have no equation in common with others: `coefficients @ figures = known`, one column per cell."""

    cells: Places
    equations: Places
    coefficients: csr_array
    known: Numbers

    def part(self, places: Places, values: Numbers) -> Component:
        """Some of the cells, while all others have their true `values`."""
        of_cells = self.coefficients.tocsc()[:, places].tocsr()
        used = np.flatnonzero(np.diff(of_cells.indptr))
        here = values[self.cells]
        others = self.coefficients[used] @ here - of_cells[used] @ here[places]
        return Component(self.cells[places], self.equations[used], of_cells[used], self.known[used] - others)


class Components(Sequence[Component]):
    """The hidden cells in groups that have no equation in common. A hidden cell without an equation is in none: nothing is known of it."""

    def __init__(self, system: System, hidden: Flags) -> None:
        unknown = np.flatnonzero(hidden)
        matrix = system.equations.coefficients[:, unknown]
        used = np.flatnonzero(np.diff(matrix.indptr))
        matrix = matrix[used]
        _, label = connected_components(_cells_with_equations(matrix), directed=False)
        of_cells, of_equations = label[: len(unknown)], label[len(unknown) :]
        order = np.argsort(of_cells, kind="stable")
        order = order[np.isin(of_cells[order], of_equations)]
        equations = np.argsort(of_equations, kind="stable")
        self._cells, self._equations = unknown[order], used[equations]
        self._matrix = csr_array(matrix[equations][:, order])
        shown = system.equations.coefficients[self._equations] @ np.where(hidden, 0, system.values)
        self._known = system.equations.constants[self._equations] - shown
        labels, self._first_cell = np.unique(of_cells[order], return_index=True)
        self._first_equation = np.searchsorted(of_equations[equations], labels)
        self._first_cell = np.append(self._first_cell, len(order))
        self._first_equation = np.append(self._first_equation, len(equations))

    def __len__(self) -> int:
        return len(self._first_cell) - 1

    def __getitem__(self, number):  # type: ignore[no-untyped-def]
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self.together(number, number + 1)

    def cells_of(self, number: int) -> Places:
        """The cells of one component."""
        return self._cells[self._first_cell[number] : self._first_cell[number + 1]]

    def alone(self) -> Places:
        """The cells that are the only unknown of an equation."""
        entries = np.flatnonzero(np.diff(self._matrix.indptr) == 1)
        return np.asarray(self._cells[self._matrix.indices[self._matrix.indptr[entries]]])

    def together(self, first: int, end: int) -> Component:
        """Components that follow one another, as one."""
        cells = slice(self._first_cell[first], self._first_cell[end])
        equations = slice(self._first_equation[first], self._first_equation[end])
        start, stop = self._matrix.indptr[equations.start], self._matrix.indptr[equations.stop]
        matrix = csr_array(
            (
                self._matrix.data[start:stop],
                self._matrix.indices[start:stop] - cells.start,
                self._matrix.indptr[equations.start : equations.stop + 1] - start,
            ),
            shape=(equations.stop - equations.start, cells.stop - cells.start),
        )
        return Component(self._cells[cells], self._equations[equations], matrix, self._known[equations])


def _cells_with_equations(matrix: csr_array) -> csr_array:
    """The graph in which each equation is joined to its cells; cells come first."""
    height, width = matrix.shape
    return csr_array(
        (np.ones(matrix.nnz), matrix.indices, np.concatenate([np.zeros(width, dtype=matrix.indptr.dtype), matrix.indptr])),
        shape=(width + height, width + height),
    )


class Reader:
    """What a reader knows of the hidden cells of a component. Each question is a linear programme, solved by HiGHS from where the last one ended."""

    def __init__(self, system: System, component: Component) -> None:
        self.cells = component.cells
        values = system.values[component.cells]
        self._scale = max(1.0, float(np.abs(values).max(initial=0)))
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
            self._solver.setOptionValue(option, value)
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(self.cells), len(component.known)
        programme.col_cost_ = np.zeros(len(self.cells))
        programme.col_lower_ = np.maximum(np.minimum(system.lower[self.cells], values) / self._scale, -WITHOUT_LIMIT)
        programme.col_upper_ = np.minimum(np.maximum(system.upper[self.cells], values) / self._scale, WITHOUT_LIMIT)
        programme.row_lower_ = programme.row_upper_ = component.known / self._scale
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        matrix = component.coefficients
        programme.a_matrix_.start_, programme.a_matrix_.index_, programme.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        self._solver.passModel(programme)
        self._every = np.arange(len(self.cells), dtype=np.int32)

    def farthest(self, direction: Numbers) -> Numbers:
        """Figures that fit everything known, as far as they can be in a direction, one number per cell.

        Raises ValueError if no figures fit.
        """
        self._solver.changeColsCost(len(self._every), self._every, -direction)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ValueError(f"no figures fit what is known of {len(self.cells)} cells: {status.name}")
        return np.asarray(self._solver.getSolution().col_value) * self._scale

    def interval(self, place: int) -> tuple[float, float]:
        """The smallest and the largest value that the cell at this place of the component may have."""
        direction = np.zeros(len(self.cells))
        direction[place] = 1
        largest = float(self.farthest(direction)[place])
        smallest = float(self.farthest(-direction)[place])
        return smallest, largest


def intervals(system: System, hidden: Flags) -> dict[int, tuple[float, float]]:
    """The interval of each hidden cell by its number: what all shown figures together leave."""
    found = {int(cell): (float(system.lower[cell]), float(system.upper[cell])) for cell in np.flatnonzero(hidden)}
    for component in Components(system, hidden):
        reader = Reader(system, component)
        found.update({int(cell): reader.interval(place) for place, cell in enumerate(component.cells)})
    return found


def is_far(system: System, cells: Places, figures: Numbers) -> Flags:
    """Whether figures, one per cell, are further from the true ones than is needed."""
    least = np.maximum(system.needed[cells], 0) + TOLERANCE * np.maximum(1, np.abs(system.values[cells]))
    return np.asarray(np.abs(figures - system.values[cells]) > least)
