"""The facts of an OpenDocument workbook beside its values. It holds what a person sees of each number. The standard library alone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from xml.parsers import expat

from ingestion.reading.book_facts import IS, SHOWN, BookFacts, SheetFacts
from ingestion.reading.number_format import PER_CENT, as_duration
from ingestion.refusal import refuse

CONTENT = "content.xml"
CELLS = ("table-cell", "covered-table-cell")
# The only elements in which another may stand, and the types of value that a cell can have. Readers differ in what they make of anything else.
ROWS = ("table", "table-rows", "table-header-rows", "table-row-group")
ONLY_IN = {"table-row": ROWS, "table-cell": ("table-row",), "covered-table-cell": ("table-row",)}
TYPES = ("float", "percentage", "currency", "date", "time", "string", "boolean")
# What a cell shows stands in its paragraphs, and what is beside them is no text of the cell.
PARAGRAPH = "p"
HIDDEN = ("collapse", "filter")
DURATION = re.compile(r"(?P<sign>-)?P(?:(?P<days>\d+)D)?T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?")
LETTER = re.compile(r"[^\W\d]")


def ods_facts(content: bytes, wanted: Callable[[str], bool]) -> BookFacts:
    """The facts of a workbook and its wanted sheets. Raises what zipfile and expat raise if the file is no workbook."""
    looked = _Content(wanted)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = looked.start, looked.end, looked.text
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(CONTENT) as opened:
        parser.ParseFile(opened)
    return looked.facts


class _Content:
    """The elements of a workbook's content, in their order."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.wanted = wanted
        self.facts = BookFacts()
        self.sheet: SheetFacts | None = None
        self.cell: dict[str, str] | None = None
        self.seen: list[str] = []
        self.asides = 0
        self.open: list[str] = [""]
        self.shows, self.depth = False, 0

    def start(self, name: str, written: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        told = {name.rpartition(" ")[2]: value for name, value in written.items()}
        above = self.open[-1]
        self.open.append(name)
        if above not in ONLY_IN.get(name, (above,)):
            raise _misbuilt("an element stands where the format has none")
        if name == "null-date":
            self.facts.from_1904 = told.get("date-value", "").startswith("1904")
        elif name == "annotation":
            self.asides += 1
        elif name == "table" and self.wanted(told.get("name", "")):
            self.sheet = self.facts.sheets.setdefault(told["name"], SheetFacts())
            self.row = self.rows = self.column = 0
        elif self.sheet is None:
            return
        elif name == "table-column":
            count = int(told.get("number-columns-repeated", "1"))
            if told.get("visibility") in HIDDEN:
                self.sheet.hidden_columns.append((self.column, self.column + count - 1))
            self.column += count
        elif name == "table-row":
            self.column, self.rows = 0, int(told.get("number-rows-repeated", "1"))
            if told.get("visibility") in HIDDEN:
                self.sheet.hide_row(self.row, self.row + self.rows - 1)
        elif name in CELLS:
            self.cell, self.seen, self.shows, self.depth = told, [], False, len(self.open)
        elif name == "p" and self.seen and not self.asides:
            self.seen.append("\n")

    def text(self, text: str) -> None:
        if self.cell is not None and not self.asides:
            self.seen.append(text)
            inside = self.open[self.depth :]
            if text.strip() and not inside:
                raise _misbuilt("a text stands outside a paragraph")
            self.shows = self.shows or (bool(text.strip()) and inside[0] == PARAGRAPH)

    def end(self, name: str) -> None:
        name = name.rpartition(" ")[2]
        self.open.pop()
        if name == "annotation":
            self.asides -= 1
        elif name == "table":
            self.sheet = None
        elif self.sheet is None:
            return
        elif name == "table-row":
            self.row += self.rows
        elif name in CELLS and self.cell is not None:
            self._cell(self.sheet, self.cell)
            self.column += int(self.cell.get("number-columns-repeated", "1"))
            self.cell = None

    def _cell(self, sheet: SheetFacts, told: dict[str, str]) -> None:
        if self.shows and told.get("value-type") not in TYPES:
            raise _misbuilt("a cell shows something and has no type of value")
        spanned = int(told.get("number-rows-spanned", "1"))
        if spanned > 1:
            sheet.merged.append((self.row, self.column, self.row + spanned - 1))
        dress = _dress(told, "".join(self.seen).strip())
        if dress:
            for row in range(self.row, self.row + self.rows):
                for column in range(self.column, self.column + int(told.get("number-columns-repeated", "1"))):
                    sheet.dress(row, column, *dress)


def _misbuilt(what: str) -> Exception:
    says = f"the workbook is not built as its format says: {what}, which programs read differently"
    return refuse("unreadable_file", f"{says}. Open it, save it as 'Excel Workbook (.xlsx)' and send it again")


def _dress(told: dict[str, str], seen: str) -> tuple[str, str] | None:
    kind = told.get("value-type")
    if kind == "percentage":
        return PER_CENT, ""
    if kind == "time":
        found = DURATION.fullmatch(told.get("time-value", ""))
        return (IS, as_duration(_hours(found))) if found else None
    if kind == "float" and _says_more(told.get("value", ""), seen):
        return SHOWN, seen
    return None


def _hours(found: re.Match[str]) -> Decimal:
    days, hours, minutes, seconds = (Decimal((found[unit] or "0").replace(",", ".")) for unit in ("days", "hours", "minutes", "seconds"))
    told = days * 24 + hours + minutes / 60 + seconds / 3600
    return -told if found["sign"] else told


def _says_more(value: str, seen: str) -> bool:
    """Whether a person sees more than the number, with no digit fewer: leading zeros or words."""
    digits, shown = re.sub(r"\D", "", value), re.sub(r"\D", "", seen)
    if shown.lstrip("0") != digits.lstrip("0") and shown:
        return False
    padded = value.isdigit() and len(shown) > len(digits) and "," not in seen and "." not in seen
    return padded or LETTER.search(seen) is not None
