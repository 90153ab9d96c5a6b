"""The facts of an XLSX beside its values, found by the tags of its XML, piece by piece. The standard library alone."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import chain
from xml.etree import ElementTree

from ingestion.reading.book_facts import BookFacts, SheetFacts
from ingestion.reading.number_format import BUILT_IN, CODE, kind_of_format
from ingestion.reading.xlsx_structure import check_part, check_texts, rows_are_usual

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
CHUNK = 1 << 20
TRUE = ("1", "true", "on")
PREFIX = re.compile(rb"<(\w+:)?worksheet\b")
ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")
PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
# If there are more styles than these, each cell's style number is looked at. To name them all in the expression would be slower.
MOST_NAMED = 40
LONGEST_ROW = 64 << 20
# A cell by its letters and number, a row by its number.
STANDS_AT = re.compile(rb"""<(?:\w+:)?(?:c|row)\b[^>]*?\br\s*=\s*["'](\w+)["']""")
TEXTS = (b"s", b"str", b"inlineStr")
# What may stand neither before the first row nor behind the last.
CELL_OR_TABLE = re.compile(rb"<(?:\w+:)?(?:c|sheetData|row)\b")
TABLE = b"<sheetData>"


def xlsx_facts(content: bytes, wanted: Callable[[str], bool]) -> BookFacts:
    """The facts of a workbook and its wanted sheets. Raises what zipfile and ElementTree raise if the file is no workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = ElementTree.fromstring(archive.read(WORKBOOK))
        related = _related(archive)
        dresses = _dresses(archive, next((part for kind, part in related.values() if kind == "styles"), ""))
        facts = BookFacts(any(_attributes(properties).get("date1904") in TRUE for properties in _all(book, "workbookPr")))
        for sheet in _all(book, "sheet"):
            told = _attributes(sheet)
            kind, part = related.get(told.get("id", ""), ("", ""))
            if kind == "worksheet" and wanted(told.get("name", "")):
                looked = _Sheet(dresses)
                facts.sheets[told["name"]] = looked.facts(_chunks(archive, part))
                facts.parts[told["name"]] = part
                if not looked.is_usual:
                    check_part(_chunks(archive, part))
        for kind, part in related.values():
            if kind == "sharedStrings" and part in archive.namelist():
                check_texts(partial(_chunks, archive, part))
    return facts


def _chunks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with archive.open(part) as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


def _related(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """The kind and the part of each relation of the workbook, by its id."""
    relations = [_attributes(relation) for relation in _all(ElementTree.fromstring(archive.read(RELATIONS)), "Relationship")]
    return {
        relation["Id"]: (relation["Type"].rpartition("/")[2], posixpath.normpath(posixpath.join("/xl", relation["Target"])).lstrip("/"))
        for relation in relations
    }


def _dresses(archive: zipfile.ZipFile, part: str) -> dict[int, tuple[str, str]]:
    """The kind of number format and its code, for each style whose number alone is not what a person sees."""
    if part not in archive.namelist():
        return {}
    styles = ElementTree.fromstring(archive.read(part))
    codes = dict(BUILT_IN)
    for element in _all(styles, "numFmt"):
        codes[int(element.get("numFmtId", "-1"))] = element.get("formatCode", "")
    kinds = {number: kind for number, code in codes.items() if (kind := kind_of_format(code))}
    formats = [int(style.get("numFmtId", "0")) for group in _all(styles, "cellXfs") for style in _all(group, "xf")]
    # Only for a code does it matter which one it is.
    return {
        at: (kinds[number_format], codes[number_format] if kinds[number_format] == CODE else "")
        for at, number_format in enumerate(formats)
        if number_format in kinds
    }


def _all(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in element.iter() if child.tag.rpartition("}")[2] == name)


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


class _Sheet:
    """The XML of one sheet, read in pieces that end between rows."""

    def __init__(self, dresses: dict[int, tuple[str, str]]) -> None:
        self.dresses = dresses
        self.found = SheetFacts()
        self.rows_before = 0
        self.is_usual = True

    def facts(self, chunks: Iterator[bytes]) -> SheetFacts:
        rest = next(chunks, b"")
        self._names(rest)
        is_first, looked_at = True, 0
        for chunk in chain([b""], chunks):
            rest += chunk
            end = rest.rfind(self.row, looked_at)
            if end > 0:
                self._piece(rest[:end], is_first)
                rest, is_first = rest[end:], False
            if len(rest) > LONGEST_ROW:
                raise ValueError("a sheet without rows")
            looked_at = max(1, len(rest) - len(self.row))
        self._piece(rest, is_first, is_last=True)
        end = rest.find(self.data_end)
        for merged in re.finditer(rb"<%bmergeCell\b([^>]*)>" % self.prefix, rest[max(end, 0) :]):
            self._merge(_told(merged[1]).get(b"ref", b""))
        return self.found

    def _names(self, start: bytes) -> None:
        found = PREFIX.search(start)
        prefix = (found[1] or b"") if found else b""
        self.prefix = re.escape(prefix)
        self.row = b"<" + prefix + b"row"
        self.data_end = b"</" + prefix + b"sheetData"
        listed = b"|".join(b"%d" % dress for dress in self.dresses) if len(self.dresses) <= MOST_NAMED else rb"\d+"
        # How Excel writes cells, and how others may. Excel's way is found in a third of the time.
        usual, other = rb'r="([A-Z]{1,3})(\d{1,7})" s="(%b)"(?: t="(\w+)")?', rb"""([^>]*\bs=["'](?:%b)["'][^>/]*)"""
        self.cell = re.compile(rb"<%bc (?:%b|%b)>" % (self.prefix, usual % listed, other % listed))
        self.any_cell = re.compile(rb"<%bc[\s>/]" % self.prefix)
        self.any_row = re.compile(rb"<%brow\b([^>]*)>" % self.prefix)
        self.values = [b"<" + prefix + start for start in (b"v>", b"v ", b"is>")]
        self.hidden_row = re.compile(rb"""<%brow\b([^>]*\bhidden=["'](?:1|true)["'][^>]*)>""" % self.prefix)

    def _piece(self, piece: bytes, is_first: bool, is_last: bool = False) -> None:
        if self.is_usual:
            self.is_usual = self._is_usual(piece, is_first, is_last)
        if is_first:
            for column in re.finditer(rb"<%bcol\b([^>]*)>" % self.prefix, piece[: max(piece.find(self.row), 0) or None]):
                told = _told(column[1])
                if told.get(b"hidden") in (b"1", b"true"):
                    self.found.hidden_columns.append((int(told.get(b"min", b"1")) - 1, int(told.get(b"max", b"1")) - 1))
        self.found.filled += sum(piece.count(value) for value in self.values)
        if b"hidden=" in piece:
            for row in self.hidden_row.finditer(piece):
                self.found.hide_row(self._row_number(piece, row))
        if self.dresses:
            for cell in self.cell.finditer(piece):
                letters, number, style, kind, other = cell.groups()
                if other is None:
                    self._dress(int(number) - 1, _column(letters), style, kind)
                else:
                    self._other_cell(piece, cell.start(), _told(other))
        self.rows_before += piece.count(self.row)

    def _is_usual(self, piece: bytes, is_first: bool, is_last: bool) -> bool:
        """Whether Excel would write the rows of a piece, and what stands before and behind them, in this way."""
        start, end = (piece.find(self.row) if is_first else 0), (piece.find(self.data_end) if is_last else len(piece))
        before, behind = piece[: max(start, 0)], piece[end:]
        if start < 0 or end < 0 or CELL_OR_TABLE.search(behind) or not rows_are_usual(piece[start:end]):
            return False
        return not is_first or (before.rstrip().endswith(TABLE) and not CELL_OR_TABLE.search(before.rstrip()[: -len(TABLE)]))

    def _dress(self, row: int, column: int, style: bytes, kind: bytes | None) -> None:
        dress, is_text = self.dresses.get(int(style)), kind in TEXTS
        if dress and (dress[0] == CODE or not is_text):
            self.found.dress(row, column, *dress, is_text)

    def _other_cell(self, piece: bytes, at: int, told: dict[bytes, bytes]) -> None:
        """A cell that is written in an unusual way. If it does not give its place, it comes after the cell before."""
        place = PLACE.fullmatch(told.get(b"r", b""))
        if place:
            row, column = int(place[2]) - 1, _column(place[1])
        else:
            start = max(piece.rfind(self.row, 0, at), 0)
            above = self.any_row.search(piece, start)
            row = self._row_number(piece, above) if above else self.rows_before
            column = sum(1 for _ in self.any_cell.finditer(piece, start, at))
        self._dress(row, column, told[b"s"], told.get(b"t"))

    def _row_number(self, piece: bytes, row: re.Match[bytes]) -> int:
        number = _told(row[1]).get(b"r")
        return int(number) - 1 if number else self.rows_before + piece.count(self.row, 0, row.start())

    def _merge(self, reference: bytes) -> None:
        first, _, last = reference.partition(b":")
        start, end = PLACE.fullmatch(first), PLACE.fullmatch(last)
        if start and end and start[2] != end[2]:
            self.found.merged.append((int(start[2]) - 1, _column(start[1]), int(end[2]) - 1))


def repeated_cell(content: bytes, part: str) -> str | None:
    """A row or a cell that is twice in a sheet's part, where readers take the last. None if each is there once.

    To look at each cell takes longer than everything else. So it is done only if a sheet has fewer values than cells with a value.
    """
    seen: set[bytes] = set()
    rest = b""
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(part) as opened:
        for chunk in chain(iter(lambda: opened.read(CHUNK), b""), [b"<"]):
            piece, mark, rest = (rest + chunk).rpartition(b"<")
            rest = mark + rest
            for place in STANDS_AT.findall(piece):
                if place in seen:
                    return str(place.decode("ascii", "replace"))
                seen.add(place)
    return None


def _told(tag: bytes) -> dict[bytes, bytes]:
    return dict(ATTRIBUTE.findall(tag))


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
