"""A workbook whose elements stand where its format has none is refused, because programs read it differently."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.reading import xlsx_facts
from ingestion.reading.extract_table import read
from ingestion.refusal import FileRefused
from tests.ingestion.dress import HEADER, Rows, caseload, ods, workbook, zipped

ROWS: Rows = [HEADER, ["1", None, "12"], ["2", None, "9"]]
SHEET, TEXTS, CONTENT = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "content.xml"


def edited(book: bytes, part: str, *changes: tuple[str, str]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members: dict[str, str | bytes] = {member.filename: archive.read(member) for member in archive.infolist()}
    content = members[part]
    assert isinstance(content, bytes)
    text = content.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return zipped(members | {part: text})


def xlsx(*changes: tuple[str, str], part: str = SHEET) -> bytes:
    return edited(workbook(ROWS), part, *changes)


def odf(*changes: tuple[str, str]) -> bytes:
    return edited(ods(ROWS), CONTENT, *changes)


MISBUILT: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a row within a row": (
        "xlsx",
        lambda: xlsx(("</row><row", "<row"), ("</sheetData>", "</row></sheetData>")),
        "where the format has none",
    ),
    "a cell within a cell": ("xlsx", lambda: xlsx(("</c></row></sheetData>", '<c r="D3"><v>1</v></c></c></row></sheetData>')), "has none"),
    "a cell behind the rows": ("xlsx", lambda: xlsx(("</sheetData>", '</sheetData><c r="A9"><v>1</v></c>')), "has none"),
    "two tables": ("xlsx", lambda: xlsx(("</sheetData>", '</sheetData><sheetData><row r="9"/></sheetData>')), "two tables"),
    "two values": ("xlsx", lambda: xlsx(("</v></c></row></sheetData>", "</v><v>3</v></c></row></sheetData>")), "two values"),
    "a row that no sheet has": ("xlsx", lambda: xlsx(('<row r="3"', '<row r="1048577"')), "no sheet has"),
    "a row below zero": ("xlsx", lambda: xlsx(('<row r="3"', '<row r="-3"')), "no sheet has"),
    "a column that no sheet has": ("xlsx", lambda: xlsx(('r="C3"', 'r="XFE3"')), "no sheet has"),
    "a cell in another row": ("xlsx", lambda: xlsx(('r="C3"', 'r="C2"')), "another row"),
    "a kind that is none": ("xlsx", lambda: xlsx(('r="C3" t="s"', 'r="C3" t="shared"')), "kind"),
    "a shared text of a negative number": ("xlsx", lambda: xlsx(("<v>4</v>", "<v>-4</v>")), "shared text"),
    "a text within a text": ("xlsx", lambda: xlsx(("</t></si><si>", "</t><si>"), ("</sst>", "</si></sst>"), part=TEXTS), "has none"),
    "a type that is none": ("ods", lambda: odf(('value-type="string"', 'value-type="text"')), "no type of value"),
    "no type": ("ods", lambda: odf((' office:value-type="string"', "")), "no type of value"),
    "a text outside a paragraph": ("ods", lambda: odf(("<text:p>2</text:p>", "2")), "outside a paragraph"),
    "an OpenDocument cell within a cell": (
        "ods",
        lambda: odf(("<text:p>2</text:p>", '<table:table-cell office:value-type="string"><text:p>2</text:p></table:table-cell>')),
        "cannot be read",
    ),
}
# As programs other than Excel write them.
UNUSUAL = {
    "cells without places": ("xlsx", lambda: xlsx((' r="A3"', ""), (' r="C3"', ""), ("</c><c t=", "</c><c/><c t="))),
    "blanks between elements": ("xlsx", lambda: xlsx(("</row><row", "</row>\n  <row"))),
    "a text in pieces": ("xlsx", lambda: xlsx(("<t>12</t>", "<r><rPr><b/></rPr><t>1</t></r><r><t>2</t></r>"), part=TEXTS)),
    "how a text is pronounced": ("xlsx", lambda: xlsx(("<t>12</t>", '<t>12</t><rPh sb="0" eb="1"><t>x</t></rPh>'), part=TEXTS)),
    "a drawn text in a cell": ("ods", lambda: odf(("<text:p></text:p>", "<table:shapes><text:p>drawn</text:p></table:shapes><text:p/>"))),
}


@pytest.mark.parametrize("name", MISBUILT)
def test_a_workbook_that_is_not_built_as_its_format_says_is_refused(name: str, tmp_path: Path) -> None:
    form, content, says = MISBUILT[name]
    with pytest.raises(FileRefused, match=says):
        read(content(), caseload(tmp_path, f"format: {form}"))


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_workbook_that_is_built_in_an_unusual_way_is_read(name: str, tmp_path: Path) -> None:
    form, content = UNUSUAL[name]
    rows = read(content(), caseload(tmp_path, f"format: {form}")).whole().rows
    assert rows.select("Worker", "Cases").rows() == [("1", "12"), ("2", "9")]


def test_a_workbook_as_excel_writes_it_is_not_looked_at_element_by_element(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr(xlsx_facts, "check_part", looked.append)
    xlsx_facts.xlsx_facts(workbook(ROWS), lambda _: True)
    assert looked == []
    xlsx_facts.xlsx_facts(xlsx(("</c></row>", "</c><d/></row>")), lambda _: True)
    assert len(looked) == 1
