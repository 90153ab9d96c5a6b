"""Files as hardly any system writes them: honest ones that must be read, and ones that two programs would read differently."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.archives import CENTRAL, LOCAL, MEBIBYTE, packed, put
from tests.hostile.configuration import council, mapped, other, refused
from tests.hostile.delimited import text
from tests.hostile.names_and_times import NAME, SPECIAL, TIME, named, timed
from tests.hostile.records import GOOD, columns, lines, table, written
from tests.hostile.trial import CASELOAD, CASES, PATTERN, READ, Attack, Place
from tests.hostile.workbooks import BOOK, ROWS, SHEET, attack, edited, with_part
from tests.ingestion.dress import ods, workbook, zipped
from tests.ingestion.old_books import xls

ARCHIVE = "archive"
STRINGS = "xl/sharedStrings.xml"


class _Stream(io.RawIOBase):
    """Something that is written to and cannot go back, so that sizes come after each member."""

    def __init__(self) -> None:
        super().__init__()
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        self.content += bytes(content)  # type: ignore[call-overload]
        return len(bytes(content))  # type: ignore[call-overload]


def streamed() -> bytes:
    stream = _Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("c.csv", CASES)
    return stream.content


def large_form(size: int | None = None) -> bytes:
    """A ZIP whose member has its sizes in the form for more than 4 GB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("c.csv", "w", force_zip64=True) as member:
        member.write(CASES.encode())
    content = bytearray(out.getvalue())
    if size is not None:
        entry = content.rindex(CENTRAL)
        name = struct.unpack_from("<H", content, entry + 28)[0]
        content[entry + 24 : entry + 28] = b"\xff" * 4
        content[entry + 30 : entry + 32] = struct.pack("<H", 12)
        at = entry + 46 + name
        content[at:at] = struct.pack("<HHQ", 1, 8, size)
        end = content.rindex(b"PK\x05\x06")
        content[end + 12 : end + 16] = struct.pack("<I", struct.unpack_from("<I", content, end + 12)[0] + 12)
    return bytes(content)


def another_name_inside() -> bytes:
    content = bytearray(packed("cases.csv", CASES.encode()))
    place = content.index(LOCAL) + 30
    content[place : place + 9] = b"other.csv"
    return bytes(content)


def deep(levels: int) -> bytes:
    content = CASES.encode()
    for _ in range(levels):
        content = packed("c.csv", content)
    return content


def commented() -> bytes:
    """A ZIP whose comment looks like the end of another directory."""
    content = packed("c.csv", CASES.encode())
    comment = b"PK\x05\x06" + bytes(18)
    return content[:-2] + struct.pack("<H", len(comment)) + comment


def in_sheet(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: edited(workbook(ROWS), SHEET, lambda sheet: sheet.replace(old, new, 1))


def in_strings(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: edited(workbook(ROWS), STRINGS, lambda strings: strings.replace(old, new, 1))


def in_book(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: edited(workbook(ROWS), BOOK, lambda book: book.replace(old, new, 1))


def in_table(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: edited(ods(ROWS), "content.xml", lambda content: content.replace(old, new, 1))


def in_old_book(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: xls([["Worker", "Agency Ref", "Cases"], ["1", None, 12.0], ["2", None, 9.0]]).replace(old, new, 1)


def outside_link() -> bytes:
    target = b'<Relationship Id="rId99" Type="http://x/externalLink" Target="file:///etc/passwd" TargetMode="External"/></Relationships>'
    whole = with_part("xl/externalLinks/externalLink1.xml", b'<externalLink><externalBook r:id="rId99"/></externalLink>')
    return edited(whole, "xl/_rels/workbook.xml.rels", lambda links: links.replace(b"</Relationships>", target))


def nested_columns() -> bytes:
    beside = pa.array([[{"a": 1}], None], pa.list_(pa.struct([("a", pa.int64())])))
    named_values = pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64()))
    return written(table(["1", "2"]).append_column("lists", beside).append_column("maps", named_values))


def deep_column(levels: int) -> bytes:
    kind: pa.DataType = pa.int64()
    for _ in range(levels):
        kind = pa.struct([("a", kind)])
    return written(table(["1"]).append_column("deep", pa.nulls(1, kind)), store_schema=False)


def false_schema() -> bytes:
    """A Parquet that says, in the words that only Arrow reads, that its columns have other types."""
    out = io.BytesIO()
    lie = pa.schema(
        [("Worker", pa.dictionary(pa.int8(), pa.list_(pa.float64()))), ("Agency Ref", pa.duration("ns")), ("Cases", pa.binary(3))]
    )
    metadata = {"ARROW:schema": base64.b64encode(lie.serialize().to_pybytes()).decode()}
    with pq.ParquetWriter(out, table(["1"]).schema, store_schema=False) as file:
        file.write_table(table(["1", "2"]))
        file.add_key_value_metadata(metadata)
    return out.getvalue()


def hard_link(place: Place) -> None:
    (place.elsewhere / "cases.csv").write_text(CASES)
    os.utime(place.elsewhere / "cases.csv", (1_728_700_000, 1_728_700_000))
    (place.inbox() / "cases_2024-09.csv").hardlink_to(place.elsewhere / "cases.csv")


def pipe_for(name: str) -> Callable[[Place], object]:
    """A council whose configuration is a pipe that nobody writes to."""

    def lay(place: Place) -> None:
        council("ashby", other("ashby"))(place)
        path: Path = place.config / "organisations" / "ashby" / name
        path.unlink()
        os.mkfifo(path)

    return lay


def merging(levels: int) -> str:
    return "m0: &m0 {a: 1}\n" + "".join(
        f"m{level}: &m{level} {{<<: [{', '.join([f'*m{level - 1}'] * 10)}]}}\n" for level in range(1, levels)
    )


QUOTED = '3,,"' + ("4,,5\n" * 200_000)
ATTACKS = [
    Attack("an honest ZIP that was written as a stream", ARCHIVE, put(streamed), READ, rows=2),
    Attack("an honest ZIP in the form for more than 4 GB", ARCHIVE, put(large_form), READ, rows=2),
    Attack("a ZIP that states a terabyte in the form for more than 4 GB", ARCHIVE, put(lambda: large_form(1 << 40))),
    Attack("a ZIP with the most bytes that can be stated", ARCHIVE, put(lambda: large_form((1 << 64) - 1))),
    Attack("one ZIP behind another", ARCHIVE, put(lambda: zipped({"a.csv": CASES + "3,,4\n"}) + zipped({"c.csv": CASES}))),
    Attack("a member with another name in its own header", ARCHIVE, put(another_name_inside), says="damaged"),
    Attack("a ZIP thirty levels deep", ARCHIVE, put(lambda: deep(30)), says="holds a ZIP file"),
    Attack("a comment that looks like a directory's end", ARCHIVE, put(commented)),
    Attack(
        "a name with a NUL character in the ZIP", ARCHIVE, put(lambda: packed("c.csv#.exe", CASES.encode()).replace(b"c.csv#", b"c.csv\0"))
    ),
    Attack("an honest ZIP whose member has a line break in its name", ARCHIVE, put(lambda: zipped({"c\n\u202e.csv": CASES})), READ, rows=2),
    Attack("a file packed by gzip", ARCHIVE, put(lambda: gzip.compress(CASES.encode()))),
    attack("a link to a file outside the workbook", "xlsx", outside_link, result=READ, rows=2),
    attack(
        "a sheet that is a file outside the workbook",
        "xlsx",
        lambda: edited(
            workbook(ROWS), "xl/_rels/workbook.xml.rels", lambda links: links.replace(b"worksheets/sheet1.xml", b"../../../../etc/passwd")
        ),
    ),
    attack(
        "a shared text of 50 MB",
        "xlsx",
        in_strings(b"</sst>", b"<si><t>" + b"x" * (50 * MEBIBYTE) + b"</t></si></sst>"),
        result=READ,
        rows=2,
    ),
    attack(
        "four thousand million shared texts, as it says",
        "xlsx",
        lambda: edited(
            workbook(ROWS),
            STRINGS,
            lambda strings: strings.replace(b'uniqueCount="', b'uniqueCount="429496').replace(b' count="', b' count="429496'),
        ),
        result=READ,
        rows=2,
    ),
    attack("a shared text that is not there", "xlsx", in_sheet(b"<v>4</v>", b"<v>4000000</v>")),
    attack(
        "a hundred thousand names",
        "xlsx",
        in_book(
            b"</sheets>",
            b"</sheets><definedNames>"
            + b"".join(b'<definedName name="n%d">Cases!$A$1</definedName>' % number for number in range(100_000))
            + b"</definedNames>",
        ),
        result=READ,
        rows=2,
    ),
    attack(
        "a formula and a result that is not its own",
        "xlsx",
        in_sheet(b'<c r="C2" t="s"><v>4</v></c>', b'<c r="C2"><f>1+1</f><v>7</v></c>'),
        result=READ,
        rows=2,
    ),
    attack(
        "a sheet that says it is as large as a sheet may be",
        "xlsx",
        in_sheet(b'<dimension ref="A1:C3"/>', b'<dimension ref="A1:XFD1048576"/>'),
        result=READ,
        rows=2,
    ),
    attack(
        "a sheet that says it ends in no column",
        "xlsx",
        in_sheet(b'<dimension ref="A1:C3"/>', b'<dimension ref="A1:ZZZZZZZ99999999999"/>'),
        result=READ,
        rows=2,
    ),
    attack("a cell that says it is in another row", "xlsx", in_sheet(b'<c r="C3"', b'<c r="C2"')),
    attack("a row number that no sheet has", "xlsx", in_sheet(b'<row r="3"', b'<row r="4294967298"'), says="no sheet has"),
    attack(
        "an empty row repeated four thousand million times",
        "ods",
        in_table(
            b"</table:table>",
            b'<table:table-row table:number-rows-repeated="4294967295"><table:table-cell/></table:table-row></table:table>',
        ),
        result=READ,
        rows=2,
    ),
    attack(
        "an empty cell repeated four thousand million times",
        "ods",
        in_table(
            b"</table:table>",
            b'<table:table-row><table:table-cell table:number-columns-repeated="4294967295"/></table:table-row></table:table>',
        ),
        result=READ,
        rows=2,
    ),
    attack(
        "a cell repeated minus one times", "ods", in_table(b"<table:table-cell", b'<table:table-cell table:number-columns-repeated="-1"')
    ),
    attack(
        "an old workbook that says it has 4,000 million rows",
        "xls",
        in_old_book(struct.pack("<IIHHH", 0, 3, 0, 3, 0), struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)),
        says="far more memory",
    ),
    attack("an old workbook with a record longer than the file", "xls", in_old_book(b"\x03\x02\x0e\x00", b"\x03\x02\xff\xff")),
    columns(nested_columns, "an honest Parquet with lists, records and maps beside", result=READ, rows=2),
    columns(lambda: deep_column(90), "a column 90 levels deep", result=READ, rows=1),
    columns(false_schema, "other types in the words for Arrow", result=READ, rows=2),
    columns(lambda: b"PARE" + written(table(["1"]))[4:-4] + b"PARE", "an encrypted footer"),
    lines(
        lambda: GOOD + b'{"Worker": "3", "Cases": NaN}\n{"Worker": "4", "Cases": -Infinity}\n', "numbers that are none", result=READ, rows=2
    ),
    lines(lambda: b"[" + b",".join(GOOD.splitlines()) + b"]\n", "one list of all records"),
    lines(lambda: GOOD + b'{"Worker": "3", "' + b"k" * 900_000 + b'": 1}\n', "a name of 900,000 letters", result=READ, rows=2),
    lines(
        lambda: GOOD + json.dumps({"Worker": "3", "Cases": 4, "a\0b": "c\0d", "\x1b[2J": "x"}).encode() + b"\n",
        "NUL and ESC in a name",
        result=READ,
        rows=3,
    ),
    lines(lambda: b"\xef\xbb\xbf" * 2 + GOOD, "two byte order marks", result=READ, rows=1),
    lines(lambda: GOOD.replace(b"\n", b"\r") + b'{"Worker": "3"}\r' * 3_000_000, "line ends of another system"),
    text("UTF-16 of the other order", lambda: b"\xfe\xff" + CASES.encode("utf-16-be"), says="UTF-16"),
    text("UTF-32", lambda: CASES.encode("utf-32")),
    text("a quotation mark that is never closed, and 100 MB behind it", lambda: CASES + '3,,"' + "12345,,678\n" * 9_500_000),
    text(
        "a quotation mark that is never closed, and 100 MB in few lines",
        lambda: CASES + '3,,"' + ("x" * 500_000 + "\n") * 200,
        says="quotation mark",
    ),
    text("one cell of 500 MB", lambda: CASES + "3,," + "9" * (500 * MEBIBYTE) + "\n", says="longer than"),
    text("one cell of 30 MB in many lines", lambda: CASES + '3,,"' + ("x" * 500_000 + "\n") * 60 + '"\n'),
    text("line ends of three systems", lambda: "Worker,Agency Ref,Cases\r\n1,,12\n2,,9\r3,,4\r\n", result=READ, rows=3),
    text("lines that only Unicode ends", lambda: CASES + "3\u2028,,4\x0b\n4\x85,,5\n", result=READ, rows=4),
    Attack("a name that Windows keeps for itself", NAME, named("con_2024-09.csv"), says="no mapping names"),
    Attack("a name of 255 bytes", NAME, named("cases_2024-09" + "x" * 238 + ".csv"), says="Rename"),
    Attack(
        "a name in composed and in decomposed letters",
        NAME,
        lambda place: (place.put("cases_2024-09\u00e9.csv", CASES), place.put("cases_2024-09e\u0301.csv", CASES + "3,,4\n")),
        READ,
        rows=2,
    ),
    Attack("a time after 2038", TIME, timed(2_200_000_000), says="still to come"),
    Attack("a file that has another name elsewhere", SPECIAL, hard_link, READ, rows=2),
    refused("an organisation.yaml that is a pipe", pipe_for("organisation.yaml"), ""),
    refused("a mapping that is a pipe", pipe_for("mappings/caseload.yaml"), ""),
    refused("a key of YAML twice", council("ashby", other("ashby") + "id: other\n"), ""),
    refused("YAML that merges again and again", council("ashby", merging(9) + other("ashby")), ""),
    refused(
        "a pattern of ten thousand words",
        mapped(CASELOAD.format(pattern=PATTERN + "|".join(f"w{number}" for number in range(10_000)), form="csv")),
        "",
    ),
]
