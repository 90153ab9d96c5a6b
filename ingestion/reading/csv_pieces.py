"""In the limited process: the text of a CSV or TSV, as it comes, split into columns piece by piece.

Imports no polars, so that the process starts fast and its limit of memory holds for what it reads.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingestion.reading.size_limits import LONGEST_LINE
from ingestion.refusal import refuse

HEAD_BYTES = 1 << 20
SOME_BYTES = 1 << 12
# The rows of so many pieces are given together.
PIECES_TOGETHER = 16
# Blank lines have far more cells than bytes. So the number of cells in a piece, and in several together, is limited.
CELLS_AT_A_TIME = 1 << 22
LEAST_TEXT = 1 << 9
CELLS_TOGETHER = 1 << 23
# A record that is longer than this has a quotation mark that was never closed.
LONGEST_RECORD = 1 << 25
# A file with more rows than these that do not fit its header is not the table that its mapping describes.
MOST_MISFITS = 100_000
# Systems write ="00123" so that Excel keeps the zeros. The value is the text between the quotation marks.
WRAPPED_TEXT = re.compile(rb'="')


@dataclass(frozen=True)
class Misfit:
    """A row that cannot be split into columns: its number, why, and its first field."""

    row: int
    says: str
    start: str = ""


@dataclass(frozen=True)
class Piece:
    """Rows of a text as columns. `records` counts them and the misfits among them, of which the first follows `rows_above` others.

    `wrapped` says whether a value may be written as a formula.
    """

    table: pa.Table
    rows_above: int
    records: int
    misfits: dict[int, Misfit]
    wrapped: bool

    @property
    def cells(self) -> int:
        return int(self.table.num_rows) * int(self.table.num_columns)


def split(wanted: dict[str, Any], more: Callable[[], bytes]) -> Iterator[tuple[dict[str, Any], pa.Table]]:
    """The rows of a text in portions, each with its facts. `more` gives the text's next bytes, and none at its end.

    Raises FileRefused.
    """
    rows = _Rows(wanted["width"], wanted["delimiter"], wanted["short_rows"], wanted["text_at_a_time"])
    some: list[Piece] = []
    for piece in rows.pieces(_Incoming(more), wanted["rows_above"]):
        some.append(piece)
        if len(some) == PIECES_TOGETHER or sum(one.cells for one in some) > CELLS_TOGETHER:
            yield _told(some)
            some = []
    if some:
        yield _told(some)


def _told(pieces: list[Piece]) -> tuple[dict[str, Any], pa.Table]:
    about = {
        "rows_above": pieces[0].rows_above,
        "records": sum(piece.records for piece in pieces),
        "misfits": [[misfit.row, misfit.says, misfit.start] for piece in pieces for _, misfit in sorted(piece.misfits.items())],
        "wrapped": any(piece.wrapped for piece in pieces),
    }
    return about, pa.concat_tables([piece.table for piece in pieces])


class _Incoming:
    """A text that comes in pieces: as much of it as is wanted is kept, and little more."""

    def __init__(self, more: Callable[[], bytes]) -> None:
        self.more = more
        self.kept = b""
        self.at = 0
        self.is_all = False

    def first(self, size: int) -> memoryview:
        """The next bytes: so many of them, unless the text is shorter."""
        if len(self.kept) - self.at < size and not self.is_all:
            parts = [self.kept[self.at :]]
            while sum(map(len, parts)) < size and not self.is_all:
                parts.append(self.more())
                self.is_all = not parts[-1]
            self.kept, self.at = b"".join(parts), 0
        return memoryview(self.kept)[self.at : self.at + size]

    def drop(self, size: int) -> None:
        self.at += size

    def ends_at(self, size: int) -> bool:
        """Whether the text has no more bytes than these."""
        return len(self.first(size + 1)) <= size


class _Rows:
    """The rows of a text with a given number of fields per row, split into columns in portions."""

    def __init__(self, width: int, delimiter: str, short_rows: bool, text_at_a_time: int) -> None:
        self.text_at_a_time = text_at_a_time
        self.names = [str(at) for at in range(width)]
        self.delimiter = delimiter
        self.short_rows = short_rows
        self.ragged = False
        self.misfits: list[int] = []

    def pieces(self, incoming: _Incoming, rows_above: int) -> Iterator[Piece]:
        """Pieces of whole records, cut by bytes alone, so that the same text always gives the same pieces."""
        if not incoming.first(1):
            names = pa.schema([(name, pa.string()) for name in self.names])
            yield Piece(names.empty_table(), rows_above, 0, {}, wrapped=False)
        while start := incoming.first(self.text_at_a_time):
            size = self._size(start)
            while (piece := self._whole(incoming, size, rows_above)) is None:
                size *= 2
            yield piece
            self.misfits += piece.misfits
            rows_above += piece.records

    def _whole(self, incoming: _Incoming, size: int, rows_above: int) -> Piece | None:
        """The records in the next bytes, which are then dropped. None if no record ends there for certain."""
        is_last = incoming.ends_at(size)
        # How far down the end of a record is looked for.
        is_far = size > LONGEST_RECORD
        text = incoming.first(size)
        if not is_last:
            # The two characters of a line end must stay together.
            text = incoming.first(size + (bytes(incoming.first(size + 1)[-2:]) == b"\r\n"))
            text = text[: _end_of_a_line(text) or (_after_last(text, _newline(text)) if is_far else 0)]
        if not text:
            return None
        try:
            piece = self._piece(text, rows_above, is_last or is_far)
        except _OpenQuote:
            return None
        incoming.drop(len(text))
        return piece

    def _size(self, text: memoryview) -> int:
        """How many bytes of a text are split into columns at once. Fewer if the lines are so short that they have too many cells."""
        lines = _lines(text)
        return min(self.text_at_a_time, max(LEAST_TEXT, self.text_at_a_time * CELLS_AT_A_TIME // max(1, lines * len(self.names))))

    def _piece(self, text: memoryview, rows_above: int, is_last: bool) -> Piece:
        """The rows of a text. Raises _OpenQuote if the text ends within quotation marks and is not the last."""
        try:
            read, misfits = self._table(text, rows_above)
            if self.ragged:
                read, misfits = self._table(self._squared(text, rows_above, is_last), rows_above)
        except pa.ArrowInvalid:
            self._merged_rows(text, rows_above, is_last)
            raise refuse("unreadable_file", "the rows cannot be split into fields. Check `file.delimiter` in the mapping") from None
        records = read.num_rows + len(misfits)
        if records < _lines(text) or not _is_closed(text, self.delimiter):
            merged = self._merged_rows(text, rows_above, is_last)
            numbers = (row for row in range(rows_above + 1, rows_above + records + 1) if row not in misfits)
            read = read.filter(pa.array([row not in merged for row in numbers], pa.bool_()))
            misfits |= merged
        return Piece(read, rows_above, records, misfits, WRAPPED_TEXT.search(text) is not None)

    def _table(self, text: memoryview, rows_above: int) -> tuple[pa.Table, dict[int, Misfit]]:
        """The rows with as many fields as the header, and each other row by its number."""
        misfits: dict[int, Misfit] = {}
        most = MOST_MISFITS - len(self.misfits)
        self.ragged = False

        def misfit(row: arrow_csv.InvalidRow) -> str:
            if self._fits(row.text):
                self.ragged = True
                return "skip"
            if len(misfits) == most:
                return "error"
            says = f"The row has {row.actual_columns} fields, the header has {len(self.names)}"
            number = (row.number or 0) + rows_above
            start = row.text.split(self.delimiter)[0].strip('"')
            advice = "put values with a delimiter in them into quotation marks"
            if (row.actual_columns or 0) < len(self.names):
                advice = "send the row whole, or set `file.short_rows: fill` in the mapping if rows lack empty fields at their end"
            misfits[number] = Misfit(number, f"{says}. Fix: {advice}", start=start)
            return "skip"

        # One thread only: the numbers of misfits are then known, and two threads need twice the processor time for the same rows.
        # Decoding has already checked that the text is UTF-8.
        try:
            read = arrow_csv.read_csv(
                pa.BufferReader(pa.py_buffer(text)),
                read_options=arrow_csv.ReadOptions(column_names=self.names, use_threads=False, block_size=len(text) + 1),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=misfit
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(self.names, pa.string()), strings_can_be_null=False, check_utf8=False
                ),
            )
        except pa.ArrowInvalid:
            if len(misfits) < most:
                raise
            first = min([*self.misfits, *misfits])
            says = f"more than {MOST_MISFITS:,} rows have more or fewer fields than the header, the first is row {first}"
            advice = "Check `file.delimiter` in the mapping, and that values with a delimiter in them stand in quotation marks"
            raise refuse("unreadable_file", f"{says}. {advice}", first) from None
        return read, misfits

    def _fits(self, text: str) -> bool:
        """Whether a record with more or fewer fields is a row of the table:

        the extra fields are empty, or only fields that may be missing are missing.
        """
        try:
            record = next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter), [])
        except csv.Error:
            return False
        width = len(self.names)
        return not any(record[width:]) if len(record) > width else self.short_rows

    def _squared(self, text: memoryview, rows_above: int, is_last: bool) -> memoryview:
        """The text, with each such record given as many fields as the header. Raises as `_merged_rows` does for an open quotation mark."""
        width = len(self.names)
        written = io.StringIO(newline="")
        writer = csv.writer(written, delimiter=self.delimiter, lineterminator="\n")
        try:
            for record in _records(text, self.delimiter):
                lacks = 0 < len(record) < width and self.short_rows
                spare = len(record) > width and not any(record[width:])
                writer.writerow((record + [""] * width)[:width] if lacks or spare else record)
        except _OpenQuote:
            self._merged_rows(text, rows_above, is_last)
        return memoryview(written.getvalue().encode())

    def _merged_rows(self, text: memoryview, rows_above: int, is_last: bool) -> dict[int, Misfit]:
        """Records over several lines are good if their quoted fields are closed and hold no rows.

        An open quotation mark swallows the rows below it, up to the next quotation mark. Raises FileRefused if there is none.
        Returns, by its number, each record with a field that looks like the rest of one row and the beginning of another.
        """
        row, between = rows_above + 1, len(self.names) - 1
        merged = {}
        try:
            for record in _records(text, self.delimiter):
                if between and any("\n" in field and field.count(self.delimiter) == field.count("\n") * between for field in record):
                    says = "A quoted value runs over the row's end and seems to hold other rows. Fix: close the quotation mark"
                    merged[row] = Misfit(row, says)
                row += 1
        except _OpenQuote:
            if not is_last:
                raise
            says = f"a quotation mark opened in row {row} is not closed, so that rows run into each other"
            raise refuse("unreadable_file", f"{says}. Correct the quotation marks, or send the extract again", row) from None
        return merged


class _OpenQuote(Exception):
    """A piece of text ends within quotation marks, so its last record ends further down."""


def _end_of_a_line(text: memoryview) -> int:
    """Where the last line of a text ends, with all quotation marks above it paired. 0 if no line does."""
    newline = _newline(text)
    end = _after_last(text, newline)
    quotes = _count(text[:end], b'"')
    while quotes % 2:
        above = _after_last(text[: end - 1], newline)
        quotes -= _count(text[above:end], b'"')
        end = above
    return end


def _newline(text: memoryview) -> bytes:
    """The last character of the line ends of a text."""
    return b"\n" if _after_last(text, b"\n") else b"\r"


def _after_last(text: memoryview, character: bytes) -> int:
    """The place after the last occurrence of a character in a text, or 0 if there is none."""
    for end in range(len(text), 0, -SOME_BYTES):
        start = max(0, end - SOME_BYTES)
        found = bytes(text[start:end]).rfind(character)
        if found >= 0:
            return start + found + 1
    return 0


def _count(text: memoryview, character: bytes) -> int:
    return sum(bytes(text[start : start + HEAD_BYTES]).count(character) for start in range(0, len(text), HEAD_BYTES))


def _is_closed(text: memoryview, delimiter: str) -> bool:
    """Whether a text with one record per line ends with its last record, and not within quotation marks."""
    end = bytes(text[-LONGEST_LINE:]).rstrip(b"\r\n")
    line = end[max(end.rfind(b"\n"), end.rfind(b"\r")) + 1 :]
    try:
        return b'"' not in line or len(list(_records(memoryview(line), delimiter))) == 1
    except _OpenQuote:
        return False


def _records(text: memoryview, delimiter: str) -> Iterator[list[str]]:
    """The records of a text. Raises _OpenQuote if the record after the last one given is not closed, or is longer than any field."""
    # A last line without an end would run into the line after it, and an open quotation mark in it would not be seen.
    ended = text if bytes(text[-1:]) in (b"\n", b"\r") else bytes(text) + b"\n"
    lines = io.TextIOWrapper(io.BytesIO(ended), encoding="utf-8", newline="")
    after = "the line after the text"
    reader = csv.reader(chain(lines, [after]), delimiter=delimiter)
    try:
        before = next(reader)
        for record in reader:
            yield before
            before = record
    except csv.Error:
        raise _OpenQuote from None
    if before != [after]:
        raise _OpenQuote


def _lines(text: memoryview) -> int:
    counted = _count(text, b"\n") or _count(text, b"\r")
    return counted + (bytes(text[-1:]) not in (b"\n", b"\r"))
