"""The Department's rates beside those of a publication."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.england.compare import cells

YEARS = (2024, 2025)
# The Isles of Scilly: figures that rest on one person are not shown, although the Department prints them (docs/limits.md).
OF_ONE_PERSON, HIDDEN = ("420",), ("c", "floor_10")


def assert_published_rates_come_out(marts: duckdb.DuckDBPyConnection, published: Path, la_code: str, year: int) -> None:
    """The nine `dfe` rates of an authority at 30 September: one decimal, or DfE's symbol as the reason for none."""
    rates = [cell for cell in cells(published, marts, (year,)) if cell.area == la_code]
    assert len(rates) == 9
    differing = [cell for cell in rates if cell.differs]
    if la_code in OF_ONE_PERSON:
        differing = [cell for cell in differing if cell.counted not in HIDDEN]
    assert [str(cell) for cell in differing] == []
