"""Whether the sheets and texts of an XLSX are built as the format says: rows of cells, each in its place, each with one value.

Readers differ in what they make of a cell within a cell, or of a row that no sheet has. So such a workbook is refused. The standard
library alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from xml.parsers import expat

from ingestion.refusal import refuse

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
NUMBER = re.compile(r"[1-9]\d{0,6}", re.ASCII)
# The elements that an element may hold. About elements that are not here nothing is said.
TEXT = frozenset({"t", "r", "rPh", "phoneticPr"})
NONE: frozenset[str] = frozenset()
WITHIN = {
    "sst": frozenset({"si", "extLst"}),
    "si": TEXT,
    "is": TEXT,
    "r": frozenset({"t", "rPr"}),
    "t": NONE,
    "sheetData": frozenset({"row"}),
    "row": frozenset({"c", "extLst"}),
    "c": frozenset({"f", "v", "is", "extLst"}),
    "f": NONE,
    "v": NONE,
}
# The only place of an element, wherever else it might stand.
ONLY_IN = {"row": "sheetData", "c": "row", "si": "sst", "sheetData": "worksheet"}
KINDS = (None, "b", "d", "e", "inlineStr", "n", "s", "str")
# A row and a text as Excel writes them. Each is found in a hundredth of the time that the elements take one by one.
_ROW_NUMBER = rb"(?:[1-9]\d{0,5}|10[0-3]\d{4}|104[0-7]\d{3}|1048[0-4]\d\d|10485[0-6]\d|104857[0-6])"
_COLUMN = rb"(?:[A-W][A-Z]{2}|[A-Z]{1,2}|X[A-E][A-Z]|XF[A-D])"
_OTHERS = rb'(?: (?!r=|t=)[\w:]++="[^"<>&]*+")*+'
_KIND = rb'(?: t="(?:b|d|e|inlineStr|n|str)")?+'
_TEXT = rb"(?:<t>[^<]*+</t>|<t [^<>/]*+>[^<]*+</t>|<t/>)"
_VALUE = rb"(?:<f>[^<]*+</f>|<f [^<>]*+/>|<f [^<>/]*+>[^<]*+</f>)?+(?:<v>[^<]*+</v>|<v/>|<is>" + _TEXT + rb"</is>)?+"
_SHARED = rb' t="s"' + _OTHERS + rb"(?:/>|><v>\d++</v></c>)"
_CELL = rb'<c r="' + _COLUMN + rb'(?P=row)"' + _OTHERS + rb"(?:" + _SHARED + rb"|" + _KIND + _OTHERS + rb"(?:/>|>" + _VALUE + rb"</c>))"
USUAL_ROW = re.compile(rb'\s*+<row r="(?P<row>' + _ROW_NUMBER + rb')"' + _OTHERS + rb"(?:/>|>(?:" + _CELL + rb")*+</row>)")
_PIECE = rb"<r>(?:<rPr>(?:<(?!/?(?:rPr|t|si|r)\b)[^<>]*+>)*+</rPr>)?+" + _TEXT + rb"</r>"
USUAL_TEXT = re.compile(rb"\s*+<si>(?:" + _TEXT + rb"|(?:" + _PIECE + rb")++)</si>")
TEXTS_START, TEXTS_END = re.compile(rb"(?:<\?xml[^<>]*\?>)?\s*<sst\b[^<>]*(?<!/)>"), re.compile(rb"\s*</sst>\s*")


def rows_are_usual(rows: bytes) -> bool:
    """Whether some rows, from the first mark of one to the last, are built as Excel builds them."""
    at = 0
    while found := USUAL_ROW.match(rows, at):
        at = found.end()
    return not rows[at:].strip()


def check_part(chunks: Iterable[bytes]) -> None:
    """Look at each element of a sheet or of the shared texts. Raises FileRefused, or what expat raises if the part is no XML."""
    elements = _Elements()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = elements.start, elements.end, elements.text
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def check_texts(open_part: Callable[[], Iterator[bytes]]) -> None:
    """Check the shared texts, which are opened once or, if a program other than Excel wrote them, twice. Raises as `check_part`."""
    if not _texts_are_usual(open_part()):
        check_part(open_part())


def _texts_are_usual(chunks: Iterator[bytes]) -> bool:
    rest = next(chunks, b"")
    start = TEXTS_START.match(rest)
    if not start:
        return False
    rest = rest[start.end() :]
    for chunk in chain([b""], chunks):
        # A text that is longer than all before is looked at by itself.
        if len(rest) > len(chunk) > 0:
            return False
        rest, at = rest + chunk, 0
        while found := USUAL_TEXT.match(rest, at):
            at = found.end()
        rest = rest[at:]
    return TEXTS_END.fullmatch(rest) is not None


class _Elements:
    """The open elements of a part, and how many of its cell's values and of its tables there were."""

    def __init__(self) -> None:
        self.open: list[str] = [""]
        self.row: str | None = None
        self.values = 0
        self.tables = 0
        self.is_shared = False

    def start(self, name: str, told: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        above = self.open[-1]
        self.open.append(name)
        if name not in WITHIN.get(above, (name,)) or above != ONLY_IN.get(name, above):
            raise _misbuilt("an element stands where the format has none")
        if name == "row":
            self.row = told.get("r")
            if self.row is not None and not (NUMBER.fullmatch(self.row) and int(self.row) <= LAST_ROW):
                raise _misbuilt("a row has a number that no sheet has")
        elif name == "c":
            self._cell(told)
        elif name in ("v", "is") and above == "c":
            self.values += 1
            if self.values > 1:
                raise _misbuilt("a cell has two values")
        elif name == "sheetData":
            self.tables += 1
            if self.tables > 1:
                raise _misbuilt("a sheet has two tables")

    def end(self, _name: str) -> None:
        self.open.pop()

    def text(self, text: str) -> None:
        if self.is_shared and self.open[-1] == "v" and not (text.strip().isascii() and text.strip().isdigit()):
            raise _misbuilt("a cell names a shared text by something else than its number")

    def _cell(self, told: dict[str, str]) -> None:
        self.values, self.is_shared = 0, told.get("t") == "s"
        if told.get("t") not in KINDS:
            raise _misbuilt("a cell has a kind that is not in the format")
        if "r" not in told:
            return
        place = PLACE.fullmatch(told["r"])
        if not place or int(place[2]) > LAST_ROW or _column(place[1]) > LAST_COLUMN:
            raise _misbuilt("a cell has a place that no sheet has")
        if self.row is not None and place[2] != self.row:
            raise _misbuilt("a cell says that it is in another row")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _misbuilt(what: str) -> Exception:
    says = f"the workbook is not built as its format says: {what}, which programs read differently"
    return refuse("unreadable_file", f"{says}. Open it in Excel, save it as 'Excel Workbook (.xlsx)' and send it again")
