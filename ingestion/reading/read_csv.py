"""From CSV and TSV to texts. Every record counts as a row, even a blank one, so that row numbers are those that Excel shows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import polars as pl
import pyarrow as pa

from ingestion.reading.decode import Utf8
from ingestion.reading.limited_process import text_conversation
from ingestion.reading.sheet import HEAD_ROWS, Body, Misfit, Sheet
from ingestion.reading.size_limits import check_lines
from ingestion.refusal import refuse

HEAD_BYTES = 1 << 20
# Text that fits the processor's own memory is split into columns in half the time.
TEXT_AT_A_TIME = 1 << 21
WRAPPED = '^="([^"]*)"$'


def open_csv(content: bytes, encoding: str, delimiter: str, short_rows: bool = False) -> Sheet:
    """A CSV's head and body. With `short_rows`, fields that a row lacks at its end are empty.

    Raises FileRefused if the text is in another encoding, or if a quotation mark is not closed.
    """
    check_lines(content)
    text = Utf8(content, encoding)
    text.check()
    head, ends = _head(text.first(HEAD_BYTES), delimiter)

    def below(place: int, width: int) -> Iterator[Body]:
        wanted = {"width": width, "delimiter": delimiter, "short_rows": short_rows, "rows_above": place + 1}
        with text_conversation(
            {"format": "csv", "text_at_a_time": TEXT_AT_A_TIME} | wanted, text.pieces(ends[place]), len(content)
        ) as talk:
            while message := talk.hear():
                yield _body(json.loads(message), talk.hear_table())

    return Sheet(None, head, below)


def _head(text: bytes, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first records, and where each ends in the text."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in io.StringIO(text.decode(errors="ignore"), newline=""):
            taken += len(line.encode())
            yield line

    head, ends = [], []
    try:
        for record in islice(csv.reader(lines(), delimiter=delimiter), HEAD_ROWS):
            head.append(record)
            ends.append(taken)
    except csv.Error:
        if not head:
            raise refuse("unreadable_file", "not a table: the first row cannot be split into fields. Send the extract again") from None
    return head, ends


def _body(about: dict[str, Any], rows: pa.Table) -> Body:
    first = about["rows_above"] + 1
    misfits = tuple(Misfit(row, says, start=start) for row, says, start in about["misfits"])
    numbers = pl.Series("source_row", range(first, first + about["records"]), dtype=pl.Int32)
    if misfits:
        numbers = numbers.filter(~numbers.is_in([misfit.row for misfit in misfits]))

    def column(at: int) -> pl.Series:
        texts = pl.Series(str(at), pl.from_arrow(rows.column(at)), dtype=pl.String).rechunk()
        return texts.str.replace(WRAPPED, "$1") if about["wrapped"] else texts

    return Body(numbers, column, misfits)
