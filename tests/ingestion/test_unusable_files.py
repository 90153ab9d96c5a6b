"""A file that cannot be used is held, with a message that says which file, what was expected and what to do. The others go on."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from foundation.ledger import Problem
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row

GOOD = "staff_2024-08.csv"
BAD = "staff_2024-09.csv"


def workbook(*rows: list[str], sheet: str = "Sheet1") -> bytes:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    page = book.add_worksheet(sheet)
    for place, row in enumerate(rows):
        page.write_row(place, 0, row)
    book.close()
    return written.getvalue()


def zipped(**members: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return written.getvalue()


def land_beside_a_good_file(council: SendingCouncil, content: str | bytes, name: str = BAD) -> list[Problem]:
    """Land a bad file with a good one, check that only the bad one is held and stored, and return its problems."""
    council.staff(GOOD, staff_row())
    council.receive("hr_assignments", name, content)
    report = council.land()
    assert (report.landed, report.held, report.failed) == (1, 1, True)
    assert council.raw(period="2024-08").height == 1
    assert not (council.home / "raw/hr_assignments/organisation=testshire/period=2024-09").exists()
    kept = (council.home / "landing/hr_assignments/testshire").glob(f"*__{name}")
    assert [path.read_bytes() for path in kept] == [content if isinstance(content, bytes) else content.encode()]
    (held,) = [delivery for delivery in council.deliveries() if delivery.state == "held"]
    assert held.problems == report.problems
    assert held.states[-1].reason == "; ".join(problem.message for problem in held.problems)
    assert all(
        problem.severity == "held" and problem.file == name and problem.message.startswith(f"{name}: ") for problem in report.problems
    )
    return list(report.problems)


def test_a_missing_column_holds_the_file_and_is_named_with_the_headers_found(council: SendingCouncil) -> None:
    problems = land_beside_a_good_file(council, f"{STAFF_HEADER.replace('FTE', 'Hours').replace('End', 'Finish')}\n{staff_row()}\n")
    assert [(problem.code, problem.column, problem.row) for problem in problems] == [
        ("missing_column", "FTE", 1),
        ("missing_column", "End", 1),
    ]
    assert "the column 'FTE' (fte) is missing. The header in row 1 has 'Employee', 'Assignment', 'Name'" in problems[0].message
    assert "correct `columns` in" in problems[0].message


def test_a_file_without_a_header_is_held_and_none_of_its_rows_is_shown(council: SendingCouncil) -> None:
    (only,) = land_beside_a_good_file(council, f"{staff_row()}\n{staff_row()}\n")
    assert only.code == "missing_column"
    assert "no header in the first 40 rows. Expected a row with 'Employee', 'Assignment'" in only.message
    assert "Person 004217" not in only.message


def test_an_unknown_column_is_noted_and_nothing_of_it_kept(council: SendingCouncil) -> None:
    council.receive("hr_assignments", BAD, f"{STAFF_HEADER},Religion,Location\n{staff_row()},Jedi,Cambridge\n")
    report = council.land()
    assert (report.landed, report.failed) == (1, False)
    (note,) = report.problems
    assert (note.code, note.severity, note.column) == ("unknown_column", "note", None)
    assert "headers that are not known: 1, in column N (14). Nothing of these columns is kept" in note.message
    assert "Religion" not in note.message
    written = [path for path in council.home.rglob("*") if path.is_file() and not {"landing", "inbox"} & set(path.parts)]
    assert written
    assert all(b"Jedi" not in path.read_bytes() for path in written)


def test_a_column_without_a_header_is_noted_where_it_holds_something(council: SendingCouncil) -> None:
    council.receive("hr_assignments", BAD, f"{STAFF_HEADER},,\n{staff_row()},,x\n")
    assert [problem.message.split(": ", 1)[1][:62] for problem in council.land().problems] == [
        "columns without a header that hold something: 1, column O (15)"
    ]


def test_a_header_that_stands_twice_is_held(council: SendingCouncil) -> None:
    (only,) = land_beside_a_good_file(council, f"{STAFF_HEADER},FTE\n{staff_row()},1\n")
    assert (only.code, only.column) == ("repeated_column", "FTE")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_held(council: SendingCouncil, content: str) -> None:
    (only,) = land_beside_a_good_file(council, content)
    assert only.code in ("empty_file", "missing_column")


def test_a_file_of_no_bytes_says_so(council: SendingCouncil) -> None:
    (only,) = land_beside_a_good_file(council, "")
    assert only.code == "empty_file"
    assert only.message == f"{BAD}: the file is empty (0 rows). Expected a header and rows; send the extract again"


def test_a_header_without_rows_is_an_empty_file(council: SendingCouncil) -> None:
    (only,) = land_beside_a_good_file(council, f"{STAFF_HEADER}\n\n")
    assert only.code == "empty_file"
    assert "the file has no rows besides rows left out by rule (blank: 1). Expected rows; send the extract again" in only.message


def test_a_header_without_rows_is_fine_where_the_mapping_says_so(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace("encoding: utf-8", "encoding: utf-8, may_be_empty: true"))
    council.receive("hr_assignments", BAD, f"{STAFF_HEADER}\n")
    assert council.land().landed == 1
    assert council.raw().height == 0
    assert council.raw().schema["fte"].is_decimal()


def test_a_file_in_which_every_row_is_rejected_is_held_and_its_rows_can_be_looked_at(council: SendingCouncil) -> None:
    (only,) = land_beside_a_good_file(council, f"{STAFF_HEADER}\n{staff_row(fte='37')}\n{staff_row('2', '2', fte='18.5')}\n")
    assert only.code == "all_rows_rejected"
    assert "all 2 rows are rejected: fte_in_range: rows rejected: 2, the first is row 2" in only.message
    assert council.rejected()["source_row"].to_list() == [2, 3]
    held = council.deliveries()[-1]
    assert (held.rows_read, held.rows_rejected, held.rows_accepted) == (2, 2, 0)


def test_a_file_named_for_a_month_after_its_receipt_is_of_the_wrong_period(council: SendingCouncil) -> None:
    council.receive("hr_assignments", "staff_2025-09.csv", f"{STAFF_HEADER}\n{staff_row()}\n", on="2024-10-12T06:00")
    (only,) = council.land().problems
    assert only.code == "wrong_period"
    assert "named for 2025-09, but received in 2024-10, before that month. Send it again with the right name" in only.message


def test_a_file_named_for_a_month_before_the_first_is_of_the_wrong_period(council: SendingCouncil) -> None:
    council.receive("hr_assignments", "staff_2014-09.csv", f"{STAFF_HEADER}\n{staff_row()}\n")
    (only,) = council.land().problems
    assert "before the council's first month 2024-01" in only.message


def test_a_name_that_gives_no_month_is_held_without_a_period(council: SendingCouncil) -> None:
    council.receive("hr_assignments", "staff_2024-13.csv", f"{STAFF_HEADER}\n{staff_row()}\n")
    (only,) = council.land().problems
    assert (only.code, council.deliveries()[0].period) == ("wrong_period", None)
    assert "the name gives no month of a year" in only.message


def test_a_date_column_that_says_another_month_than_the_name_is_the_wrong_period(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace("encoding: utf-8}", "encoding: utf-8, as_at: {column: As At}}"))
    for name, day in ((GOOD, "31/08/2024"), (BAD, "31/08/2024")):
        council.receive("hr_assignments", name, f"{STAFF_HEADER},As At\n{staff_row()},{day}\n")
    report = council.land()
    assert (report.landed, report.held) == (1, 1)
    (only,) = report.problems
    assert (only.code, only.row, only.column) == ("wrong_period", 2, "As At")
    expected = "the name says 2024-09, but row 2, column 'As At' says 2024-08. Send the extract of 2024-09, or rename the file"
    assert only.message == f"{BAD}: {expected}"


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("Effective Date: 31/08/2024", "the name says 2024-09, but the title says 2024-08"),
        ("Effective Date: soon", "but the date there cannot be read. Dates are expected like %d/%m/%Y"),
        ("Staff list", "found none. Send the extract with its title rows"),
    ],
)
def test_a_title_that_says_another_month_than_the_name_is_the_wrong_period(council: SendingCouncil, title: str, says: str) -> None:
    as_at = r"encoding: utf-8, as_at: {title: 'Effective Date: (?P<date>\S+)'}}"
    council.mapping("hr_assignments", STAFF_MAPPING.replace("encoding: utf-8}", as_at))
    council.receive("hr_assignments", GOOD, f"Staff list\nEffective Date: 31/08/2024\n\n{STAFF_HEADER}\n{staff_row()}\n")
    council.receive("hr_assignments", BAD, f"{title}\n\n{STAFF_HEADER}\n{staff_row()}\n")
    report = council.land()
    assert (report.landed, report.held) == (1, 1)
    assert report.problems[0].code == "wrong_period"
    assert says in report.problems[0].message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (workbook(STAFF_HEADER.split(",")), "an Excel workbook"),
        (b"PK\x03\x04 cut off", "a damaged workbook or ZIP file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "an old Excel file (XLS) or a workbook with a password"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page or XML"),
        (b"%PDF-1.7 and more", "a PDF"),
        ((STAFF_HEADER + "\n").encode("utf-16"), "text in UTF-16"),
        (b"\x01\x02\x00\x03\x04", "bytes that are not text"),
        (b"PAR1 and more", "a Parquet file"),
    ],
)
def test_a_csv_that_is_something_else_is_held(council: SendingCouncil, content: bytes, found: str) -> None:
    (only,) = land_beside_a_good_file(council, content)
    assert only.code == "unreadable_file"
    assert "not what its name says: expected a text file with a row a line (CSV), found " + found in only.message
    assert "Save it from the system as CSV" in only.message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (f"{STAFF_HEADER}\n{staff_row()}\n".encode(), "a text file"),
        (b"<html><body>Sign in</body></html>", "a web page or XML"),
        (workbook(STAFF_HEADER.split(","))[:900], "a damaged workbook or ZIP file"),
        (zipped(readme="hello").replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\x63"), "a damaged workbook or ZIP file"),
    ],
)
def test_a_workbook_that_is_something_else_is_held(council: SendingCouncil, content: bytes, found: str) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace(r"\.csv', format: csv, encoding: utf-8", r"\.xlsx', format: xlsx"))
    council.receive("hr_assignments", "staff_2024-09.xlsx", content)
    council.receive(
        "hr_assignments", "staff_2024-08.xlsx", workbook(STAFF_HEADER.split(","), staff_row(born="", start="2020-04-01").split(","))
    )
    report = council.land()
    assert (report.landed, report.held) == (1, 1)
    assert f"expected an Excel workbook (XLSX), found {found}" in report.problems[0].message


def test_a_workbook_with_a_broken_sheet_is_held(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace(r"\.csv', format: csv, encoding: utf-8", r"\.xlsx', format: xlsx"))
    council.receive("hr_assignments", "staff_2024-09.xlsx", zipped(**{"xl/workbook.xml": "<not a workbook"}))
    (only,) = council.land().problems
    assert only.code == "unreadable_file"
    assert "the workbook cannot be read; it may be damaged or have a password" in only.message


def test_a_workbook_without_the_expected_sheet_is_held(council: SendingCouncil) -> None:
    mapping = STAFF_MAPPING.replace(r"\.csv', format: csv, encoding: utf-8", r"\.xlsx', format: xlsx, sheet: Assignments")
    council.mapping("hr_assignments", mapping)
    council.receive("hr_assignments", "staff_2024-09.xlsx", workbook(STAFF_HEADER.split(","), sheet="Summary"))
    (only,) = council.land().problems
    assert (only.code, only.message.split(": ", 1)[1][:67]) == (
        "missing_sheet",
        "expected the sheet 'Assignments', found 1 sheet with other names. R",
    )


def test_text_in_another_encoding_is_held_and_not_misread(council: SendingCouncil) -> None:
    (only,) = land_beside_a_good_file(council, f"{STAFF_HEADER}\n{staff_row()}\n{staff_row(name='Zoë £')}\n".encode("cp1252"))
    assert (only.code, only.row) == ("unreadable_file", 3)
    assert "row 3 holds a character that is not utf-8" in only.message
    assert "set `file.encoding: cp1252` in the mapping" in only.message


def test_utf_8_is_not_misread_as_windows_1252(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace("encoding: utf-8", "encoding: cp1252"))
    (only,) = land_beside_a_good_file(council, f"{STAFF_HEADER}\n{staff_row(name='Zoë')}\n")
    assert "the text is UTF-8, but the mapping names cp1252" in only.message


def test_a_quotation_mark_left_open_does_not_swallow_the_rows_below(council: SendingCouncil) -> None:
    rows = [staff_row("1", "1"), staff_row("2", "2", end='"'), staff_row("3", "3")]
    (only,) = land_beside_a_good_file(council, "\n".join([STAFF_HEADER, *rows]))
    assert (only.code, only.row) == ("unreadable_file", 3)
    assert "a quotation mark opened in row 3 is not closed" in only.message


def test_rows_that_run_together_between_two_open_quotation_marks_are_rejected(council: SendingCouncil) -> None:
    rows = [staff_row("1", "1"), staff_row("2", "2", name='"X'), staff_row("3", "3", name='X"'), staff_row("4", "4")]
    council.staff("staff_2024-09.csv", *rows)
    report = council.land()
    assert (report.rows_accepted, report.rows_rejected) == (2, 1)
    assert council.rejected()["source_row"].to_list() == [3]
    assert "seems to hold other rows" in council.rejected()["message"][0]


def test_a_line_break_in_a_quoted_value_that_is_not_kept_is_fine(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("1", "1", name='"X\nY"'), staff_row("2", "2"))
    assert council.land().rows_accepted == 2
    assert council.raw()["source_row"].to_list() == [2, 3]


def test_a_file_that_no_mapping_names_is_reported_and_the_others_go_on(council: SendingCouncil) -> None:
    council.staff(GOOD, staff_row())
    council.receive("hr_assignments", "Copy of staff_2024-08.csv", "x")
    report = council.land()
    assert (report.landed, report.held, report.failed) == (1, 0, True)
    (only,) = report.problems
    assert (only.code, only.severity) == ("unknown_file", "held")
    assert "Copy of staff_2024-08.csv: no mapping names this file. Expected a name like staff_" in only.message


def test_a_file_that_may_not_be_read_is_held_and_keeps_no_other_back(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    council.staff(GOOD, staff_row())
    locked = council.staff(BAD, staff_row())
    read_bytes = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        report = council.land()
    assert (report.landed, [(problem.code, problem.file) for problem in report.problems]) == (1, [("unreadable_file", BAD)])
    assert report.problems[0].message == f"{BAD}: the file cannot be read (PermissionError). Check that it is still there and may be read"
    assert council.land().landed == 1
