"""Valid files of each format, changed at random: each is refused, or is read with the rows that an independent reader finds.

`WORKFORCE_FUZZ_SECONDS` says how long this is tried, for all formats together: 20 seconds by default. Ten minutes:
`WORKFORCE_FUZZ_SECONDS=600`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ingestion.reading.extract_table import Block, read
from ingestion.refusal import FileRefused, refused_if_unforeseen
from tests.hostile.trial import MOST_SECONDS
from tests.ingestion.dress import HEADER, Rows, caseload, json_lines, ods, parquet, separated, workbook, zipped
from tests.ingestion.old_books import xls

pytestmark = pytest.mark.wide

SECONDS = float(os.environ.get("WORKFORCE_FUZZ_SECONDS", "20"))
EXAMPLES = 25
ROWS: Rows = [HEADER, *([f"00{number}", "A é" if number % 3 else None, str(number % 40)] for number in range(1, 60))]
# Bytes that mean something in one format or another, besides any byte.
TELLING = [
    b"\x00",
    b"\n",
    b"\r",
    b'"',
    b",",
    b"\xff",
    b"<",
    b"</row>",
    b"[",
    b"{",
    b"\\u0000",
    b"\xe2\x80\x8b",
    b"PK\x01\x02",
    b"\x7f\xff\xff\xff",
]
Rows3 = list[tuple[str, ...]]


@dataclass(frozen=True)
class Change:
    """A change of a file: at a share of its length, some bytes are replaced, put in or taken out."""

    share: float
    kind: str
    content: bytes
    length: int

    def apply(self, file: bytes) -> bytes:
        at = int(self.share * len(file))
        if self.kind == "over":
            return file[:at] + self.content + file[at + len(self.content) :]
        if self.kind == "in":
            return file[:at] + self.content + file[at:]
        if self.kind == "again":
            return file[:at] + file[at : at + self.length] * 2 + file[at + self.length :]
        return file[:at] + file[at + self.length :]


CHANGES = st.lists(
    st.builds(
        Change,
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(["over", "in", "again", "out"]),
        st.one_of(st.sampled_from(TELLING), st.binary(min_size=1, max_size=8)),
        st.integers(1, 200),
    ),
    min_size=1,
    max_size=4,
)


def in_a_part(part: str) -> Callable[[bytes, list[Change]], bytes]:
    """Change a part of a ZIP and pack it again, so that its checksum is right."""

    def change(file: bytes, changes: list[Change]) -> bytes:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            members: dict[str, str | bytes] = {member.filename: archive.read(member) for member in archive.infolist()}
        content = members[part]
        assert isinstance(content, bytes)
        return zipped(members | {part: in_the_bytes(content, changes)})

    return change


def in_the_bytes(file: bytes, changes: list[Change]) -> bytes:
    for change in changes:
        file = change.apply(file)
    return file


def rows_of_csv(file: bytes) -> Rows3 | None:
    """Rows by Python's own reader, below the first row that has every header. None if it finds none."""
    records = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    head = next((at for at, record in enumerate(records) if set(HEADER) <= {" ".join(field.split()) for field in record}), None)
    if head is None:
        return None
    labels = [" ".join(field.split()) for field in records[head]]
    return [tuple(record[labels.index(name)] for name in HEADER) for record in records[head + 1 :] if len(record) == len(labels)]


def rows_of_parquet(file: bytes) -> Rows3 | None:
    frame = pl.read_parquet(io.BytesIO(file)).select(pl.col(HEADER).cast(pl.String).fill_null(""))
    return frame.rows()


def rows_of_json(file: bytes) -> Rows3 | None:
    found = []
    for line in file.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        try:
            record = json.loads(line)
            json.dumps(record, ensure_ascii=False).encode()
        except ValueError:
            continue
        if isinstance(record, dict):
            found.append(tuple("" if record.get(name) is None else str(record[name]) for name in HEADER))
    return found


FORMS: dict[str, tuple[bytes, Callable[[bytes, list[Change]], bytes], Callable[[bytes], Rows3 | None] | None]] = {
    "csv": (separated(ROWS).encode(), in_the_bytes, rows_of_csv),
    "csv in a ZIP": (zipped({"c.csv": separated(ROWS)}), in_the_bytes, None),
    "jsonl": (json_lines(ROWS).encode(), in_the_bytes, rows_of_json),
    "parquet": (parquet(ROWS), in_the_bytes, rows_of_parquet),
    "xlsx": (workbook(ROWS), in_the_bytes, None),
    "xlsx, a sheet": (workbook(ROWS), in_a_part("xl/worksheets/sheet1.xml"), None),
    "xlsx, its texts": (workbook(ROWS), in_a_part("xl/sharedStrings.xml"), None),
    "ods": (ods(ROWS), in_a_part("content.xml"), None),
    "xls": (xls([list(row) for row in ROWS]), in_the_bytes, None),
}


def filled(rows: Rows3) -> Rows3:
    return [row for row in rows if any(cell.strip() for cell in row)]


def agrees(block: Block, file: bytes, reader: Callable[[bytes], Rows3 | None] | None) -> bool | None:
    """Whether the rows that are read are those that another reader finds. None if there is nothing to compare with."""
    if reader is None:
        return None
    try:
        expected = reader(file)
    except (ValueError, csv.Error, pl.exceptions.PolarsError, OSError):
        return None
    if expected is None or block.misfits:
        return None
    mine = [tuple(cell or "" for cell in row) for row in block.rows.select(HEADER).rows()]
    return filled(mine) == filled(expected)


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_file_is_refused_or_read_as_another_reader_reads_it(form: str, tmp_path: Path) -> None:
    valid, change, reader = FORMS[form]
    mapping = caseload(tmp_path, f"format: {form.partition(' ')[0].strip(',')}")
    outcomes: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(CHANGES)
    def try_one(changes: list[Change]) -> None:
        file = change(valid, changes)
        started = time.perf_counter()
        try:
            with refused_if_unforeseen():
                block = read(file, mapping).whole()
        except FileRefused as refused:
            assert [finding.code for finding in refused.findings if finding.code == "unforeseen"] == []
            outcomes["refused"] += 1
        else:
            agreed = agrees(block, file, reader)
            assert agreed is not False
            outcomes["read" if agreed is None else "compared"] += 1
        assert time.perf_counter() - started < MOST_SECONDS

    assert read(valid, mapping).whole().rows.height == len(ROWS) - 1
    ends, number = time.monotonic() + SECONDS / len(FORMS), 0
    while number == 0 or time.monotonic() < ends:
        number += 1
        seed(number)(try_one)()
    assert reader is None or outcomes["compared"]
