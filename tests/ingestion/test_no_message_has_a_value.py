"""Hostile extracts: a person's name anywhere in a file is in no output of landing, trial or draft, and in no file for others."""

from __future__ import annotations

import io
import json
import logging

import polars as pl
import pytest

from ingestion.__main__ import main
from tests.ingestion.dress import workbook, zipped
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row
from warehouse.ledger import main as print_ledger

PERSON = "Jane Canary QQ123456C"
PARTS = ("Jane", "Canary", "QQ123456C")
RESTRICTED = ("inbox", "landing", "rejected", "identity")
# Texts without a list of codes: raw keeps them as they are, and only its owner can read raw.
FREE = ("post", "team")
FIELDS = ("employee", "assignment", "born", "swe", *FREE, "job", "registered", "contract", "fte", "start", "end")
GOOD = [staff_row(str(number), f"{number}-1") for number in range(30)]


def staff(*rows: str, header: str = STAFF_HEADER) -> bytes:
    return "\n".join([header, *rows]).encode() + b"\n"


def with_file(keys: str) -> str:
    return STAFF_MAPPING.replace("encoding: utf-8}", f"encoding: utf-8, {keys}}}").replace("ignore: [Location]\n", "")


def of_format(form: str, keys: str = "") -> str:
    return STAFF_MAPPING.replace(r"\.csv', format: csv, encoding: utf-8", rf"\.{form}', format: {form}{keys}")


def one(number: int = 99, **fields: str) -> str:
    return staff_row(**{"employee": str(number), "assignment": f"{number}-1", **fields})


def parquet(frame: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.write_parquet(written)
    return written.getvalue()


RECORDS = [dict(zip(STAFF_HEADER.split(","), row.split(","), strict=True)) for row in GOOD]
LINES = "\n".join(json.dumps(record) for record in RECORDS)
SHEET = [STAFF_HEADER.split(","), *(row.split(",") for row in [*GOOD, one(fte=PERSON)])]
OTHER_SHEETS = ("Jane Canary 2",)
TITLE = "as_at: {title: 'As at (?P<date>.*)'}"
UNPIVOT = STAFF_MAPPING.replace("fte: FTE", "fte: Cell, name: Header").replace("name: Name, ", "") + (
    "unpivot: {headers: '.*', name: Header, value: Cell}\n"
)
IN_A_COLUMN = {
    **{f"a person in {name}": staff(*GOOD, one(**{name: PERSON})) for name in FIELDS},
    **{f"people in {name}": staff(*GOOD[:5], *(one(80 + at, **{name: f"{PERSON} {at}"}) for at in range(14))) for name in FIELDS},
}
IN_A_FILE: dict[str, tuple[bytes, str, str]] = {
    "header": (staff(*(f"{row},x" for row in GOOD), header=f"{STAFF_HEADER},{PERSON}"), STAFF_MAPPING, "csv"),
    "header beside a missing one": (staff(*GOOD, header=STAFF_HEADER.replace("FTE", PERSON)), STAFF_MAPPING, "csv"),
    "header like a known one": (staff(*GOOD, header=STAFF_HEADER.replace("Employee", f"Employee {PERSON}")), STAFF_MAPPING, "csv"),
    "header twice": (staff(*(f"{row},x,y" for row in GOOD), header=f"{STAFF_HEADER},{PERSON},{PERSON}"), STAFF_MAPPING, "csv"),
    "columns to turn into rows": (staff(*(f"{row},x,y" for row in GOOD), header=f"{STAFF_HEADER},{PERSON},{PERSON}"), UNPIVOT, "csv"),
    "no header": (staff(*GOOD[1:], header=GOOD[0].replace("Person 004217", PERSON)), STAFF_MAPPING, "csv"),
    "ragged rows": (staff(*GOOD, f"{PERSON},x", ",".join([PERSON] * 30)), STAFF_MAPPING, "csv"),
    "open quotation mark": (staff(*GOOD, f'"{PERSON},x'), STAFF_MAPPING, "csv"),
    "other encoding": (staff(*GOOD, one(name=PERSON)) + b"\xff\xfe", STAFF_MAPPING, "csv"),
    "not a table": (b"%PDF " + PERSON.encode(), STAFF_MAPPING, "csv"),
    "odd characters": (staff(*GOOD, one(job=f"{PERSON}\u200b", start=f"{PERSON}\u00ad")), STAFF_MAPPING, "csv"),
    "total row": (
        staff(*GOOD, f"Total,{','.join([PERSON] * 9)},981734.26,,"),
        with_file("totals: {column: Employee, equals: Total}"),
        "csv",
    ),
    "total that nobody named": (staff(*GOOD, f"{PERSON} total,,,,,,,,,,12.0,,"), STAFF_MAPPING, "csv"),
    "title that gives no date": (f"As at {PERSON}\n".encode() + staff(*GOOD), with_file(TITLE), "csv"),
    "title of another month": (f"As at 31/08/2024\n{PERSON}\n".encode() + staff(*GOOD), with_file(TITLE), "csv"),
    "date of the extract": (
        staff(*(f"{row},{PERSON}" for row in GOOD), header=f"{STAFF_HEADER},Location"),
        with_file("as_at: {column: Location}"),
        "csv",
    ),
    "month of a row": (
        staff(*(f"{row},30/09/2024" for row in GOOD), f"{one()},{PERSON}", header=f"{STAFF_HEADER},Location"),
        with_file("period: {column: Location}").replace(r"(?P<period>\d{4}-\d{2})(_v\d+)?", ".*"),
        "csv",
    ),
    "rows that are not wanted": (staff(*(row.replace("T1", PERSON) for row in GOOD)), with_file("only: {Team: [T2]}"), "csv"),
    "part of a text": (
        staff(one(employee=PERSON)),
        STAFF_MAPPING.replace("person_id: Employee", "person_id: {from: Employee, take: '\\((\\d+)\\)'}"),
        "csv",
    ),
    "hours": (staff(*GOOD, one(fte=PERSON)), STAFF_MAPPING.replace("fte: FTE", "fte: {hours: FTE, standard_hours: 37}"), "csv"),
    "sheet": (workbook(SHEET, PERSON, before=OTHER_SHEETS), of_format("xlsx"), "xlsx"),
    "sheet that is not the named one": (workbook(SHEET, PERSON, before=OTHER_SHEETS), of_format("xlsx", ", sheet: Staff"), "xlsx"),
    "sheet like the named one": (workbook(SHEET, "Staff Jane", before=OTHER_SHEETS), of_format("xlsx", ", sheet: Staff"), "xlsx"),
    "sheet without the header": (workbook(SHEET, PERSON, before=OTHER_SHEETS), of_format("xlsx", ", sheets: all"), "xlsx"),
    "files in a ZIP": (
        zipped({f"{PERSON}.csv": staff(*GOOD, one(fte=PERSON)).decode(), f"a {PERSON}.csv": "x,y\n1,2\n", f"b.{PERSON}": "x"}),
        STAFF_MAPPING.replace(r"\.csv', format", r"\.zip', format"),
        "zip",
    ),
    "keys of JSON": ("\n".join(json.dumps({**record, PERSON: 1}) for record in RECORDS).encode(), of_format("jsonl"), "jsonl"),
    "broken JSON": (f'{LINES}\n{{"{PERSON}": [1,2\n"{PERSON}"\n{{"{PERSON}": {{"{PERSON}": 1}}}}'.encode(), of_format("jsonl"), "jsonl"),
    "Parquet's columns": (parquet(pl.DataFrame(RECORDS).with_columns(pl.lit(1).alias(PERSON))), of_format("parquet"), "parquet"),
    "lists in Parquet": (
        parquet(pl.DataFrame(RECORDS).with_columns(pl.lit([[PERSON]]).alias("FTE"), pl.lit([[PERSON]]).alias(PERSON))),
        of_format("parquet"),
        "parquet",
    ),
    "broken Parquet": (parquet(pl.DataFrame(RECORDS))[:-20] + PERSON.encode(), of_format("parquet"), "parquet"),
}


def said_and_kept(council: SendingCouncil, content: bytes, mapping: str, form: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Everything that landing, trial, draft and ledger print, and every file outside the restricted folders, by its name."""
    path = council.mapping("hr_assignments", mapping)
    extract = council.receive("hr_assignments", f"staff_2024-09.{form}", content)
    main(["land", "--organisation", "testshire", "--source", "hr_assignments", "--notes"])
    main(["check", "--mapping", str(path), "--extract", str(extract)])
    main(["draft", "--file", str(extract), "--source", "hr_assignments", "--out", str(council.home / "inbox" / "draft.yaml")])
    print_ledger(["--problems"])
    printed = capsys.readouterr()
    found = {"printed": printed.out + printed.err}
    for one_file in council.home.rglob("*"):
        named = one_file.relative_to(council.home)
        if one_file.is_file() and named.parts[0] not in RESTRICTED:
            is_table = one_file.suffix == ".parquet"
            found[str(named)] = str(pl.read_parquet(one_file).rows()) if is_table else one_file.read_bytes().decode("utf-8", "replace")
    return found


def told(found: dict[str, str], log: str) -> list[str]:
    return [name for name, text in (found | {"log": log}).items() if any(part in text for part in PARTS)]


@pytest.mark.wide
@pytest.mark.parametrize("content", IN_A_COLUMN.values(), ids=list(IN_A_COLUMN))
def test_a_person_in_any_column_is_told_nowhere(
    council: SendingCouncil,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    content: bytes,
    request: pytest.FixtureRequest,
) -> None:
    caplog.set_level(logging.DEBUG)
    found = said_and_kept(council, content, STAFF_MAPPING, "csv", capsys)
    is_free = request.node.callspec.id.split()[-1] in FREE
    leaks = told(found, caplog.text)
    assert all(one_file.startswith("raw/") for one_file in leaks) if is_free else leaks == []


@pytest.mark.wide
@pytest.mark.parametrize("case", IN_A_FILE.values(), ids=list(IN_A_FILE))
def test_a_person_anywhere_in_a_file_is_told_nowhere(
    council: SendingCouncil, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, case: tuple[bytes, str, str]
) -> None:
    caplog.set_level(logging.DEBUG)
    found = said_and_kept(council, *case, capsys)
    assert "rows read" in found["printed"], "the mapping is one that can be used"
    assert told(found, caplog.text) == []


def test_how_a_cell_is_written_gives_no_name_away() -> None:
    from ingestion.reading.cell_shapes import described

    assert described("18:30") == "it is written like 99:99"
    assert described("31/02/2020") == "it is written like 99/99/9999"
    assert described("1st April 2019") == "it is written like 9AA AAAAA 9999"
    assert described("0.6\u00a0x") == "it holds U+00A0 (no-break space)"
    assert described("a\tb") == "it holds U+0009 (tab)"
    assert [described(text) for text in (PERSON, "QQ123456C", "Jos\u00e9", "A1 Smith", "see Mrs Canary, 12 May", "9" * 40)] == [""] * 6
