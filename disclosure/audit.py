"""What all that is shown to an audience gives away together: for each mart, how many of the hidden figures can be worked out, or nearly.

The primary rule looks at each figure alone. The audit looks at all of them over all tables, as a reader who adds and subtracts does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from disclosure.cells import Cells
from disclosure.classes import MeasureGroup
from disclosure.policy import Audience
from disclosure.primary import LEVEL
from disclosure.secondary import exposed
from disclosure.suppression import BESIDES


@dataclass(frozen=True)
class Finding:
    """A measure of a mart: how many figures the audience is given, how many are hidden for what they say, how many besides, and how many give too little room."""

    mart: str
    measure: str
    disclosure_class: str
    figures: int
    primary: int
    secondary: int
    exposed: int


def audit(
    connection: duckdb.DuckDBPyConnection, audience: Audience, groups: Sequence[MeasureGroup], hidden: Mapping[str, str], metrics: Path
) -> Iterator[Finding]:
    """What readers of an audience can work out of the hidden figures of a build, attached as `built`. One finding per measure that has hidden figures.

    `hidden`: for each mart a table (row_id, measure, why), as the step leaves them. A figure counts as exposed if no figures that fit everything shown
    are further from the true one than the widths ask. See disclosure/secondary.py for large components: there more may be called exposed than is.
    """
    cells = Cells(connection, audience, groups, hidden, metrics)
    flags = cells.hidden(connection)
    found = np.zeros(len(flags), dtype=bool)
    found[exposed(cells.system, flags)] = True
    for measure in cells.marts.measures:
        table, name = measure.group.table, measure.name
        besides = connection.execute(
            f"select distinct row_id from {hidden[table]} where measure = '{name}' and why = '{BESIDES}' and row_id not in "
            f"(select row_id from {hidden[table]} where measure = '{name}' and why not in ('{BESIDES}', '{LEVEL}'))"
        ).fetchnumpy()["row_id"]
        hidden_rows = cells.rows(measure, flags)
        if len(hidden_rows):
            figures = int((~cells.is_extra[measure.cells(np.arange(measure.rows))]).sum())
            secondary = int(np.isin(hidden_rows.to_numpy(), besides).sum())
            yield Finding(
                table,
                name,
                measure.group.disclosure_class,
                figures,
                len(hidden_rows) - secondary,
                secondary,
                len(cells.rows(measure, found & flags)),
            )
