"""Secondary suppression: hide more cells, as few and as fine ones as can be found, until no hidden cell can be worked out or narrowed too far."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from disclosure.linear import Component, Flags, Places, Reader, System, components, is_far

log = logging.getLogger(__name__)

SEED = 20261201
# Directions in which all cells of a component are looked at together, before those that are still in doubt are looked at one by one.
DRAWS = 6


@dataclass(frozen=True)
class Protected:
    """`hidden`: all hidden cells, one flag per cell. `secondary`: those that were not hidden at first. `exposed`: the cells, by number, that cannot be protected."""

    hidden: Flags
    secondary: Flags
    exposed: Places


def protect(system: System, primary: Flags) -> Protected:
    """Hide cells besides `primary` until each hidden cell is safe, cheapest first, and say which cannot be made safe.

    Each round looks at all components that changed. For every exposed cell it hides one companion: the cheapest shown cell with which the exposed
    one has an equation in common, else one of the equations that lead to it. A cell for which no companion is left cannot be protected.
    """
    hidden = primary.copy()
    exposed_for_good: set[int] = set()
    safe: set[tuple[int, ...]] = set()
    columns = system.equations.coefficients.tocsc()
    rounds = 0
    while True:
        rounds += 1
        added: set[int] = set()
        for component in components(system.equations, hidden):
            name = (int(component.cells[0]), int(component.cells[-1]), len(component.cells), int(component.cells.sum()))
            if name in safe:
                continue
            in_doubt = exposed_cells(system, component)
            if not in_doubt.size:
                safe.add(name)
            for cell in in_doubt:
                if int(cell) in exposed_for_good:
                    continue
                of_cell = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]]
                companion = _companion(system, hidden, added, int(cell), of_cell)
                if companion is None:
                    companion = _companion(system, hidden, added, int(cell), component.equations)
                if companion is None:
                    exposed_for_good.add(int(cell))
                else:
                    added.add(companion)
        if not added:
            break
        hidden[list(added)] = True
    log.debug("%d rounds: %d cells hidden at first, %d in the end", rounds, int(primary.sum()), int(hidden.sum()))
    return Protected(hidden, hidden & ~primary, np.array(sorted(exposed_for_good), dtype=np.int64))


def exposed_cells(system: System, component: Component) -> Places:
    """The hidden cells of a component of which a reader can exclude all values that are further from the true one than is needed."""
    guarded = system.needed[component.cells] >= 0
    if not guarded.any():
        return np.array([], dtype=np.int64)
    reader = Reader(system, component)
    doubtful = guarded.copy()
    draws = np.random.default_rng(SEED)
    for _ in range(DRAWS):
        if not doubtful.any():
            break
        direction = np.where(doubtful, draws.choice([-1.0, 1.0], len(doubtful)), 0)
        for figures in (reader.farthest(direction), reader.farthest(-direction)):
            doubtful &= ~is_far(system, component.cells, figures)
    exposed = []
    for place in np.flatnonzero(doubtful):
        if not is_far(system, component.cells[[place, place]], np.array(reader.interval(int(place)))).any():
            exposed.append(component.cells[place])
    return np.array(exposed, dtype=np.int64)


def _companion(system: System, hidden: Flags, added: set[int], cell: int, equations: Places) -> int | None:
    """The cheapest shown cell of the cell's equations that is large enough to hide it; else the largest. None if all are hidden, or must stay."""
    found: list[tuple[bool, float, float, int]] = []
    for equation in equations:
        others, _ = system.equations.row(int(equation))
        if any(int(other) in added for other in others if other != cell):
            # The equation has another unknown since this round began: look again before more is hidden.
            return next(int(other) for other in others if int(other) in added and other != cell)
        for other in others:
            if not hidden[other] and np.isfinite(system.cost[other]):
                size = abs(float(system.values[other]))
                is_small = size <= max(float(system.needed[cell]), 0)
                found.append((is_small, float(system.cost[other]), size if not is_small else -size, int(other)))
    return min(found)[-1] if found else None
