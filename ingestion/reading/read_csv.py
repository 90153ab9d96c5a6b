"""CSV and TSV to texts. Every record counts as a row, blank ones too, so that the row numbers are those that Excel shows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingestion.reading.decode import to_utf8
from ingestion.reading.limits import check_lines
from ingestion.reading.sheet import HEAD_ROWS, Body, Misfit, Sheet, body_of
from ingestion.refusal import refuse

HEAD_BYTES = 1 << 20
BLOCK = 1 << 21
# A file with more rows than these that do not fit its header is not the table that its mapping describes.
MOST_MISFITS = 100_000
# Systems write ="00123" so that Excel keeps the zeros; it is the text between the quotation marks.
WRAPPED = '^="([^"]*)"$'
WRAPPED_TEXT = re.compile(rb'="')


def open_csv(content: bytes, encoding: str, delimiter: str) -> Sheet:
    """A CSV's head and body. Raises FileRefused where the text is in another encoding, or a quotation mark is left open."""
    check_lines(content)
    text = to_utf8(content, encoding)
    head, ends = _head(text, delimiter)

    def below(place: int, width: int) -> Body:
        return _body(text[ends[place] :], place + 1, width, delimiter)

    return Sheet(None, head, below)


def _head(text: memoryview, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first records, and where each ends in the text."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in io.StringIO(bytes(text[:HEAD_BYTES]).decode(errors="ignore"), newline=""):
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


def _body(text: memoryview, rows_above: int, width: int, delimiter: str) -> Body:
    names = [str(at) for at in range(width)]
    if not text:
        return body_of(pl.DataFrame(schema={"source_row": pl.Int32} | dict.fromkeys(names, pl.String)))
    try:
        read, misfits = _table(text, rows_above, names, delimiter)
    except pa.ArrowInvalid:
        _merged_rows(text, rows_above, width, delimiter)
        raise refuse("unreadable_file", "the rows cannot be split into fields. Check `file.delimiter` in the mapping") from None
    numbers = _numbers(read.num_rows, list(misfits), rows_above)
    if read.num_rows + len(misfits) < _lines(text):
        merged = _merged_rows(text, rows_above, width, delimiter)
        misfits |= merged
        kept = ~numbers.is_in(list(merged))
        numbers, read = numbers.filter(kept), read.filter(kept.to_arrow())
    wrapped = WRAPPED_TEXT.search(text) is not None

    def column(at: int) -> pl.Series:
        # In the pieces in which it was read: to put them together would need the memory twice.
        texts = pl.Series(str(at), pl.from_arrow(read.column(at), rechunk=False), dtype=pl.String)
        return texts.str.replace(WRAPPED, "$1") if wrapped else texts

    return Body(numbers, column, tuple(misfits.values()))


def _table(text: memoryview, rows_above: int, names: list[str], delimiter: str) -> tuple[pa.Table, dict[int, Misfit]]:
    """The rows with as many fields as the header has, and each other row by its number."""
    width = len(names)
    misfits: dict[int, Misfit] = {}

    def misfit(row: arrow_csv.InvalidRow) -> str:
        if len(misfits) == MOST_MISFITS:
            return "error"
        says = f"The row has {row.actual_columns} fields, the header has {width}. Fix: put values with a delimiter in them into quotation marks"
        number = (row.number or 0) + rows_above
        misfits[number] = Misfit(number, says, start=row.text.split(delimiter)[0].strip('"'))
        return "skip"

    # In one thread: only then are the numbers of misfits known, and two threads need twice the time of the processor for the same rows.
    # The text was found to be UTF-8 when it was decoded.
    try:
        read = arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(text)),
            read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=misfit
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        if len(misfits) < MOST_MISFITS:
            raise
        says = f"more than {MOST_MISFITS:,} rows have more or fewer fields than the header, the first is row {min(misfits)}"
        advice = "Check `file.delimiter` in the mapping, and that values with a delimiter in them stand in quotation marks"
        raise refuse("unreadable_file", f"{says}. {advice}", min(misfits)) from None
    return read, misfits


def _lines(text: memoryview) -> int:
    counted = sum(bytes(text[start : start + HEAD_BYTES]).count(b"\n") for start in range(0, len(text), HEAD_BYTES))
    counted = counted or bytes(text).count(b"\r")
    return counted + (bytes(text[-1:]) not in (b"\n", b"\r"))


def _merged_rows(text: memoryview, rows_above: int, width: int, delimiter: str) -> dict[int, Misfit]:
    """Records over several lines are good if their quoted fields are closed, and do not hold rows.

    An open quotation mark swallows the rows below it up to the next one. Raises FileRefused where there is no next one; returns
    each record with a field that looks like the rest of a row and the beginning of another, by its number.
    """
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    row = rows_above + 1
    merged = {}
    try:
        for record in reader:
            if width > 1 and any("\n" in field and field.count(delimiter) == field.count("\n") * (width - 1) for field in record):
                says = "A quoted value runs over the row's end and seems to hold other rows. Fix: close the quotation mark"
                merged[row] = Misfit(row, says)
            row += 1
    except csv.Error:
        says = f"a quotation mark opened in row {row} is not closed, so that rows run into each other"
        raise refuse("unreadable_file", f"{says}. Correct the quotation marks, or send the extract again", row) from None
    return merged


def _numbers(count: int, misfits: list[int], rows_above: int) -> pl.Series:
    """The numbers of the rows that were read, with gaps where the misfits are."""
    numbers = pl.Series("source_row", range(rows_above + 1, rows_above + count + len(misfits) + 1), dtype=pl.Int32)
    return numbers.filter(~numbers.is_in(misfits)) if misfits else numbers
