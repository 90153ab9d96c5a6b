"""Formats whose records name their columns, to texts: Parquet and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa

from ingestion.reading.decode import Utf8
from ingestion.reading.limited_process import conversation, table_of, text_conversation
from ingestion.reading.limited_worker import JSON_LINES, PARQUET, TOO_LARGE
from ingestion.reading.places import columns_at
from ingestion.reading.sheet import Body, Misfit, Sheet
from ingestion.reading.size_limits import (
    LARGEST_UNPACKED,
    MEBIBYTE,
    RATIO,
    RATIO_FROM,
    check_lines,
    check_rows,
)
from ingestion.refusal import FileRefused, is_panic, refuse

# From here on a floating-point number no longer holds all digits of a whole number.
EXACT = 2**53
NO_OBJECT = "The line is no JSON object of texts, numbers and truths. Fix: write one object a line, with each column's name once"


def open_parquet(content: bytes) -> Sheet:
    """A Parquet file. Its first row is row 1. Raises FileRefused for a damaged file, or one that unpacks to too much."""
    about, pieces = _read_parquet(content)
    names, flat, rows = about["names"], about["flat"], about["rows"]
    check_rows(rows)

    def below(_place: int, _width: int) -> Iterator[Body]:
        with _undamaged():
            texts = {name: _texts(column) for name, column in _columns(pieces)}
        numbers = pl.Series("source_row", range(1, rows + 1), dtype=pl.Int32)

        def column(at: int) -> pl.Series:
            if at not in flat:
                says = f"{columns_at([at])} holds lists or records, expected a text, number, date or truth a row"
                raise refuse("unreadable_file", f"{says}. Send it with a value a cell")
            return texts.get(str(at), pl.Series(str(at), dtype=pl.String))

        yield Body(numbers, column)

    return Sheet(None, [names], below)


def _read_parquet(content: bytes) -> tuple[dict[str, Any], list[pa.Table]]:
    """The facts of a file, and its rows as they came. Raises FileRefused."""
    wanted = {"format": PARQUET, "unpacked": min(LARGEST_UNPACKED, max(RATIO_FROM, RATIO * len(content)))}
    pieces = []
    with conversation(content, wanted, len(content), _unreadable) as talk:
        about = json.loads(talk.hear())
        while "ended" not in about and (message := talk.hear()):
            if message.startswith(b"{"):
                about |= json.loads(message)
            else:
                pieces.append(table_of(message))
        if "ended" in about:
            talk.hear()
    if about.get("ended") == TOO_LARGE:
        says = f"the Parquet file would unpack to {about['size'] // MEBIBYTE:,} MB, or has very many groups of rows"
        raise refuse("too_large", f"{says}. Send the extract in several parts")
    if "ended" in about or sum(piece.num_rows for piece in pieces) != about["rows"] * bool(about["flat"]):
        raise _unreadable(has_reached_limit=False)
    return about, pieces


def _unreadable(has_reached_limit: bool) -> FileRefused:
    if has_reached_limit:
        says = "the Parquet file takes far more memory or time than one of its size: its footer may state false sizes"
        return refuse("too_large", f"{says}. Write it anew from the system, and send it again")
    says = "the Parquet file is damaged (cut off on the way?), or holds values of a kind that is not read"
    return refuse("unreadable_file", f"{says}. Send it again, with days and numbers as such or as texts")


def _columns(pieces: list[pa.Table]) -> Iterator[tuple[str, pl.Series]]:
    """The columns of pieces of a table, each made when it is asked for."""
    if pieces:
        whole = pa.concat_tables(pieces)
        for name in whole.column_names:
            yield name, pl.DataFrame(whole.select([name])).to_series()


@contextmanager
def _undamaged() -> Iterator[None]:
    """Refuse a file if a conversion fails. Native code may panic, which is no Exception, for example at days that are in no calendar."""
    try:
        yield
    except BaseException as error:
        known = isinstance(error, (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError))
        if not known and not is_panic(error):
            raise
        raise _unreadable(has_reached_limit=False) from None


def _texts(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Binary:
        column = column.bin.encode("hex")
    if column.dtype == pl.Datetime:
        return column.dt.strftime("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
    if column.dtype.is_float():
        column = column.fill_nan(None)
        # Whole numbers with missing values among them: pandas can keep them only in this way.
        if ((column == column.round()) & (column.abs() < EXACT)).all():
            column = column.cast(pl.Int64)
    return column.cast(pl.String)


def open_jsonl(content: bytes, encoding: str) -> Sheet:
    """JSON lines. The columns are the names that any line has, in the order in which they appear."""
    check_lines(content)
    text = Utf8(content, encoding)
    text.check()
    batches: list[pl.DataFrame] = []
    about: dict[str, Any] = {}
    with text_conversation({"format": JSON_LINES}, text.pieces(), len(content)) as talk:
        while message := talk.hear():
            about |= json.loads(message)
            batches.append(talk.hear_frame())
    misfits = tuple(Misfit(row, NO_OBJECT, "not_an_object") for row in about["misfits"])

    def below(_place: int, _width: int) -> Iterator[Body]:
        # A line may have only a few of the names. All rows with all names could be far larger than the file.
        yield Body(pl.Series("source_row", dtype=pl.Int32), lambda at: pl.Series(str(at), dtype=pl.String), misfits)
        for rows in batches:
            yield Body(rows["row"].alias("source_row"), partial(_column, rows))

    return Sheet(None, [about["names"]], below)


def _column(rows: pl.DataFrame, at: int) -> pl.Series:
    """A column's texts. Empty if no line of the batch has the column."""
    name = str(at)
    return rows[name] if name in rows.columns else pl.repeat(None, rows.height, dtype=pl.String, eager=True).alias(name)
