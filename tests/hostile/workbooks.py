"""Workbooks that hold one thing twice, fill a cell far away, or refer to something outside themselves."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

from tests.hostile.archives import MEBIBYTE, noise
from tests.hostile.trial import READ, Attack, Place
from tests.ingestion.dress import HEADER, Rows, ods, workbook
from tests.ingestion.old_books import xls

KIND = "workbook"
ROWS: Rows = [HEADER, ["1", None, "12"], ["2", None, "9"]]
SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"
BESIDE = {"xlsx": ("cases_2024-08.xlsx", workbook(ROWS)), "ods": ("cases_2024-08.ods", ods(ROWS)), "xls": ("cases_2024-08.xls", xls(ROWS))}


def edited(content: bytes, part: str, edit: Callable[[bytes], bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The workbook with a part changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {member.filename: old.read(member) for member in old.infolist()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, edit(text) if name == part else text, method if name == part else zipfile.ZIP_DEFLATED)
    return written.getvalue()


def with_cells(cells: bytes) -> bytes:
    return edited(workbook(ROWS), SHEET, lambda text: text.replace(b"</sheetData>", cells + b"</sheetData>"))


def with_part(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO(workbook(ROWS))
    with zipfile.ZipFile(written, "a", method) as archive:
        archive.writestr(name, content)
    return written.getvalue()


def two_parts() -> bytes:
    """A workbook with two sheet parts that have the same name."""
    other = edited(workbook(ROWS), SHEET, lambda text: text)
    with zipfile.ZipFile(io.BytesIO(other)) as archive:
        sheet = archive.read(SHEET)
    return with_part("xl/worksheets/sheet9.xml", sheet.replace(b"<v>5</v>", b"<v>3</v>")).replace(
        b"sheets/sheet9.xml", b"sheets/sheet1.xml"
    )


def two_sheets_of_one_name() -> bytes:
    book = workbook(ROWS, before=("Casez",))
    return edited(book, BOOK, lambda text: text.replace(b"Casez", b"Cases"))


def xls_cell_twice() -> bytes:
    """An XLS whose second row is in it twice."""
    content = bytearray(xls([["Worker", "Agency Ref", "Cases"], ["1", None, 12.0], ["2", None, 9.0]]))
    number = b"\x03\x02\x0e\x00\x02\x00\x02\x00"
    content[content.index(number) + 4 : content.index(number) + 6] = b"\x01\x00"
    return bytes(content)


def book(form: str, content: Callable[[], bytes]) -> dict[str, object]:
    def lay(place: Place) -> object:
        return place.put(f"cases_2024-09.{form}", content())

    return {"lay": lay, "form": form, "beside": BESIDE[form]}


FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
WIDE_ODS = b'<table:table-row table:number-rows-repeated="1048570"><table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def attack(name: str, form: str, content: Callable[[], bytes], **more: object) -> Attack:
    return Attack(name=name, kind=KIND, **{**book(form, content), **more})  # type: ignore[arg-type]


ATTACKS = [
    attack("two sheet parts of one name", "xlsx", two_parts, says="two files of one name", in_table=True),
    attack(
        "one cell twice",
        "xlsx",
        lambda: edited(
            workbook(ROWS), SHEET, lambda text: text.replace(b"</row></sheetData>", b'<c r="C3" t="str"><v>99</v></c></row></sheetData>')
        ),
        says="twice",
        in_table=True,
    ),
    attack(
        "one row twice",
        "xlsx",
        lambda: with_cells(b'<row r="3"><c r="A3" t="str"><v>2</v></c><c r="C3" t="str"><v>99</v></c></row>'),
        says="twice",
    ),
    attack("one cell twice in an XLS", "xls", xls_cell_twice, says="twice"),
    attack("two sheets of one name", "xlsx", two_sheets_of_one_name, says="two sheets of one name"),
    attack(
        "a part packed by bzip2", "xlsx", lambda: with_part("xl/media/a.png", b"x" * (256 * MEBIBYTE), zipfile.ZIP_BZIP2), in_table=True
    ),
    attack(
        "a sheet packed by LZMA", "xlsx", lambda: edited(workbook(ROWS), SHEET, lambda text: text, zipfile.ZIP_LZMA), says="packed by LZMA"
    ),
    attack("a cell in the far corner of the sheet", "xlsx", lambda: with_cells(FAR), says="far more memory"),
    attack("a cell in the last row", "xlsx", lambda: with_cells(b'<row r="1048576"><c r="C1048576"><v>1</v></c></row>')),
    attack(
        "a cell in the 200th column and 200,000th row", "xlsx", lambda: with_cells(b'<row r="200000"><c r="GR200000"><v>1</v></c></row>')
    ),
    attack("a cell far to the right", "xlsx", lambda: with_cells(b'<row r="4"><c r="XFD4"><v>1</v></c></row>')),
    attack(
        "a sheet of one cell repeated everywhere",
        "ods",
        lambda: edited(ods(ROWS), "content.xml", lambda text: text.replace(b"</table:table>", WIDE_ODS)),
    ),
    attack(
        "a row repeated a million times",
        "ods",
        lambda: edited(ods(ROWS), "content.xml", lambda text: text.replace(b"</table:table>", WIDE_ODS.replace(b"16384", b"3"))),
    ),
    attack(
        "an XML entity of another file",
        "xlsx",
        lambda: edited(workbook(ROWS), SHEET, lambda text: text.replace(b"?>", b"?>" + ENTITY, 1)),
        says="XML entities",
    ),
    attack("a part of 300 MB of spaces", "xlsx", lambda: with_part("xl/media/a.png", b" " * (300 * MEBIBYTE)), says="would unpack to"),
    attack("6,000 parts", "xlsx", lambda: many_parts(6_000), says="holds 6,0"),
    attack("a sheet that is cut off", "xlsx", lambda: edited(workbook(ROWS), SHEET, lambda text: text[: len(text) // 2])),
    attack(
        "XML a hundred thousand levels deep",
        "xlsx",
        lambda: edited(workbook(ROWS), SHEET, lambda text: text.replace(b"<sheetData>", b"<a>" * 100_000)),
    ),
    attack("no sheet", "xlsx", lambda: edited(workbook(ROWS), BOOK, lambda text: re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", text))),
    attack("a workbook of noise", "xlsx", lambda: b"PK\x03\x04" + noise(50_000), says="damaged"),
    attack("an old workbook of noise", "xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise(50_000)),
    attack("an old workbook whose sectors run in a ring", "xls", lambda: ring()),
    attack("a CSV named like a workbook", "xlsx", lambda: b"Worker,Agency Ref,Cases\n1,,12\n", says="not what its name says"),
    attack("an honest workbook", "xlsx", lambda: workbook(ROWS), result=READ, rows=2),
    attack("an honest OpenDocument workbook", "ods", lambda: ods(ROWS), result=READ, rows=2),
    attack(
        "an honest old workbook",
        "xls",
        lambda: xls([["Worker", "Agency Ref", "Cases"], ["1", None, 12.0], ["2", None, 9.0]]),
        result=READ,
        rows=2,
    ),
]


def many_parts(count: int) -> bytes:
    written = io.BytesIO(workbook(ROWS))
    with zipfile.ZipFile(written, "a") as archive:
        for number in range(count):
            archive.writestr(f"xl/media/{number}.png", "")
    return written.getvalue()


def ring() -> bytes:
    """An XLS whose sectors each lead to themselves."""
    content = bytearray(xls([["Worker", "Agency Ref", "Cases"], ["1", None, 12.0]]))
    table = int.from_bytes(content[76:80], "little")
    start = (table + 1) * 512
    for sector in range(128):
        content[start + 4 * sector : start + 4 * sector + 4] = sector.to_bytes(4, "little")
    return bytes(content)
