"""CSV to texts. Every record counts as a row, blank ones too, so that the row numbers are those that Excel shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingestion.refusal import refuse
from ingestion.sheet import HEAD_ROWS, Misfits, Sheet

HEAD_CHARACTERS = 1_000_000


def open_csv(content: bytes, encoding: str, delimiter: str) -> Sheet:
    """A CSV's head and body. Raises FileRefused where the text is in another encoding, or a quotation mark is left open."""
    text = _decode(content, encoding)
    head, ends = _head(text, delimiter)

    def below(place: int, width: int) -> tuple[pl.DataFrame, Misfits]:
        return _body(text[ends[place] :], place + 1, width, delimiter)

    return Sheet(None, head, below)


def _decode(content: bytes, encoding: str) -> str:
    named = encoding.removesuffix("-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        says = f"row {row} holds a character that is not {named}"
        advice = "If the system writes Windows-1252, set `file.encoding: cp1252` in the mapping; if not, send the extract again"
        raise refuse("unreadable_file", f"{says}, the encoding that the mapping names. {advice}", row) from None
    if encoding != "utf-8-sig" and not text.isascii() and _is_utf8(content):
        says = f"the text is UTF-8, but the mapping names {named}: letters with accents and pound signs would be misread"
        raise refuse("unreadable_file", f"{says}. Set `file.encoding: utf-8` in the mapping")
    return text


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _head(text: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first records, and where each ends in the text."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in io.StringIO(text[:HEAD_CHARACTERS], newline=""):
            taken += len(line)
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


def _body(text: str, rows_above: int, width: int, delimiter: str) -> tuple[pl.DataFrame, Misfits]:
    names = [str(at) for at in range(width)]
    if not text:
        return pl.DataFrame(schema={"source_row": pl.Int32} | dict.fromkeys(names, pl.String)), ()
    misfits: dict[int, str] = {}

    def misfit(row: arrow_csv.InvalidRow) -> str:
        says = f"The row has {row.actual_columns} fields, the header has {width}. Fix: put values with a delimiter in them into quotation marks"
        misfits[row.number + rows_above] = says
        return "skip"

    try:
        read = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            # One thread: the row numbers of misfits are only known then.
            read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=misfit
            ),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        _merged_rows(text, rows_above, width, delimiter)
        raise refuse("unreadable_file", "the rows cannot be split into fields. Check `file.delimiter` in the mapping") from None
    rows = _numbered(pl.DataFrame(read), list(misfits), rows_above)
    if rows.height + len(misfits) < _lines(text):
        merged = _merged_rows(text, rows_above, width, delimiter)
        misfits |= merged
        rows = rows.filter(~pl.col("source_row").is_in(list(merged)))
    return rows, tuple(misfits.items())


def _lines(text: str) -> int:
    ends = text.count("\n") or text.count("\r")
    return ends + (not text.endswith(("\n", "\r")))


def _merged_rows(text: str, rows_above: int, width: int, delimiter: str) -> dict[int, str]:
    """Records over several lines are good if their quoted fields are closed, and do not hold rows.

    An open quotation mark swallows the rows below it up to the next one. Raises FileRefused where there is no next one; returns
    the number of each record with a field that looks like the rest of a row and the beginning of another, and what is wrong.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = rows_above + 1
    merged = {}
    try:
        for record in reader:
            if width > 1 and any("\n" in field and field.count(delimiter) == field.count("\n") * (width - 1) for field in record):
                merged[row] = "A quoted value runs over the row's end and seems to hold other rows. Fix: close the quotation mark"
            row += 1
    except csv.Error:
        says = f"a quotation mark opened in row {row} is not closed, so that rows run into each other"
        raise refuse("unreadable_file", f"{says}. Correct the quotation marks, or send the extract again", row) from None
    return merged


def _numbered(rows: pl.DataFrame, misfits: list[int], rows_above: int) -> pl.DataFrame:
    last = rows_above + rows.height + len(misfits)
    numbers = pl.Series("source_row", range(rows_above + 1, last + 1), dtype=pl.Int32)
    if misfits:
        numbers = numbers.filter(~numbers.is_in(misfits))
    return rows.insert_column(0, numbers)
