"""In the limited process: JSON lines, as they come, to columns of texts, batch by batch.

Imports no polars, so that the process starts fast and its limit of memory holds for what it reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from ingestion.reading.size_limits import LONGEST_LINE, check_blank, check_width
from ingestion.refusal import refuse

BATCH = 20_000
CELLS_OF_A_BATCH = 400_000
MOST_MISFITS = 100_000
LONGEST_NUMBER = 400


def records(more: Callable[[], bytes]) -> Iterator[tuple[dict[str, Any], pa.Table]]:
    """The columns of batches of lines. The column `row` has the lines' numbers, and the others are called by the places of their names.

    The last batch, which is empty, has the names, in the order in which they appear, and the numbers of lines that are no objects.
    `more` gives the text's next bytes, and none at its end. Raises FileRefused.
    """
    names: dict[str, int] = {}
    misfits: list[int] = []
    batch: list[tuple[int, dict[str, str | None]]] = []
    of_batch: set[str] = set()
    blank = 0
    for number, line in enumerate(_lines(more), start=1):
        record = _record(line)
        if record is None:
            misfits.append(number)
            if len(misfits) > MOST_MISFITS:
                says = f"more than {MOST_MISFITS:,} lines are no JSON objects, the first is row {misfits[0]}"
                raise refuse("unreadable_file", f"{says}. Send the extract again, with one object a line", misfits[0])
            continue
        for name in record:
            names.setdefault(name, len(names))
        check_width(len(names))
        blank += not record
        check_blank(blank, len(names))
        batch.append((number, record))
        of_batch.update(record)
        if len(batch) == BATCH or len(batch) * len(of_batch) > CELLS_OF_A_BATCH:
            yield {}, _table(batch, of_batch, names)
            batch, of_batch = [], set()
    yield {}, _table(batch, of_batch, names)
    yield {"names": list(names), "misfits": misfits}, _table([], set(), names)


def _lines(more: Callable[[], bytes]) -> Iterator[bytes]:
    rest, given = b"", 0
    while came := more():
        *whole, rest = (rest + came).split(b"\n")
        yield from whole
        given += len(whole)
        if len(rest) > LONGEST_LINE:
            says = f"row {given + 1} is longer than {LONGEST_LINE:,} bytes"
            raise refuse("unreadable_file", f"{says}. Send the extract again with a line feed behind each object", given + 1)
    if rest:
        yield rest


def _table(batch: list[tuple[int, dict[str, str | None]]], of_batch: set[str], names: dict[str, int]) -> pa.Table:
    columns = {"row": pa.array([number for number, _ in batch], pa.int32())}
    for name in sorted(of_batch, key=names.__getitem__):
        columns[str(names[name])] = pa.array([record.get(name) for _, record in batch], pa.string())
    return pa.table(columns)


def _record(line: bytes) -> dict[str, str | None] | None:
    """A line's object as texts, each as it is written. A blank line has no columns. None if the line is no object."""
    if not line.strip():
        return {}
    try:
        pairs = DECODER.decode(line.decode())
        if b"\\u" in line:
            # Half of a surrogate pair is no character, and cannot be written.
            json.dumps(pairs, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        return None
    record = {name: _text(value) for name, value in pairs}
    return record if len(record) == len(pairs) else None


def _digits(text: str) -> str:
    return text[:LONGEST_NUMBER]


# Made once. Making one for each line would take four times as long as reading the line.
DECODER = json.JSONDecoder(parse_float=str, parse_int=_digits, parse_constant=str, object_pairs_hook=list)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
