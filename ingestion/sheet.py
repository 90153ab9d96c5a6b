"""What a file of any format looks like once opened: its first rows to find the header in, and all rows below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

HEAD_ROWS = 40

# Rows that the header does not fit: the row's number, and why.
Misfits = tuple[tuple[int, str], ...]
# Rows below the header at a place (from 0), which has so many fields: columns source_row, "0", "1", ... as text, and the misfits.
Below = Callable[[int, int], tuple[pl.DataFrame, Misfits]]


@dataclass(frozen=True)
class Sheet:
    """`head` is the first rows as texts, in their places; `name` is None where a format has no sheets."""

    name: str | None
    head: list[list[str]]
    below: Below
