"""Formats whose records name their columns: Parquet and JSON lines, to texts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from ingestion.reading.decode import to_utf8
from ingestion.reading.limits import LARGEST_UNPACKED, MEBIBYTE, check_lines
from ingestion.reading.sheet import Body, Misfit, Sheet, body_of
from ingestion.refusal import refuse

BATCH = 20_000
LONGEST_NUMBER = 400
NO_OBJECT = "The line is no JSON object of texts, numbers and truths. Fix: write one object a line, with each column's name once"


def open_parquet(content: bytes) -> Sheet:
    """A Parquet file; row 1 is its first. Raises FileRefused for a damaged file, or one that unpacks to too much."""
    damaged = refuse("unreadable_file", "the Parquet file is damaged (cut off on the way?). Send it again")
    try:
        opened = parquet.ParquetFile(pa.BufferReader(content))
        groups = [opened.metadata.row_group(at).total_byte_size for at in range(opened.metadata.num_row_groups)]
        cells = opened.metadata.num_rows * opened.metadata.num_columns
    except (pa.ArrowException, OSError, ValueError):
        raise damaged from None
    if sum(groups) > LARGEST_UNPACKED or cells * 4 > LARGEST_UNPACKED:
        says = f"the Parquet file would unpack to {max(sum(groups), cells * 4) // MEBIBYTE:,} MB"
        raise refuse("too_large", f"{says}. Send the extract in several parts")
    names = list(opened.schema_arrow.names)

    def below(_place: int, _width: int) -> Iterator[Body]:
        try:
            read = pl.DataFrame(opened.read().rename_columns([str(at) for at in range(len(names))]))
        except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError):
            raise damaged from None
        yield body_of(_numbered(pl.DataFrame([_texts(column) for column in read])))

    return Sheet(None, [names], below)


def _texts(column: pl.Series) -> pl.Series:
    if column.dtype.is_nested() or column.dtype == pl.Binary:
        return pl.Series(column.name, [None if one is None else _nested(one) for one in column.to_list()], dtype=pl.String)
    if column.dtype == pl.Datetime:
        return column.dt.strftime("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
    return column.cast(pl.String)


def _nested(value: object) -> str:
    return json.dumps(value, default=lambda one: one.hex() if isinstance(one, bytes) else str(one), ensure_ascii=False)


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
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not all(isinstance(one, tuple) for one in pairs):
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


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_row_index("source_row", 1).with_columns(pl.col("source_row").cast(pl.Int32))
