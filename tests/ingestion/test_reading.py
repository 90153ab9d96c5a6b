"""Files as systems write them: encodings, titles above the header, totals below, real dates, numbers and ids of a workbook."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import contract
from ingestion.mapping import Mapping, read_mapping
from ingestion.reading import read_csv
from ingestion.reading.extract_table import read
from ingestion.refusal import FileRefused
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row

ORACLE_MAPPING = r"""
source: hr_assignments
file: {pattern: 'Assignments_(?P<month>[A-Z][a-z]{2})(?P<year>\d{4})\.xlsx', format: xlsx, sheet: Assignments,
  as_at: {title: 'Effective Date: (?P<date>\S+)'}, totals: {column: Person Number, equals: Total}}
columns: {person_id: Person Number, assignment_id: Assignment Number, post_id: Position Code, team_id: Department, job_role: Job Name,
  fte: Assignment FTE Value, start_date: Start, end_date: End, effective_from: Effective Start Date}
constants: {registered_social_worker: true, contract_type: permanent}
missing: ["", "N/A"]
codes: {job_role: {Social Worker: social_worker, IRO: iro}}
"""
ORACLE_HEADER = ["Person Number ", "Assignment  Number", "Position Code", "Department", "Job Name", "Assignment FTE Value", "Start", "End"]
ORACLE_HEADER += ["Effective Start Date"]


def workbook(rows: list[list[object]]) -> bytes:
    """A workbook with the rows on a sheet, after a cover sheet. A text that begins with = is a formula that failed."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    book.add_worksheet("Cover").write(0, 0, "Printed for HR")
    page = book.add_worksheet("Assignments")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for place, row in enumerate(rows):
        for at, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(place, at, datetime(cell.year, cell.month, cell.day), day)
            elif isinstance(cell, str) and cell.startswith("="):
                page.write_formula(place, at, cell, None, "#DIV/0!")
            elif cell is not None:
                page.write(place, at, cell)
    book.close()
    return written.getvalue()


@pytest.fixture
def oracle(council: SendingCouncil) -> SendingCouncil:
    """Testshire with a mapping of an Oracle workbook."""
    council.mapping("hr_assignments", ORACLE_MAPPING)
    return council


def test_a_workbook_with_titles_real_dates_and_a_total_row(oracle: SendingCouncil) -> None:
    start = date(2020, 4, 1)
    rows: list[list[object]] = [
        [],
        ["Staff in Post"],
        ["Effective Date:", date(2024, 9, 30)],
        [None, None, "Confidential"],
        [],
        list(ORACLE_HEADER),
        ["00123", "E00123", 4711, "T1", "Social Worker", 0.6, start, None, start],
        [124, "E124", 4712.0, "T1", "IRO", 22.2 / 37, start, "N/A", start],
        [],
        ["125", "E125", "P 3", "T1", "Social Worker", 1, start, date(2024, 9, 30), start],
        ["Total", None, None, None, None, 2.2],
    ]
    oracle.receive("hr_assignments", "Assignments_Sep2024.xlsx", workbook(rows))
    report = oracle.land()
    assert (report.landed, report.rows_read, report.rows_accepted, report.rows_left_out) == (1, 5, 3, 2)
    raw = oracle.raw()
    assert raw["source_row"].to_list() == [7, 8, 10]
    assert raw["source_sheet"].unique().to_list() == ["Assignments"]
    assert raw["post_id"].to_list() == ["4711", "4712", "P 3"]
    assert [str(fte) for fte in raw["fte"]] == ["0.600000", "0.600000", "1.000000"]
    assert raw["start_date"].unique().to_list() == [start]
    assert raw["end_date"].to_list() == [None, None, date(2024, 9, 30)]
    assert raw["registered_social_worker"].all()
    assert oracle.identity()["person_id"].to_list() == ["00123", "124", "125"]
    assert oracle.deliveries()[0].sheet == "Assignments"


def test_a_failed_formula_is_not_an_empty_cell(oracle: SendingCouncil) -> None:
    start = date(2020, 4, 1)
    titles: list[list[object]] = [["Effective Date: 2024-09-30"], list(ORACLE_HEADER)]
    rows: list[list[object]] = [
        ["1", "E1", "P1", "T1", "IRO", "=1/0", start, None, start],
        ["2", "E2", "P2", "T1", "IRO", 1, start, None, start],
    ]
    oracle.receive("hr_assignments", "Assignments_Sep2024.xlsx", workbook(titles + rows))
    assert oracle.land().rows_accepted == 1
    assert oracle.rejected().select("source_row", "rule", "column").rows() == [(3, "unreadable_text", "fte")]


def test_a_date_as_text_in_a_workbook_without_a_stated_form_is_not_guessed(oracle: SendingCouncil) -> None:
    start = date(2020, 4, 1)
    titles: list[list[object]] = [["Effective Date: 2024-09-30"], list(ORACLE_HEADER)]
    rows: list[list[object]] = [
        ["1", "E1", "P1", "T1", "IRO", 1, "01/04/2020", None, start],
        ["2", "E2", "P2", "T1", "IRO", 1, start, None, start],
    ]
    oracle.receive("hr_assignments", "Assignments_Sep2024.xlsx", workbook(titles + rows))
    oracle.land()
    assert oracle.rejected().select("source_row", "rule").rows() == [(3, "not_a_date")]


@pytest.mark.parametrize(("named", "written"), [("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("cp1252", "cp1252")])
def test_the_same_rows_come_in_from_each_encoding(council: SendingCouncil, named: str, written: str) -> None:
    council.mapping(
        "hr_assignments", STAFF_MAPPING.replace("encoding: utf-8", f"encoding: {named}").replace("team_id: Team", "team_id: Équipe")
    )
    text = f"{STAFF_HEADER.replace('Team', 'Équipe')}\r\n{staff_row(team='Zoë £')}\r\n"
    council.receive("hr_assignments", "staff_2024-09.csv", text.encode(written))
    council.land()
    assert council.raw()["team_id"].to_list() == ["Zoë £"]


def table_of(tmp_path: Path, content: str, source: str = "caseload", extra: str = "") -> pl.DataFrame:
    """The rows that reading finds in a small CSV of caseloads."""
    return read(content.encode(), caseload_mapping(tmp_path, source, extra)).whole().rows


def caseload_mapping(tmp_path: Path, source: str = "caseload", extra: str = "") -> Mapping:
    path = tmp_path / "caseload.yaml"
    path.write_text(
        f"source: {source}\nfile: {{pattern: '(?P<period>.*)', format: csv{extra}}}\n"
        "columns: {person_id: Worker, agency_worker_id: Agency Ref, cases: Cases}\n"
    )
    return read_mapping(path, contract(source))


def test_the_header_is_found_below_titles_and_rows_are_numbered_as_excel_shows_them(tmp_path: Path) -> None:
    content = 'Caseload report\nRun by,"Somebody\nin two lines"\n\n Worker ,Agency  Ref,Cases\n001,,12\n\n,A7,9\n'
    assert table_of(tmp_path, content).rows() == [(5, "001", "", "12"), (7, "", "A7", "9")]


def test_a_header_below_the_fortieth_row_is_not_looked_for(council: SendingCouncil) -> None:
    council.receive("hr_assignments", "staff_2024-09.csv", "title\n" * 40 + f"{STAFF_HEADER}\n{staff_row()}\n")
    assert council.land().problems[0].code == "missing_column"
    council.receive("hr_assignments", "staff_2024-08.csv", "title\n" * 39 + f"{STAFF_HEADER}\n{staff_row()}\n")
    assert council.land().landed == 1


def test_rows_that_do_not_fit_the_header_are_told_apart_with_their_numbers(tmp_path: Path) -> None:
    content = "Worker,Agency Ref,Cases\n1,,12\n2,,1,2\n3\n4,,14\n"
    table = read(content.encode(), caseload_mapping(tmp_path)).whole()
    assert table.rows["source_row"].to_list() == [2, 5]
    assert [misfit.row for misfit in table.misfits] == [3, 4]
    assert "The row has 4 fields, the header has 3" in table.misfits[0].says


@pytest.mark.parametrize(("delimiter", "sign"), [("';'", ";"), ("tab", "\t"), ("'|'", "|")])
def test_another_delimiter_is_one_line_of_the_mapping(tmp_path: Path, delimiter: str, sign: str) -> None:
    content = sign.join(["Worker", "Agency Ref", "Cases"]) + "\n" + sign.join(["1", "", "12"])
    assert table_of(tmp_path, content, extra=f", delimiter: {delimiter}").rows() == [(2, "1", "", "12")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(tmp_path: Path, end: str) -> None:
    assert table_of(tmp_path, end.join(["Worker,Agency Ref,Cases", "1,,12", "", "2,,3"])).rows() == [(2, "1", "", "12"), (4, "2", "", "3")]


FIELDS = st.sampled_from(
    ["1", "A7", "", "two words", '"a, b"', '"two\nlines"', '"said ""yes"""', '="001"', '5" pipe', '6"', '"', '"a"b', '"",""']
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(FIELDS, min_size=1, max_size=4), max_size=12), end=st.sampled_from(["\n", "\r\n"]), size=st.integers(1, 60))
def test_a_text_comes_to_the_same_wherever_it_is_cut(tmp_path: Path, rows: list[list[str]], end: str, size: int) -> None:
    content = end.join(["Worker,Agency Ref,Cases", *(",".join(row) for row in rows)]).encode()
    mapping = caseload_mapping(tmp_path)

    def found() -> tuple[list[object], object, int] | str:
        try:
            table = read(content, mapping).whole()
        except FileRefused as refused:
            return str(refused)
        return table.rows.rows(), [(misfit.row, misfit.says) for misfit in table.misfits], table.rows_read

    whole = found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_csv, "TEXT_AT_A_TIME", size)
        assert found() == whole


def test_a_large_file_keeps_its_row_numbers(tmp_path: Path) -> None:
    rows = [f"{row},,{row % 50}" if row % 1000 else f"{row},," for row in range(2, 60_000)]
    rows[30_000] = "one,field,too,many"
    table = read("\n".join(["Worker,Agency Ref,Cases", *rows]).encode(), caseload_mapping(tmp_path)).whole()
    assert [misfit.row for misfit in table.misfits] == [30_002]
    assert (table.rows["source_row"] == table.rows["Worker"].cast(pl.Int32)).all()
