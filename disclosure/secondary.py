"""Secondary suppression: hide more cells, as few and as fine ones as can be found, until no hidden cell can be worked out or narrowed too far.

A hidden cell is safe once figures are found that fit everything shown, in which the cell is far enough from its true value. It stays safe when more is
hidden, so each cell is looked at until it is safe and never again. Such figures are looked for near the cell first, with all else at its true value:
what fits there fits everywhere. So a cell of a large component may be called exposed although a change of very many figures would fit; more is then
hidden than is needed, never less.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from disclosure.linear import SEED, Component, Components, Flags, Numbers, Places, Reader, System, is_far, merge

log = logging.getLogger(__name__)

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
    merged = merge(system)
    found = _protect(merged.system, merged.hidden(primary))
    hidden = primary | found.hidden[merged.of_cell]
    return Protected(hidden, hidden & ~primary, np.flatnonzero(np.isin(merged.of_cell, found.exposed)).astype(np.int64))


def _protect(system: System, primary: Flags) -> Protected:
    hidden = primary.copy()
    is_safe = system.needed < 0
    given_up = np.zeros(len(hidden), dtype=bool)
    matrix = system.equations.coefficients
    holds = csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    columns, rounds = holds.tocsc(), 0
    while True:
        rounds += 1
        added: set[int] = set()
        # What it costs to hide a cell, and with it one more in each equation that has no unknown yet.
        unknowns = holds @ hidden.astype(np.float64)
        cost = system.cost * (1 + holds.T @ (unknowns == 0).astype(np.float64))
        for component, in_doubt in _exposed(system, hidden, is_safe, given_up):
            of_cells = {int(cell): columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]] for cell in in_doubt}
            alone = {cell: found for cell, of_cell in of_cells.items() if (found := of_cell[unknowns[of_cell] == 1]).size}
            # A cell that comes out to the last digit needs another one. Once there is none such, cells that are narrow are helped one at a time.
            for cell, equations in (alone or of_cells).items():
                companion = _companion(system, cost, hidden, added, cell, equations)
                if companion is None:
                    companion = _companion(system, cost, hidden, added, cell, component.equations)
                if companion is None:
                    given_up[cell] = True
                    continue
                added.add(companion)
                if not alone:
                    break
        log.debug("round %d: %d cells are hidden besides", rounds, len(added))
        if not added:
            break
        hidden[list(added)] = True
    return Protected(hidden, hidden & ~primary, np.flatnonzero(given_up & ~is_safe).astype(np.int64))


def exposed(system: System, hidden: Flags) -> Places:
    """The hidden cells of which no figures that fit are far enough from the true value."""
    merged = merge(system)
    is_hidden, nothing = merged.hidden(hidden), np.zeros(len(merged.system.values), dtype=bool)
    found = [cells for _, cells in _exposed(merged.system, is_hidden, merged.system.needed < 0, nothing)]
    of_these = np.isin(merged.of_cell, np.concatenate(found)) if found else np.zeros(len(hidden), dtype=bool)
    # A figure that is hidden in one place and printed in another is no secret.
    is_printed = hidden & (np.bincount(merged.of_cell, ~hidden)[merged.of_cell] > 0) & (system.needed >= 0)
    return np.flatnonzero((of_these & hidden) | is_printed).astype(np.int64)


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


def _companion(system: System, cost: Numbers, hidden: Flags, added: set[int], cell: int, equations: Places) -> int | None:
    """The cell of the equations that hides the cell at the least cost for each equation. None if no cell can be hidden."""
    shared: Counter[int] = Counter()
    for equation in equations:
        others, _ = system.equations.row(int(equation))
        for other in others:
            if int(other) in added and other != cell:
                # The equation has another unknown since this round began: look again before more is hidden.
                return int(other)
            if other != cell and not hidden[other] and np.isfinite(system.cost[other]):
                shared[int(other)] += 1
    least = max(float(system.needed[cell]), 0)
    found = []
    for other, count in shared.items():
        # How far it can move both ways: a cell at its bound hides nothing.
        room = float(min(system.values[other] - system.lower[other], system.upper[other] - system.values[other]))
        # One with too little room needs others like it.
        needed_like_it = max(1.0, least / room) if room > 0 else np.inf
        found.append((needed_like_it * float(cost[other]) / count, room, other))
    return min(found)[-1] if found else None
