"""From CSV and TSV to texts. Every record counts as a row, even a blank one, so that row numbers are those that Excel shows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingestion.reading.decode import to_utf8
from ingestion.reading.sheet import HEAD_ROWS, Body, Misfit, Sheet, body_of, joined
from ingestion.reading.size_limits import LONGEST_LINE, check_count_of_lines, check_lines
from ingestion.refusal import refuse

HEAD_BYTES = 1 << 20
SOME_BYTES = 1 << 12
# Text that fits the processor's own memory is split into columns in half the time. The rows of so many such pieces are given together.
TEXT_AT_A_TIME = 1 << 21
PIECES_TOGETHER = 16
# Blank lines have far more cells than bytes. So the number of cells in a piece, and in several together, is limited.
CELLS_AT_A_TIME = 1 << 22
LEAST_TEXT = 1 << 9
CELLS_TOGETHER = 1 << 23
# A file with more rows than these that do not fit its header is not the table that its mapping describes.
MOST_MISFITS = 100_000
# Systems write ="00123" so that Excel keeps the zeros. The value is the text between the quotation marks.
WRAPPED = '^="([^"]*)"$'
WRAPPED_TEXT = re.compile(rb'="')


def open_csv(content: bytes, encoding: str, delimiter: str, short_rows: bool = False) -> Sheet:
    """A CSV's head and body. With `short_rows`, fields that a row lacks at its end are empty.

    Raises FileRefused if the text is in another encoding, or if a quotation mark is not closed.
    """
    check_lines(content)
    text = to_utf8(content, encoding)
    check_count_of_lines(text)
    head, ends = _head(text, delimiter)

    def below(place: int, width: int) -> Iterator[Body]:
        some: list[Body] = []
        for piece in _Rows(width, delimiter, short_rows).bodies(text[ends[place] :], place + 1):
            some.append(piece)
            if len(some) == PIECES_TOGETHER or sum(body.numbers.len() for body in some) * width > CELLS_TOGETHER:
                yield joined(some)
                some = []
        if some:
            yield joined(some)

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


class _Rows:
    """The rows of a text with a given number of fields per row, split into columns in portions."""

    def __init__(self, width: int, delimiter: str, short_rows: bool) -> None:
        self.names = [str(at) for at in range(width)]
        self.delimiter = delimiter
        self.short_rows = short_rows
        self.ragged = False
        self.misfits: list[int] = []

    def bodies(self, text: memoryview, rows_above: int) -> Iterator[Body]:
        """Bodies of whole records, cut by bytes alone, so that the same text always gives the same bodies."""
        if not text:
            yield body_of(pl.DataFrame(schema={"source_row": pl.Int32} | dict.fromkeys(self.names, pl.String)))
        size = self._size(text)
        while text:
            end = _end_of_a_line(text, size)
            try:
                body, records = self._body(text[:end], rows_above, is_last=end == len(text))
            except _OpenQuote:
                size *= 2
                continue
            yield body
            self.misfits += [misfit.row for misfit in body.misfits]
            text, rows_above = text[end:], rows_above + records
            size = self._size(text)

    def _size(self, text: memoryview) -> int:
        """How many bytes of a text are split into columns at once. Fewer if the lines are so short that they have too many cells."""
        lines = _lines(text[:TEXT_AT_A_TIME])
        return min(TEXT_AT_A_TIME, max(LEAST_TEXT, TEXT_AT_A_TIME * CELLS_AT_A_TIME // max(1, lines * len(self.names))))

    def _body(self, text: memoryview, rows_above: int, is_last: bool) -> tuple[Body, int]:
        """The body of a text, and its number of records. Raises _OpenQuote if the text ends within quotation marks and is not the last."""
        try:
            read, misfits = self._table(text, rows_above)
            if self.ragged:
                read, misfits = self._table(self._squared(text, rows_above, is_last), rows_above)
        except pa.ArrowInvalid:
            self._merged_rows(text, rows_above, is_last)
            raise refuse("unreadable_file", "the rows cannot be split into fields. Check `file.delimiter` in the mapping") from None
        records = read.num_rows + len(misfits)
        numbers = _numbers(read.num_rows, list(misfits), rows_above)
        if records < _lines(text) or not _is_closed(text, self.delimiter):
            merged = self._merged_rows(text, rows_above, is_last)
            misfits |= merged
            kept = ~numbers.is_in(list(merged))
            numbers, read = numbers.filter(kept), read.filter(kept.to_arrow())
        wrapped = WRAPPED_TEXT.search(text) is not None

        def column(at: int) -> pl.Series:
            texts = pl.Series(str(at), pl.from_arrow(read.column(at)), dtype=pl.String)
            return texts.str.replace(WRAPPED, "$1") if wrapped else texts

        return Body(numbers, column, tuple(misfits[row] for row in sorted(misfits))), records

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


def _end_of_a_line(text: memoryview, size: int) -> int:
    """Where the last line that ends within about so many bytes ends, with all quotation marks above it paired.

    At the latest the end of the text.
    """
    if size >= len(text):
        return len(text)
    # The two characters of a line end must stay together.
    size += bytes(text[size - 1 : size + 1]) == b"\r\n"
    newline = b"\n" if _after_last(text[:size], b"\n") else b"\r"
    end = _after_last(text[:size], newline)
    quotes = _count(text[:end], b'"')
    while quotes % 2:
        above = _after_last(text[: end - 1], newline)
        quotes -= _count(text[above:end], b'"')
        end = above
    return end or _end_of_a_line(text, size * 2)


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


def _numbers(count: int, misfits: list[int], rows_above: int) -> pl.Series:
    """The numbers of the rows that were read, with gaps for the misfits."""
    numbers = pl.Series("source_row", range(rows_above + 1, rows_above + count + len(misfits) + 1), dtype=pl.Int32)
    return numbers.filter(~numbers.is_in(misfits)) if misfits else numbers
