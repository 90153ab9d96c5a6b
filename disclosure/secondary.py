"""Secondary suppression: hide more cells, as few and as fine ones as can be found, until no hidden cell can be worked out or narrowed too far.

A hidden cell is safe once figures are found that fit everything shown, in which the cell is far enough from its true value. It stays safe when more is
hidden, so each cell is looked at until it is safe and never again. Such figures are looked for near the cell first, with all else at its true value:
what fits there fits everywhere. So a cell of a large component may be called exposed although a change of very many figures would fit; more is then
hidden than is needed, never less.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from disclosure.linear import Component, Components, Flags, Numbers, Places, Reader, System, is_far

log = logging.getLogger(__name__)

SEED = 20261201
# Directions in which all cells of a batch of components are looked at together, before those that are still in doubt are looked at one by one.
DRAWS = 4
# Cells. Components are looked at together up to the first; one with more than that many cells is looked at around each cell, with so many cells.
BATCH, NEIGHBOURHOOD = 1500, 120


@dataclass(frozen=True)
class Protected:
    """`hidden`: all hidden cells, one flag per cell. `secondary`: those that were not hidden at first. `exposed`: the cells, by number, that cannot be protected."""

    hidden: Flags
    secondary: Flags
    exposed: Places


def protect(system: System, primary: Flags) -> Protected:
    """Hide cells besides `primary` until each hidden cell is safe, cheapest first, and say which cannot be made safe.

    In each round every exposed cell gets one companion: the cheapest shown cell with which it has an equation in common, else one of the equations
    that lead to it. A cell for which no companion is left cannot be protected.
    """
    hidden = primary.copy()
    is_safe = system.needed < 0
    given_up = np.zeros(len(hidden), dtype=bool)
    columns = system.equations.coefficients.tocsc()
    rounds = 0
    while True:
        rounds += 1
        added: set[int] = set()
        for component, in_doubt in _exposed(system, hidden, is_safe, given_up):
            for cell in in_doubt:
                of_cell = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]]
                companion = _companion(system, hidden, added, int(cell), of_cell)
                if companion is None:
                    companion = _companion(system, hidden, added, int(cell), component.equations)
                if companion is None:
                    given_up[cell] = True
                else:
                    added.add(companion)
        log.debug("round %d: %d cells are hidden besides", rounds, len(added))
        if not added:
            break
        hidden[list(added)] = True
    return Protected(hidden, hidden & ~primary, np.flatnonzero(given_up & ~is_safe).astype(np.int64))


def exposed(system: System, hidden: Flags) -> Places:
    """The hidden cells of which no figures that fit are far enough from the true value."""
    found = [cells for _, cells in _exposed(system, hidden, system.needed < 0, np.zeros(len(hidden), dtype=bool))]
    return np.sort(np.concatenate(found)) if found else np.array([], dtype=np.int64)


def _exposed(system: System, hidden: Flags, is_safe: Flags, given_up: Flags) -> Iterator[tuple[Component, Places]]:
    """Each component with its exposed cells, if it has any. Cells that are found to be safe are entered in `is_safe`."""
    found = Components(system, hidden)
    in_doubt = hidden & ~is_safe & ~given_up
    concerned = [number for number in range(len(found)) if in_doubt[found.cells_of(number)].any()]
    # The only unknown of an equation comes out to the last digit: no need to ask.
    is_exact = np.zeros(len(hidden), dtype=bool)
    is_exact[found.alone()] = True
    skipped = given_up | is_exact
    concerned_more = [number for number in concerned if (in_doubt & ~is_exact)[found.cells_of(number)].any()]
    for first, end in _batches(found, concerned_more):
        _draw(system, found.together(first, end), is_safe, skipped)
    for number in concerned:
        component = found[number]
        if not (in_doubt & ~is_exact)[component.cells].any():
            pass
        elif len(component.cells) > BATCH:
            _look_around(system, component, is_safe, skipped)
        else:
            _look_at_each(system, component, is_safe, skipped)
        cells = component.cells[~is_safe[component.cells] & ~given_up[component.cells]]
        if cells.size:
            yield component, cells


def _batches(found: Components, concerned: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Concerned components that follow one another, up to the size of a batch, as (first, end)."""
    first, end, size = 0, 0, 0
    for number in concerned:
        cells = len(found.cells_of(number))
        if number != end or size + cells > BATCH:
            if end > first and size > 1:
                yield first, end
            first, size = number, 0
        end = number + 1
        size += cells
        if cells > BATCH:
            first, size = end, 0
    if end > first and size > 1:
        yield first, end


def _draw(system: System, component: Component, is_safe: Flags, skipped: Flags) -> None:
    """Enter the cells that are safe by figures found in random directions."""
    reader = Reader(system, component)
    draws = np.random.default_rng(SEED)
    for _ in range(DRAWS):
        doubtful = ~is_safe[component.cells] & ~skipped[component.cells]
        if not doubtful.any():
            return
        direction = np.where(doubtful, draws.choice([-1.0, 1.0], len(doubtful)), 0)
        _enter(system, component, reader.farthest(direction), is_safe)
        _enter(system, component, reader.farthest(-direction), is_safe)


def _enter(system: System, component: Component, figures: Numbers, is_safe: Flags) -> None:
    is_safe[component.cells[is_far(system, component.cells, figures)]] = True


def _look_at_each(system: System, component: Component, is_safe: Flags, skipped: Flags) -> None:
    places = np.flatnonzero(~is_safe[component.cells] & ~skipped[component.cells])
    reader = Reader(system, component) if places.size else None
    for place in places:
        assert reader is not None
        for sign in (1.0, -1.0):
            if not is_safe[component.cells[place]]:
                direction = np.zeros(len(component.cells))
                direction[place] = sign
                _enter(system, component, reader.farthest(direction), is_safe)


def _look_around(system: System, component: Component, is_safe: Flags, skipped: Flags) -> None:
    """Like `_look_at_each`, within the cells near each doubtful one, while all others have their true values."""
    part, of_cells = component.coefficients, component.coefficients.tocsc()
    for place in range(len(component.cells)):
        if is_safe[component.cells[place]] or skipped[component.cells[place]]:
            continue
        near, known, edge = [place], {place}, 0
        while edge < len(near) and len(near) < NEIGHBOURHOOD:
            here = near[edge]
            edge += 1
            for equation in of_cells.indices[of_cells.indptr[here] : of_cells.indptr[here + 1]]:
                for other in part.indices[part.indptr[equation] : part.indptr[equation + 1]]:
                    if other not in known:
                        known.add(int(other))
                        near.append(int(other))
        around = component.part(np.array(near), system.values)
        reader = Reader(system, around)
        for sign in (1.0, -1.0):
            if not is_safe[component.cells[place]]:
                # The others that are in doubt are drawn along, so that one question may do for many.
                direction = np.where(is_safe[around.cells], 0.0, 1e-3)
                direction[0] = sign
                _enter(system, around, reader.farthest(direction), is_safe)


def _companion(system: System, hidden: Flags, added: set[int], cell: int, equations: Places) -> int | None:
    """The cheapest shown cell of the equations that is large enough to hide the cell; else the largest. None if all are hidden, or must stay."""
    found: list[tuple[bool, float, float, int]] = []
    for equation in equations:
        others, _ = system.equations.row(int(equation))
        for other in others:
            if other == cell:
                continue
            if int(other) in added:
                # The equation has another unknown since this round began: look again before more is hidden.
                return int(other)
            if not hidden[other] and np.isfinite(system.cost[other]):
                size = abs(float(system.values[other]))
                is_small = size <= max(float(system.needed[cell]), 0)
                found.append((is_small, float(system.cost[other]), size if not is_small else -size, int(other)))
    return min(found)[-1] if found else None
