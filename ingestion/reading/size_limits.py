"""How large an extract may be, so that a damaged or hostile file is refused at once and in little memory."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from ingestion.refusal import refuse

MEBIBYTE = 1 << 20
LARGEST_FILE = 800 * MEBIBYTE
LARGEST_UNPACKED = 800 * MEBIBYTE
LONGEST_LINE = MEBIBYTE
START = 4 * LONGEST_LINE
ZIP = b"PK"
MOST_PARTS = 200
MOST_PARTS_OF_A_WORKBOOK = 5_000
MOST_COLUMNS = 2_000
# A workbook of many equal cells packs to a hundredth. A large file that packs further was made to fill a disk.
RATIO = 200
RATIO_FROM = 64 * MEBIBYTE
# A workbook may not refer to anything outside itself, and needs no entities of its own.
XML_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
XML_ENDINGS = (".xml", ".rels")
# With other methods the library gives out at once everything that a few bytes unpack to, however little is asked for.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
METHOD_NAMES = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "an encryption that is not read"}
DIRECTORY_ENTRY = b"PK\x01\x02"
MOST_ENTRIES = 20_000
# Rows without content, in any table. Some systems write the whole length of a sheet.
MOST_BLANK = 1_000_000
MOST_BLANK_CELLS = 20_000_000
# Twice the length of the largest council's pay history. Accepted rows are kept in memory until all are read.
MOST_ROWS = 2_000_000
CHUNK = MEBIBYTE
SHEET_PARTS = "xl/worksheets/"
# A cell with a formula, without a result and without the mark for a text result: no spreadsheet program has worked it out.
UNSOLVED = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"(?: s="\d{1,6}")?><f[^<]*(?:/>|</f>)(?:<v></v>|<v ?/>)?</c>')


def check_file(path: Path, is_text: bool = False) -> None:
    """Refuse a file that is too large to be an extract, or begins with a line that is too long for a table, before more of it is read.

    If a text is expected, the file may also be a ZIP. Raises FileRefused.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE:
        says = f"the file has {size // MEBIBYTE:,} MB, expected at most {LARGEST_FILE // MEBIBYTE}"
        raise refuse("too_large", f"{says}. Check that it is the extract; if it is, send it in several parts")
    if is_text:
        with path.open("rb") as opened:
            start = opened.read(START)
        if not start.startswith(ZIP):
            check_lines(start)


def check_lines(content: bytes | memoryview) -> None:
    """Refuse a text with a line that is too long for a row of a table. Raises FileRefused with the row."""
    start = 0
    while start + LONGEST_LINE < len(content):
        window = bytes(content[start : start + LONGEST_LINE])
        end = max(window.rfind(b"\n"), window.rfind(b"\r"))
        if end < 0:
            row = bytes(content[:start]).count(b"\n") + 1
            says = f"row {row} is longer than {LONGEST_LINE:,} bytes, so that the file is no table"
            raise refuse("unreadable_file", f"{says}. Send the extract again with a line a row", row)
        start += end + 1


def check_width(columns: int) -> None:
    """Refuse a table with more columns than any extract has. Raises FileRefused."""
    if columns > MOST_COLUMNS:
        says = f"the table has {columns:,} columns, expected at most {MOST_COLUMNS:,}"
        raise refuse("too_large", f"{says}. Check that it is the extract, and send it with the columns that are needed alone")


def check_blank(rows: int, columns: int) -> None:
    """Refuse a table with more blank rows than any system writes. Raises FileRefused."""
    most = min(MOST_BLANK, MOST_BLANK_CELLS // max(1, columns))
    if rows > most:
        says = f"the table has more than {most:,} blank rows"
        raise refuse("too_large", f"{says}. Delete the blank rows, and send the extract again")


def check_rows(rows: int, most: int = MOST_ROWS, what: str = "rows") -> None:
    """Refuse a table with more rows than any extract has. Raises FileRefused."""
    if rows > most:
        says = f"the table has more than {most:,} {what}"
        raise refuse("too_large", f"{says}. Check that it is the extract; if it is, send it in several parts")


def count_of_lines(text: bytes | memoryview) -> int:
    content = bytes(text)
    return max(content.count(b"\n"), content.count(b"\r"))


def check_lines_in_all(lines: int) -> None:
    """Refuse a text with so many lines that they cannot all be rows. Raises FileRefused."""
    check_rows(lines, MOST_ROWS + MOST_BLANK, "lines")


def check_directory(content: bytes, what: str = "the ZIP file") -> None:
    """Refuse a ZIP with very many entries before its directory is read, because that takes far more memory than its bytes.

    Raises FileRefused.
    """
    if content.count(DIRECTORY_ENTRY) > MOST_ENTRIES:
        raise refuse("too_large", f"{what} holds more than {MOST_ENTRIES:,} files. Send the extract alone")


def check_archive(archive: zipfile.ZipFile, what: str, most_parts: int = MOST_PARTS) -> None:
    """Refuse a ZIP or a workbook by its directory alone.

    The reasons are too many or too large parts, parts with the same name, or a way of packing that is not read. Raises FileRefused.
    """
    parts = archive.infolist()
    if not all(part.filename for part in parts):
        raise refuse("unreadable_file", f"{what} holds a file without a name. Pack it as an ordinary ZIP file, and send it again")
    if parts and min(part.header_offset for part in parts) > 0:
        says = f"{what} has something before its first file, such as another ZIP file, which some programs would read instead"
        raise refuse("unreadable_file", f"{says}. Pack it anew, and send it again")
    names = Counter(_one_name(part.filename) for part in parts if not part.is_dir())
    if any(count > 1 for count in names.values()):
        raise refuse("unreadable_file", f"{what} holds two files of one name, so that nobody can say which is meant. Send it again")
    for part in parts:
        if part.compress_type not in METHODS:
            method = METHOD_NAMES.get(part.compress_type, f"the method {part.compress_type}")
            says = f"{what} is packed by {method}, expected Deflate or no packing"
            raise refuse("unreadable_file", f"{says}. Pack it as an ordinary ZIP file, and send it again")
    if len(parts) > most_parts:
        raise refuse("too_large", f"{what} holds {len(parts):,} files, expected at most {most_parts:,}. Send the extract alone")
    unpacked = sum(member.file_size for member in parts)
    packed = max(1, sum(member.compress_size for member in parts))
    if unpacked > LARGEST_UNPACKED or (unpacked > RATIO_FROM and unpacked > RATIO * packed):
        says = f"{what} would unpack to {unpacked // MEBIBYTE:,} MB, {unpacked // packed:,} times its size"
        raise refuse("too_large", f"{says}. Check that it is the extract; if it is, send it in several parts")


def _one_name(name: str) -> str:
    """A member's name as systems see it that ignore capitals and know one spelling of each letter."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


def chunks_of(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part's bytes, in portions: never more than its stated size and one byte. Raises BadZipFile if its size is not the stated one.

    The library stops at the stated size, and checks only those bytes. So it is told to expect one byte more.
    """
    told = copy(part)
    told.file_size += 1
    left = told.file_size
    with archive.open(told) as opened:
        while left > 0 and (chunk := opened.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    if left != 1:
        raise zipfile.BadZipFile("a part has another size than it states")


@dataclass(frozen=True)
class Unpacked:
    """What was found in a workbook's parts: their size in bytes, and the first cell with a formula and no result."""

    size: int
    unsolved: str | None = None


def check_workbook(content: bytes) -> Unpacked:
    """Refuse a workbook (XLSX, ODS) that is damaged, unpacks to too much, or refers to something outside itself.

    Every part is unpacked once, in chunks, because the sizes that a file states prove nothing. Raises FileRefused.
    """
    check_directory(content, "the workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_archive(archive, "the workbook", MOST_PARTS_OF_A_WORKBOOK)
            unsolved = [_check_part(archive, part) for part in archive.infolist()]
            return Unpacked(sum(member.file_size for member in archive.infolist()), next((name for name in unsolved if name), None))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        says = "the workbook is damaged (cut off on the way?)"
        raise refuse("unreadable_file", f"{says}. Open it in Excel, save it as 'Excel Workbook (.xlsx)' and send it again") from None


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> str | None:
    is_xml = part.filename.lower().endswith(XML_ENDINGS)
    last, unsolved = b"", None
    for chunk in chunks_of(archive, part):
        if is_xml and any(xml_declaration in last + chunk for xml_declaration in XML_DECLARATIONS):
            says = "the workbook declares XML entities, which no spreadsheet program writes, and may refer to other files"
            raise refuse("unreadable_file", f"{says}. Save it from Excel as 'Excel Workbook (.xlsx)' and send it again")
        if unsolved is None and part.filename.startswith(SHEET_PARTS) and b"<f" in chunk:
            found = UNSOLVED.search(chunk)
            unsolved = found[1].decode() if found else None
        last = chunk[-16:]
    return unsolved
