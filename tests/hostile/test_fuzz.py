"""Valid files of each format, changed at random: each is refused, or is read with the rows that an independent reader finds.

`WORKFORCE_FUZZ_SECONDS` says how long each form of a file is tried: 2 seconds by default, which is what `make test-wide` tries. Ten minutes:
`WORKFORCE_FUZZ_SECONDS=600`. `-k` chooses a form.
"""

from __future__ import annotations

import csv
import io
import os
import re
import struct
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ingestion.reading.extract_table import Block, read
from ingestion.refusal import FileRefused, refused_if_unforeseen
from tests.hostile import independent
from tests.hostile.independent import Found
from tests.hostile.trial import MOST_SECONDS
from tests.ingestion.dress import HEADER, Rows, caseload, json_lines, ods, parquet, separated, workbook, zipped
from tests.ingestion.old_books import xls

pytestmark = pytest.mark.wide

SECONDS = float(os.environ.get("WORKFORCE_FUZZ_SECONDS", "2"))
EXAMPLES = 25
# So many times as many examples show whether any change leaves a file readable.
FEW = 100
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


def in_a_part(part: str, how: Callable[[bytes, list[Change]], bytes] | None = None) -> Callable[[bytes, list[Change]], bytes]:
    """Change a part of a ZIP and pack it again, so that its checksum is right."""

    def change(file: bytes, changes: list[Change]) -> bytes:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            members: dict[str, str | bytes] = {member.filename: archive.read(member) for member in archive.infolist()}
        content = members[part]
        assert isinstance(content, bytes)
        return zipped(members | {part: (how or in_the_bytes)(content, changes)})

    return change


def in_the_elements(part: str) -> Callable[[bytes, list[Change]], bytes]:
    """Change whole elements of a part, so that it is still XML: written twice, put into themselves, left out, or without their tags."""

    def change(content: bytes, changes: list[Change]) -> bytes:
        for prefix, uri in re.findall(rb'xmlns:?(\w*)="([^"]+)"', content):
            ElementTree.register_namespace(prefix.decode(), uri.decode())
        root = ElementTree.fromstring(content)
        for edit in changes:
            above = [(parent, at) for parent in root.iter() for at in range(len(parent))]
            if not above:
                break
            parent, at = above[int(edit.share * len(above))]
            element = parent[at]
            if edit.kind == "again":
                parent.insert(at, deepcopy(element))
            elif edit.kind == "in":
                element.insert(0, deepcopy(element))
            elif edit.kind == "out" and edit.length % 2:
                parent[at : at + 1] = list(element)
            elif edit.kind == "out":
                parent.remove(element)
            elif element.attrib and edit.length % 2:
                name = sorted(element.attrib)[edit.length % len(element.attrib)]
                element.set(name, edit.content.decode("latin-1") if edit.length % 3 else str(edit.length))
            elif element.attrib and edit.length % 3:
                element.attrib.pop(sorted(element.attrib)[edit.length % len(element.attrib)])
            else:
                element.text = str(edit.length)
        return ElementTree.tostring(root, "utf-8", xml_declaration=True)

    return in_a_part(part, change)


def in_the_bytes(file: bytes, changes: list[Change]) -> bytes:
    for change in changes:
        file = change.apply(file)
    return file


FORMS: dict[str, tuple[bytes, Callable[[bytes, list[Change]], bytes], Callable[[bytes], Found | None]]] = {
    "csv": (separated(ROWS).encode(), in_the_bytes, independent.of_csv),
    "csv in a ZIP": (zipped({"c.csv": separated(ROWS)}), in_the_bytes, independent.of_zip),
    "csv, packed again": (zipped({"c.csv": separated(ROWS)}), in_a_part("c.csv"), independent.of_zip),
    "jsonl": (json_lines(ROWS).encode(), in_the_bytes, independent.of_json),
    "parquet": (parquet(ROWS), in_the_bytes, independent.of_parquet),
    "xlsx": (workbook(ROWS), in_the_bytes, independent.of_xlsx),
    "xlsx, a sheet": (workbook(ROWS), in_a_part("xl/worksheets/sheet1.xml"), independent.of_xlsx),
    "xlsx, its texts": (workbook(ROWS), in_a_part("xl/sharedStrings.xml"), independent.of_xlsx),
    "xlsx, elements of a sheet": (workbook(ROWS), in_the_elements("xl/worksheets/sheet1.xml"), independent.of_xlsx),
    "xlsx, elements of its texts": (workbook(ROWS), in_the_elements("xl/sharedStrings.xml"), independent.of_xlsx),
    "ods, its elements": (ods(ROWS), in_the_elements("content.xml"), independent.of_ods),
    "ods": (ods(ROWS), in_a_part("content.xml"), independent.of_ods),
    "xls": (xls([list(row) for row in ROWS]), in_the_bytes, independent.of_xls),
}
# A change of these leaves some files readable at once. Nearly every change of another form's bytes, or of its XML, makes it unreadable.
EASILY_READ = ("csv", "csv in a ZIP", "csv, packed again", "jsonl", "parquet")
# What the other readers raise if a file is damaged, or has something that they do not know.
NOT_COMPARED = (ValueError, LookupError, csv.Error, struct.error, zlib.error, ElementTree.ParseError, pl.exceptions.PolarsError, OSError)


def filled(rows: Found) -> Found:
    return [row for row in rows if any(cell.strip() for cell in row)]


def same(mine: str, other: str) -> bool:
    """Whether two cells hold the same. A number may be written in two ways, and a workbook's blanks at the ends of a text count only if it says so."""
    if mine.strip() == other.strip():
        return True
    with suppress(ValueError):
        return float(mine) == float(other)
    return False


def agrees(block: Block, file: bytes, reader: Callable[[bytes], Found | None]) -> bool | None:
    """Whether the rows that are read are those that another reader finds. None if it finds no table."""
    try:
        expected = reader(file)
    except NOT_COMPARED:
        return None
    if expected is None or block.misfits:
        return None
    mine = filled([tuple(cell or "" for cell in row) for row in block.rows.select(HEADER).rows()])
    theirs = filled(expected)
    return len(mine) == len(theirs) and all(map(same, chain.from_iterable(mine), chain.from_iterable(theirs)))


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
    ends, number = time.monotonic() + SECONDS, 0
    while number == 0 or time.monotonic() < ends:
        number += 1
        seed(number)(try_one)()
    assert outcomes["compared"] or (number < 5 and change is in_the_bytes if form in EASILY_READ else number < FEW)
    print(form, dict(outcomes))
