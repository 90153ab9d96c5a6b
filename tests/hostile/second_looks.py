"""What two programs would read differently, and what a limit for one form of a file would miss in another form of it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.configuration import council, mapped, other, refused
from tests.hostile.delimited import text
from tests.hostile.names_and_times import NAME, named
from tests.hostile.odd_files import STRINGS, in_sheet, in_strings, in_table
from tests.hostile.records import columns, table, written
from tests.hostile.trial import CASELOAD, CASES, PATTERN, READ, RECEIVED, Attack, Place
from tests.hostile.workbooks import ROWS, SHEET, attack, edited
from tests.ingestion.dress import workbook

ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
UTF_16 = "csv, encoding: utf-16"


def in_utf_16(part: str) -> Callable[[], bytes]:
    """A workbook with a part in UTF-16 that declares entities, which a search for the bytes of the declaration misses."""

    def recoded(content: bytes) -> bytes:
        body = content.decode().partition("?>")[2]
        return f'<?xml version="1.0" encoding="UTF-16"?>{ENTITIES}{body}'.encode("utf-16")

    return lambda: edited(workbook(ROWS), part, recoded)


def large(line: str, mebibytes: int) -> Callable[[Place], object]:
    """A file in UTF-16 of very many equal lines."""

    def lay(place: Place) -> None:
        path = place.put("cases_2024-09.csv", CASES.encode("utf-16"))
        portion = line.encode("utf-16-le") * max(1, (1 << 20) // (2 * len(line)))
        with path.open("ab") as opened:
            while opened.tell() < (mebibytes << 20) - len(portion):
                opened.write(portion)
        stamp = datetime.fromisoformat(f"{RECEIVED}+00:00").timestamp()
        os.utime(path, (stamp, stamp))

    return lay


def utf_16(name: str, lay: Callable[[Place], object], **more: object) -> Attack:
    beside = ("cases_2024-08.csv", CASES.encode("utf-16"))
    return Attack(name=name, kind="CSV", lay=lay, form=UTF_16, beside=beside, **more)  # type: ignore[arg-type]


def wrong_checksum() -> bytes:
    """A Parquet with a text that was changed after the checksum of its page was written."""
    content = written(
        table(["1111111", "2222222"]), compression="none", use_dictionary=False, write_page_checksum=True, write_statistics=False
    )
    return content.replace(b"1111111", b"9111111")


def two_of_one_name() -> bytes:
    column = pa.array(["1", "2"])
    return written(pa.Table.from_arrays([column, column, column, column], names=["Worker", "Agency Ref", "Cases", "Cases"]))


def old_times() -> bytes:
    """A Parquet with a column of times in the old form of 96 bits, beside those that are wanted."""
    out = io.BytesIO()
    times = pa.array([datetime(2024, 9, 1), None], pa.timestamp("ns"))
    pq.write_table(table(["1", "2"]).append_column("When", times), out, use_deprecated_int96_timestamps=True)
    return out.getvalue()


def two_spellings(place: Place) -> None:
    place.put("cases_2024-09.csv", CASES)
    place.put("cases_2024-09.CSV", CASES + "3,,4\n", on="2024-10-13T06:00")


ATTACKS = [
    attack("a row of a number that no sheet has", "xlsx", in_sheet(b'<row r="3"', b'<row r="1048577"'), says="no sheet has"),
    attack("a cell beyond the last column", "xlsx", in_sheet(b'r="C3"', b'r="XFE3"'), says="no sheet has"),
    attack("a shared text of a negative number", "xlsx", in_sheet(b"<v>4</v>", b"<v>-1</v>"), says="shared text"),
    attack("a row within a row", "xlsx", in_sheet(b'</row><row r="3"', b'<row r="3"><c r="A3"/></row><row r="3"'), says="has none"),
    attack(
        "a cell within a cell",
        "xlsx",
        in_sheet(b"</c></row></sheetData>", b'<c r="D3"><v>7</v></c></c></row></sheetData>'),
        says="has none",
    ),
    attack("a cell behind the last row", "xlsx", in_sheet(b"</sheetData>", b'</sheetData><c r="C3"><v>7</v></c>'), says="has none"),
    attack("a text within a text", "xlsx", in_strings(b"<si><t>Cases</t></si>", b"<si><si><t>Cases</t></si></si>"), says="has none"),
    attack(
        "texts in the cells themselves",
        "xlsx",
        in_sheet(b'<c r="C3" t="s"><v>6</v></c>', b'<c r="C3" t="inlineStr"><is><t>9</t></is></c>'),
        result=READ,
        rows=2,
    ),
    attack("XML entities that multiply, in UTF-16", "xlsx", in_utf_16(SHEET)),
    attack("XML entities that multiply, in the texts in UTF-16", "xlsx", in_utf_16(STRINGS)),
    attack(
        "XML entities that multiply",
        "ods",
        in_table(b"<office:document-content", ENTITIES.encode() + b"<office:document-content"),
        says="XML entities",
    ),
    attack(
        "a cell that shows a text and has no type", "ods", in_table(b' office:value-type="string"><text:p>2', b"><text:p>2"), says="no type"
    ),
    columns(wrong_checksum, "a page with another checksum", says="damaged"),
    columns(two_of_one_name, "one column's name twice"),
    columns(old_times, "times of 96 bits beside", result=READ, rows=2),
    utf_16("800 MB of UTF-16 in short lines", large("3,,4\n", 799), says="lines"),
    utf_16("800 MB of UTF-16 in one line", large("3", 799), says="longer than"),
    utf_16("UTF-16 with half a character", lambda place: place.put("cases_2024-09.csv", CASES.encode("utf-16") + b"\x00\xd8\n\x00")),
    utf_16("UTF-16 cut off in a character", lambda place: place.put("cases_2024-09.csv", CASES.encode("utf-16") + b"3")),
    text("100,000 columns", lambda: ",".join(["Worker", "Agency Ref", "Cases", *map(str, range(100_000))]) + "\n1,,2\n", says="columns"),
    text("a header of 10 MB", lambda: "Worker,Agency Ref,Cases," + "x" * 10_000_000 + "\n1,,2\n", says="longer than"),
    text("another encoding in the middle", lambda: CASES.encode() + "3é,,4\n".encode() + b"4\xe9,,5\n", says="row 5"),
    text("a byte order mark of another encoding in the middle", lambda: CASES.encode() + b"\xff\xfe3,,4\n", says="row 4"),
    Attack("a name with signs of formats", NAME, named("cases_2024-09%s%n{0}%0a.csv"), READ, rows=2),
    Attack("a name that ends with blanks", NAME, named("cases_2024-09.csv  "), READ, rows=2),
    Attack("two names that differ in capitals alone", NAME, two_spellings, READ, rows=3),
    refused("a tab where YAML has blanks", council("ashby", other("ashby") + "contacts:\n\t- x\n"), "YAML"),
    refused("a day in YAML that no calendar has", council("ashby", other("ashby", first_month="2024-02-31")), ""),
    refused("a number of 10,000 digits in YAML", council("ashby", other("ashby", la_code="9" * 10_000)), ""),
    refused("two documents in one YAML", council("ashby", other("ashby") + "---\n" + other("ashby")), "YAML"),
    refused("a key of YAML that is a list", council("ashby", "? [a, b]\n: c\n" + other("ashby")), ""),
    refused(
        "a mapping that makes a day that no calendar has", mapped(CASELOAD.format(pattern=PATTERN, form="csv") + "dates: 2024-02-31\n"), ""
    ),
]
