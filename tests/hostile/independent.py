"""Readers that share no code with the product's: each finds the rows of texts and numbers in a file by its format's description alone.

A reader gives None if it finds no header. It raises ValueError for anything that it does not know. Such a file is not compared.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

import polars as pl

from tests.ingestion.dress import HEADER

Found = list[tuple[str, ...]]
Grid = dict[int, dict[int, str]]
DIRECTORY_END, DIRECTORY, LOCAL = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
DEFLATED = 8
LONGEST_REPEAT = 10_000
LARGEST_MEMBER = 1 << 24
SECTOR_HEADER = 512
ENDS = 0xFFFFFFFA


def of_csv(file: bytes) -> Found | None:
    """By Python's own reader. Fields beyond the header are no part of the table if they are empty."""
    return below_header(list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline=""))), is_whole=True)


def of_zip(file: bytes) -> Found | None:
    """The CSV members, by name."""
    tables = [of_csv(content) for name, content in sorted(members(file).items()) if name.lower().endswith((".csv", ".txt"))]
    return [row for table in tables for row in table or ()] if tables and None not in tables else None


def of_parquet(file: bytes) -> Found | None:
    return pl.read_parquet(io.BytesIO(file)).select(pl.col(HEADER).cast(pl.String).fill_null("")).rows()


def of_json(file: bytes) -> Found | None:
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


def of_xlsx(file: bytes) -> Found | None:
    """The first sheet."""
    parts = members(file)
    shared = []
    if "xl/sharedStrings.xml" in parts:
        root = ElementTree.fromstring(parts["xl/sharedStrings.xml"])
        shared = [text_of(item) for item in children(root, "si")]
    grid: Grid = {}
    sheet = ElementTree.fromstring(parts["xl/worksheets/sheet1.xml"])
    place = -1
    for data in children(sheet, "sheetData"):
        for row in children(data, "row"):
            place = int(row.get("r", place + 2)) - 1
            at = -1
            for cell in children(row, "c"):
                at = column_of(cell.get("r"), place) if cell.get("r") else at + 1
                grid.setdefault(place, {})[at] = cell_of(cell, shared)
    return below_header(rows_of(grid))


def of_ods(file: bytes) -> Found | None:
    """The only table."""
    root = ElementTree.fromstring(members(file)["content.xml"])
    grid: Grid = {}
    place = 0
    (table,) = [element for element in root.iter() if local(element.tag) == "table"]
    for row in children(table, "table-row"):
        repeated = times(row, "number-rows-repeated")
        at, cells = 0, {}
        for cell in row:
            if local(cell.tag) != "table-cell":
                raise ValueError("a cell of another kind")
            count = times(cell, "number-columns-repeated")
            if attribute(cell, "value-type") not in (None, "string"):
                raise ValueError("a value of another kind")
            text = "\n".join("".join(paragraph.itertext()) for paragraph in children(cell, "p"))
            if any(len(paragraph) for paragraph in children(cell, "p")):
                raise ValueError("a text with parts")
            if any((piece or "").strip() for piece in (cell.text, *(element.tail for element in cell))):
                raise ValueError("a text outside a paragraph")
            cells |= dict.fromkeys(range(at, at + count), text)
            at += count
        for nth in range(repeated):
            grid[place + nth] = cells
        place += repeated
    return below_header(rows_of(grid))


def of_xls(file: bytes) -> Found | None:
    """The first sheet of an Excel 97 workbook."""
    stream = workbook_stream(file)
    grid: Grid = {}
    starts = [struct.unpack_from("<I", body)[0] for kind, body in records(stream, 0) if kind == 0x85]
    for kind, body in records(stream, starts[0]):
        if kind == 0x0204:
            row, at, _, count, is_wide = struct.unpack_from("<HHHHB", body)
            text = body[9 : 9 + count * (1 + (is_wide & 1))]
            grid.setdefault(row, {})[at] = text.decode("utf-16-le" if is_wide & 1 else "latin-1")
        elif kind == 0x0203:
            row, at, _, number = struct.unpack_from("<HHHd", body)
            grid.setdefault(row, {})[at] = repr(number)
        elif kind in (0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0205, 0x027E, 0x003C, 0x0004, 0x0003, 0x0002):
            raise ValueError("a cell of another kind")
    return below_header(rows_of(grid))


def below_header(rows: Sequence[Sequence[str]], is_whole: bool = False) -> Found | None:
    """The wanted columns below the first row that has every header. `is_whole`: only rows of the header's width, or with empty fields more."""
    plain = [[" ".join(field.split()) for field in row] for row in rows[:40]]
    head = next((at for at, row in enumerate(plain) if set(HEADER) <= set(row)), None)
    if head is None:
        return None
    labels = plain[head]
    width = len(labels)
    there = [row for row in rows[head + 1 :] if not is_whole or (len(row) >= width and not any(row[width:]))]
    return [tuple(row[labels.index(name)] if labels.index(name) < len(row) else "" for name in HEADER) for row in there]


def rows_of(grid: Grid) -> list[list[str]]:
    """A grid's rows, as far to the right as any of them goes."""
    width = max((max(row, default=-1) for row in grid.values()), default=-1) + 1
    if width > LONGEST_REPEAT:
        raise ValueError("a very wide table")
    return [[grid[place].get(at, "") for at in range(width)] for place in sorted(grid)]


def members(file: bytes) -> dict[str, bytes]:
    """A ZIP's members, by its directory."""
    end = file.rindex(DIRECTORY_END)
    count, length, start = struct.unpack_from("<HII", file, end + 10)
    # Anything may stand before a ZIP. Its places are counted from where it begins.
    before = end - length - start
    start += before
    found = {}
    for _ in range(count):
        if file[start : start + 4] != DIRECTORY:
            raise ValueError("no entry of a directory")
        method, packed, size, name, extra, comment, place = struct.unpack_from("<10xH8xIIHHH8xI", file, start)
        called = file[start + 46 : start + 46 + name].decode()
        place += before
        if file[place : place + 4] != LOCAL or size > LARGEST_MEMBER:
            raise ValueError("no member")
        skipped = sum(struct.unpack_from("<HH", file, place + 26))
        body = file[place + 30 + skipped : place + 30 + skipped + packed]
        found[called] = zlib.decompressobj(-15).decompress(body, LARGEST_MEMBER) if method == DEFLATED else body
        start += 46 + name + extra + comment
    return found


def workbook_stream(file: bytes) -> bytes:
    """The stream Workbook of a compound file."""
    size = 1 << struct.unpack_from("<H", file, 30)[0]
    if size != SECTOR_HEADER:
        raise ValueError("other sectors")
    tables = [at for at in struct.unpack_from("<109I", file, 76) if at < ENDS]
    chain = [sector for at in tables for sector in struct.unpack(f"<{size // 4}I", file[(at + 1) * size : (at + 2) * size])]

    def stream(first: int) -> bytes:
        sectors: list[int] = []
        while first < ENDS:
            if len(sectors) > len(chain):
                raise ValueError("sectors in a ring")
            sectors.append(first)
            first = chain[first]
        return b"".join(file[(at + 1) * size : (at + 2) * size] for at in sectors)

    directory = stream(struct.unpack_from("<I", file, 48)[0])
    for start in range(0, len(directory), 128):
        entry = directory[start : start + 128]
        if entry[: struct.unpack_from("<H", entry, 64)[0]].decode("utf-16-le").strip("\0").lower() == "workbook":
            first, length = struct.unpack_from("<I", entry, 116)[0], struct.unpack_from("<I", entry, 120)[0]
            return stream(first)[:length]
    raise ValueError("no workbook")


def records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of a workbook."""
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        if kind == 0x000A:
            return
        if kind == 0x003C or start + 4 + length > len(stream):
            raise ValueError("a record that goes on, or is cut off")
        yield kind, stream[start + 4 : start + 4 + length]
        start += 4 + length


def cell_of(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(text_of(part) for part in children(cell, "is"))
    value = "".join(part.text or "" for part in children(cell, "v"))
    if kind == "s":
        return shared[int(value)] if value else ""
    if kind not in ("n", "str") or (kind == "n" and cell.get("s", "0") != "0"):
        raise ValueError("a cell of another kind")
    return value


def text_of(item: ElementTree.Element) -> str:
    """A text that may be in several pieces, without how it is pronounced."""
    pieces = [item, *children(item, "r")]
    return "".join(text.text or "" for piece in pieces for text in children(piece, "t"))


def column_of(place: str | None, row: int) -> int:
    told = re.fullmatch(r"([A-Z]{1,3})(\d+)", place or "")
    if not told or int(told[2]) != row + 1:
        raise ValueError("a cell in another row")
    at = 0
    for letter in told[1]:
        at = at * 26 + ord(letter) - 64
    return at - 1


def children(element: ElementTree.Element, name: str) -> Iterable[ElementTree.Element]:
    return [child for child in element if local(child.tag) == name]


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str | None:
    return next((value for key, value in element.attrib.items() if local(key) == name), None)


def times(element: ElementTree.Element, name: str) -> int:
    count = int(attribute(element, name) or 1)
    if not 0 < count <= LONGEST_REPEAT:
        raise ValueError("very many times")
    return count
