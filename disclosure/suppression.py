"""Secondary suppression of a whole publication: what else is hidden, so that nothing hidden comes out of what is shown. It ends with an audit.

First the cheapest figures are hidden that make the hidden ones safe (disclosure/secondary.py). If a figure can be narrowed even then, the level at which
it stands is hidden for its council and measure, from the finest level on, and all is looked at again; at last, all that the mart tells of the council
by the policy. Only if other marts give one away even then does nothing help: then there is no publication.

What the audience's last publication printed, readers know. It hides nothing, so it stays; and what that publication hid stays hidden.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from disclosure.cells import Cells
from disclosure.classes import MeasureGroup
from disclosure.linear import Flags, Places
from disclosure.policy import LEVELS, Audience
from disclosure.secondary import exposed, protect

log = logging.getLogger(__name__)

BESIDES = "besides"


class Revealed(Exception):
    """Figures of councils can be worked out whatever else is hidden. The message names the marts and measures."""


def suppress(
    connection: duckdb.DuckDBPyConnection,
    audience: Audience,
    groups: Sequence[MeasureGroup],
    hidden: Mapping[str, str],
    metrics: Path,
    earlier: Path | None = None,
) -> None:
    """Add to the tables of hidden figures (row_id, measure, why) what has to be hidden besides. Raises Revealed.

    `earlier`: the folder of the tables of the audience's last publication, if there is one.
    """
    cells = Cells(connection, audience, groups, hidden, metrics)
    if not cells.marts.cells:
        return
    before = cells.hidden(connection)
    printed, hid = cells.told_before(connection, earlier) if earlier else (np.zeros_like(before), np.zeros_like(before))
    cells.system.cost[printed] = np.inf
    flags = _protected(cells, cells.together(before | hid), printed)
    wider: list[tuple[str, Callable[[Cells, Flags, Places], Flags]]] = [
        *((f"level {level}", partial(_with_level, level=level)) for level in LEVELS),
        ("mart", _with_marts),
    ]
    for says, more in wider:
        found = exposed(cells.system, flags & ~printed)
        if not found.size:
            break
        log.info("%s: %d figures could be narrowed. Their %s is hidden for their councils", audience.name, found.size, says)
        flags = _protected(cells, more(cells, flags, found), printed)
    else:
        _refuse(cells, audience, flags, printed)
    for measure in cells.marts.measures:
        rows = cells.rows(measure, flags & ~before)
        if len(rows):
            connection.register("more_rows", pl.DataFrame({"row_id": rows}).to_arrow())
            connection.execute(f"insert into {hidden[measure.group.table]} select row_id, '{measure.name}', '{BESIDES}' from more_rows")
            connection.unregister("more_rows")


def _protected(cells: Cells, flags: Flags, printed: Flags) -> Flags:
    """Also what makes the hidden cells safe, and what goes with that. `printed`: the cells that readers know from before."""
    while True:
        found = cells.together(protect(cells.system, flags & ~printed).hidden | flags)
        if (found == flags).all():
            return found
        flags = found


def _with_level(cells: Cells, flags: Flags, found: Places, level: str) -> Flags:
    """Also every cell of a level, of the measure and council of each cell that was found."""
    hidden = flags.copy()
    is_found = np.zeros(len(flags), dtype=bool)
    is_found[found] = True
    for measure in cells.marts.measures:
        rows = measure.cells(np.arange(measure.rows))
        if not is_found[rows].any():
            continue
        table = cells.marts.table(measure)
        council = table["organisation_id"] if "organisation_id" in table.columns else pl.Series([None] * table.height, dtype=pl.String)
        concerned = council.is_in(council.filter(pl.Series(is_found[rows])).drop_nulls().unique().to_list()).fill_null(False)
        is_level = (table["scope"] == level) if "scope" in table.columns else pl.Series([level == LEVELS[-1]] * table.height)
        hidden[rows[(concerned & is_level).to_numpy()]] = True
    return hidden


def _with_marts(cells: Cells, flags: Flags, found: Places) -> Flags:
    """Also every cell of the mart and council of each cell that was found."""
    hidden, is_found = flags.copy(), np.zeros(len(flags), dtype=bool)
    is_found[found] = True
    for table in {measure.group.table for measure in cells.marts.measures}:
        measures = [measure for measure in cells.marts.measures if measure.group.table == table]
        rows = np.logical_or.reduce([is_found[measure.cells(np.arange(measure.rows))] for measure in measures])
        marts = cells.marts.table(measures[0])
        council = marts["organisation_id"] if "organisation_id" in marts.columns else pl.Series([""] * marts.height)
        concerned = council.is_in(council.filter(pl.Series(rows)).drop_nulls().unique().to_list()).fill_null(False).to_numpy()
        for measure in measures:
            hidden[measure.cells(np.flatnonzero(concerned))] = True
    return hidden


def _refuse(cells: Cells, audience: Audience, flags: Flags, printed: Flags) -> None:
    """Raise Revealed if what is shown now gives a figure away. What comes out only with an earlier publication cannot be mended by hiding more."""
    found = np.zeros(len(flags), dtype=bool)
    found[exposed(cells.system, flags)] = True
    names = [f"{measure.group.table}.{measure.name}" for measure in cells.marts.measures if len(cells.rows(measure, found))]
    if names:
        raise Revealed(
            f"{audience.name}: figures that are not shown can be worked out from those that are, whatever else is hidden: {', '.join(names)}. Nothing is "
            "published. Leave one of these tables out for this audience (`tables` in disclosure.yaml), or give its class a coarser `finest_level`"
        )
    if printed.any() and exposed(cells.system, flags & ~printed).size:
        log.warning("%s: some figures that are hidden now come out with what an earlier publication printed", audience.name)
