"""The texts of a sheet's cells as their number formats show them.

Durations and per cents are read so in every column. Codes and words are read so in the columns that ask for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl

from ingestion.reading.book_facts import SHOWN
from ingestion.reading.number_format import CODE, DURATION, PER_CENT, as_duration, as_per_cent, as_shown, padding

# The day before a duration's first hour. Excel counts 29 February 1900, a day that never was.
BEFORE, BEFORE_AFTER_FEBRUARY, BEFORE_IN_1904 = datetime(1899, 12, 31), datetime(1899, 12, 30), datetime(1904, 1, 1)
MARCH_1900 = datetime(1900, 3, 1)
Dress = tuple[str, str, bool]
Reader = Callable[[str], str] | pl.Expr | str


def as_dressed(
    rows: pl.DataFrame, places: pl.DataFrame, dresses: list[Dress], from_1904: bool
) -> tuple[pl.DataFrame, dict[int, pl.Series]]:
    """The rows with durations and per cents as shown, and for each column with codes or words, its texts as a person sees them.

    `places` has row, column and dress (a place in `dresses`) of each cell that is not shown in full.
    """
    groups = [(int(at), dresses[dress], cells["row"]) for (at, dress), cells in places.group_by("column", "dress", maintain_order=True)]
    for at, dress, place in groups:
        if dress[0] not in (CODE, SHOWN):
            rows = rows.with_columns(_scattered(rows[str(at)], place, _reader(dress, from_1904)))
    shown: dict[int, pl.Series] = {}
    for at, dress, place in groups:
        if dress[0] in (CODE, SHOWN):
            shown[at] = _scattered(shown.get(at, rows[str(at)]), place, _reader(dress, from_1904))
    return rows, shown


def _scattered(texts: pl.Series, place: pl.Series, read: Reader) -> pl.Series:
    """The texts, with those in some places converted."""
    if isinstance(read, str):
        return texts.scatter(place, read)
    here = texts.gather(place)
    if isinstance(read, pl.Expr):
        return texts.scatter(place, here.to_frame("text").select(read).to_series())
    known = [dress for dress in here.unique().to_list() if dress is not None]
    if not known:
        return texts
    return texts.scatter(place, here.replace(known, [read(dress) for dress in known]))


def _reader(dress: Dress, from_1904: bool) -> Reader:
    """One text for all, an expression, or a function for each different text. An expression is faster, and most codes are plain."""
    kind, code, is_text = dress
    if kind == DURATION:
        return lambda text: _duration(text, from_1904)
    if kind == PER_CENT:
        return as_per_cent
    if kind == CODE and not is_text and (padded := padding(code)):
        before, width, behind = padded
        filled = pl.concat_str(pl.lit(before), pl.col("text").str.zfill(width), pl.lit(behind))
        return pl.when(pl.col("text").str.contains(r"^\d+$")).then(filled).otherwise(pl.col("text"))
    if kind == CODE:
        return lambda text: as_shown(text, code, is_text)
    return code


def _duration(text: str, from_1904: bool) -> str:
    """The hours of a cell that the reader took for a time on a day. A text that is no time is returned as it is."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    start = BEFORE_IN_1904 if from_1904 else BEFORE if time < MARCH_1900 else BEFORE_AFTER_FEBRUARY
    return as_duration(Decimal((time - start) / timedelta(microseconds=1)) / 3_600_000_000)
