"""The facts of an XLS of Excel 97 to 2003 beside its values, from its records. The standard library alone.

The records are those of Microsoft's [MS-XLS]. The file that holds them is that of [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from ingestion.reading.book_facts import BookFacts, SheetFacts
from ingestion.reading.number_format import BUILT_IN, CODE, kind_of_format

STREAM = "Workbook"
END_OF_CHAIN, FIRST_SPECIAL = 0xFFFFFFFE, 0xFFFFFFFA
BOF, EOF, DATE_MODE, PASSWORD, SHEET, FORMAT, XF = 0x0809, 0x000A, 0x0022, 0x002F, 0x0085, 0x041E, 0x00E0
FORMULA, NUMBER, RK, SEVERAL_RK, LABEL, SHARED_LABEL, RICH_LABEL = 0x0006, 0x0203, 0x027E, 0x00BD, 0x0204, 0x00FD, 0x00D6
ROW, COLUMNS, MERGED = 0x0208, 0x007D, 0x00E5
CELLS, TEXTS = (FORMULA, NUMBER, RK, LABEL, SHARED_LABEL, RICH_LABEL), (LABEL, SHARED_LABEL, RICH_LABEL)
HIDDEN_ROW, HIDDEN_COLUMN = 0x20, 0x01
Records = Iterator[tuple[int, int, int]]


def xls_facts(content: bytes, wanted: Callable[[str], bool]) -> BookFacts:
    """The facts of a workbook and its wanted sheets. Raises ValueError for a file that is no such workbook, or has a password."""
    try:
        return _facts(_stream(content), wanted)
    except (struct.error, IndexError) as error:
        raise ValueError("the workbook's records end too soon") from error


def _facts(stream: bytes, wanted: Callable[[str], bool]) -> BookFacts:
    facts = BookFacts()
    codes = dict(BUILT_IN)
    formats: list[int] = []
    sheets: dict[str, int] = {}
    for kind, at, _ in _records(stream, 0):
        if kind == PASSWORD:
            raise ValueError("the workbook has a password")
        if kind == DATE_MODE:
            facts.from_1904 = stream[at] == 1
        elif kind == FORMAT:
            codes[struct.unpack_from("<H", stream, at)[0]] = _text(stream, at + 4, struct.unpack_from("<H", stream, at + 2)[0])
        elif kind == XF:
            formats.append(struct.unpack_from("<H", stream, at + 2)[0])
        elif kind == SHEET:
            sheets[_text(stream, at + 7, stream[at + 6])] = struct.unpack_from("<I", stream, at)[0]
    kinds = {number: found for number, code in codes.items() if (found := kind_of_format(code))}
    dresses = {
        at: (kinds[number_format], codes[number_format] if kinds[number_format] == CODE else "")
        for at, number_format in enumerate(formats)
        if number_format in kinds
    }
    for name, start in sheets.items():
        if wanted(name):
            facts.sheets[name], repeated = _sheet(stream, start, dresses)
            facts.repeated = facts.repeated or repeated
    return facts


def _sheet(stream: bytes, start: int, dresses: dict[int, tuple[str, str]]) -> tuple[SheetFacts, str | None]:
    """The facts of a sheet, and a cell that is in it twice. Of such a cell, the reader would take the last."""
    found = SheetFacts()
    cells: set[int] = set()
    repeated: str | None = None
    hidden: list[int] = []
    for kind, at, size in _records(stream, start):
        if kind in CELLS:
            row, column, style = struct.unpack_from("<HHH", stream, at)
            if row << 16 | column in cells:
                repeated = repeated or f"in row {row + 1}, column {column + 1}"
            cells.add(row << 16 | column)
            if style in dresses:
                # If a formula's result is no number, its last bytes say so. A 0 in its first byte says that it is a text.
                is_text = kind in TEXTS or (kind == FORMULA and stream[at + 12 : at + 14] == b"\xff\xff" and not stream[at + 6])
                if not is_text or dresses[style][0] == CODE:
                    found.dress(row, column, *dresses[style], is_text)
        elif kind == SEVERAL_RK:
            row, first = struct.unpack_from("<HH", stream, at)
            for nth in range((size - 6) // 6):
                style = struct.unpack_from("<H", stream, at + 4 + 6 * nth)[0]
                if style in dresses:
                    found.dress(row, first + nth, *dresses[style])
        elif kind == ROW and stream[at + 12] & HIDDEN_ROW:
            hidden.append(struct.unpack_from("<H", stream, at)[0])
        elif kind == COLUMNS and stream[at + 8] & HIDDEN_COLUMN:
            first, last = struct.unpack_from("<HH", stream, at)
            found.hidden_columns.append((first, last))
        elif kind == MERGED:
            for nth in range(struct.unpack_from("<H", stream, at)[0]):
                first, last, left, _ = struct.unpack_from("<HHHH", stream, at + 2 + 8 * nth)
                if first < last:
                    found.merged.append((first, left, last))
    for row in sorted(set(hidden)):
        found.hide_row(row)
    return found, repeated


def _records(stream: bytes, at: int) -> Records:
    """The kind, place and size of each record, from a place to the end of what begins there, without embedded parts."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == BOF:
            depth += 1
        elif kind == EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, at + 4, size
        at += 4 + size


def _text(stream: bytes, at: int, count: int) -> str:
    """A text of so many characters: a byte that says how they are written, and the characters."""
    wide = stream[at] & 1
    return stream[at + 1 : at + 1 + count * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")


def _stream(content: bytes) -> bytes:
    """The workbook's stream in the file that holds it. Raises ValueError."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    small = 1 << struct.unpack_from("<H", content, 32)[0]
    _, first_of_directory, _, cutoff, first_small, _, first_more, _ = struct.unpack_from("<IIIIIIII", content, 44)
    of_table = [sector for sector in struct.unpack_from("<109I", content, 76) if sector < FIRST_SPECIAL]
    for _ in range(len(content) // size):
        if first_more >= FIRST_SPECIAL:
            break
        more = struct.unpack_from(f"<{size // 4}I", content, (first_more + 1) * size)
        of_table += [sector for sector in more[:-1] if sector < FIRST_SPECIAL]
        first_more = more[-1]
    table = [next_one for sector in of_table for next_one in struct.unpack_from(f"<{size // 4}I", content, (sector + 1) * size)]

    def chained(first: int) -> bytes:
        return b"".join(content[(sector + 1) * size : (sector + 2) * size] for sector in _chain(table, first))

    directory = chained(first_of_directory)
    entries = [directory[at : at + 128] for at in range(0, len(directory), 128)]
    named = {
        entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace"): entry for entry in reversed(entries)
    }
    if STREAM not in named:
        raise ValueError("no workbook of Excel 97 or later")
    start, length = struct.unpack_from("<II", named[STREAM], 116)
    if length >= cutoff:
        return chained(start)[:length]
    pieces = chained(struct.unpack_from("<I", entries[0], 116)[0])
    of_pieces = [sector for (sector,) in struct.iter_unpack("<I", chained(first_small))]
    return b"".join(pieces[sector * small : (sector + 1) * small] for sector in _chain(of_pieces, start))[:length]


def _chain(table: list[int], first: int) -> Iterator[int]:
    """The sectors from the first one on. Raises ValueError if they run in a ring."""
    for _ in range(len(table)):
        if first == END_OF_CHAIN:
            return
        yield first
        first = table[first]
    if first != END_OF_CHAIN:
        raise ValueError("the workbook's sectors have no end")
