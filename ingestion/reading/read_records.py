"""Formats whose records name their columns: Parquet and JSON lines, to texts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import pyarrow as pa
from pyarrow import compute, parquet

from ingestion.reading.decode import to_utf8
from ingestion.reading.places import columns_at
from ingestion.reading.sheet import Body, Misfit, Sheet, body_of
from ingestion.reading.size_limits import LARGEST_UNPACKED, MEBIBYTE, check_lines, check_width
from ingestion.refusal import is_panic, refuse

BATCH = 20_000
TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary, pa.types.is_large_binary)
LONGEST_NUMBER = 400
# From here on a floating number no longer has all digits of a whole one.
EXACT = 2**53
NO_OBJECT = "The line is no JSON object of texts, numbers and truths. Fix: write one object a line, with each column's name once"


def open_parquet(content: bytes) -> Sheet:
    """A Parquet file; row 1 is its first. Raises FileRefused for a damaged file, or one that unpacks to too much."""
    with _undamaged():
        opened = parquet.ParquetFile(pa.BufferReader(content))
        # A text that stands in many rows is kept once in the file. Read the same way, it is counted before it takes its place in each row.
        once = [field.name for field in opened.schema_arrow if any(is_kind(field.type) for is_kind in TEXTS)]
        opened = parquet.ParquetFile(pa.BufferReader(content), read_dictionary=once)
        groups = [opened.metadata.row_group(at).total_byte_size for at in range(opened.metadata.num_row_groups)]
        cells = opened.metadata.num_rows * opened.metadata.num_columns
    _check_unpacked(max(sum(groups), cells * 4))
    names = list(opened.schema_arrow.names)
    flat = [at for at, field in enumerate(opened.schema_arrow) if not pa.types.is_nested(field.type)]

    def below(_place: int, _width: int) -> Iterator[Body]:
        with _undamaged():
            read = opened.read(columns=[names[at] for at in flat])
            _check_unpacked(sum(_unpacked(piece) for column in read.columns for piece in column.chunks))
            frame = pl.DataFrame(read.rename_columns([str(at) for at in flat]))
            texts = {column.name: _texts(column) for column in frame}
        numbers = pl.Series("source_row", range(1, opened.metadata.num_rows + 1), dtype=pl.Int32)

        def column(at: int) -> pl.Series:
            if at not in flat:
                says = f"{columns_at([at])} holds lists or records, expected a text, number, date or truth a row"
                raise refuse("unreadable_file", f"{says}. Send it with a value a cell")
            return texts[str(at)]

        yield Body(numbers, column)

    return Sheet(None, [names], below)


@contextmanager
def _undamaged() -> Iterator[None]:
    """Refuse a file at which a reader fails. Native code may panic, which is no Exception, also at days that no calendar has."""
    try:
        yield
    except BaseException as error:
        known = isinstance(error, (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError))
        if not known and not is_panic(error):
            raise
        says = "the Parquet file is damaged (cut off on the way?), or holds values of a kind that is not read"
        raise refuse("unreadable_file", f"{says}. Send it again, with days and numbers as such or as texts") from None


def _check_unpacked(size: int) -> None:
    if size > LARGEST_UNPACKED:
        raise refuse("too_large", f"the Parquet file would unpack to {size // MEBIBYTE:,} MB. Send the extract in several parts")


def _unpacked(piece: pa.Array) -> int:
    """How many bytes a piece of a column has once each of its texts stands in its own row."""
    if not pa.types.is_dictionary(piece.type):
        return int(piece.nbytes)
    return compute.sum(compute.binary_length(piece.dictionary).take(piece.indices).cast(pa.int64())).as_py() or 0


def _texts(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Binary:
        column = column.bin.encode("hex")
    if column.dtype == pl.Datetime:
        return column.dt.strftime("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
    if column.dtype.is_float():
        column = column.fill_nan(None)
        # Whole numbers among which some are missing: pandas has no other way to keep them.
        if ((column == column.round()) & (column.abs() < EXACT)).all():
            column = column.cast(pl.Int64)
    return column.cast(pl.String)


def open_jsonl(content: bytes, encoding: str) -> Sheet:
    """JSON lines; the columns are the names that any line has, in the order in which they come."""
    text = to_utf8(content, encoding)
    check_lines(text)
    names: dict[str, None] = {}
    batches: list[pl.DataFrame] = []
    misfits: list[Misfit] = []
    batch: list[tuple[int, dict[str, str | None]]] = []
    for number, line in enumerate(io.BytesIO(text), start=1):
        record = _record(line)
        if record is None:
            misfits.append(Misfit(number, NO_OBJECT, "not_an_object"))
            continue
        names |= dict.fromkeys(record)
        check_width(len(names))
        batch.append((number, record))
        if len(batch) == BATCH:
            batches.append(_batch(batch))
            batch = []
    batches.append(_batch(batch))
    header = list(names)

    def below(_place: int, _width: int) -> Iterator[Body]:
        rows = pl.concat(batches, how="diagonal")
        places = [pl.col(f"={name}").alias(str(at)) for at, name in enumerate(header)]
        yield body_of(rows.select("source_row", *places), tuple(misfits))

    return Sheet(None, [header], below)


def _record(line: bytes) -> dict[str, str | None] | None:
    """A line's object as texts, each as it is written; a blank line is one without columns; None if it is no such object."""
    if not line.strip():
        return {}
    try:
        pairs = json.loads(line, parse_float=str, parse_int=_digits, parse_constant=str, object_pairs_hook=list)
        if b"\\u" in line:
            # Half of a pair of escapes is no character, and cannot be written.
            json.dumps(pairs, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        return None
    record = {name: _text(value) for name, value in pairs}
    return record if len(record) == len(pairs) else None


def _digits(text: str) -> str:
    return text[:LONGEST_NUMBER]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _batch(records: list[tuple[int, dict[str, str | None]]]) -> pl.DataFrame:
    names: Iterator[str] = iter(dict.fromkeys(name for _, record in records for name in record))
    # A name of its own for each column: a file may call one source_row.
    columns = {f"={name}": pl.Series([record.get(name) for _, record in records], dtype=pl.String) for name in names}
    return pl.DataFrame({"source_row": pl.Series([number for number, _ in records], dtype=pl.Int32)} | columns)
