"""Tables in the shapes that systems and people write, described by the mapping alone: several sheets, ragged rows, cells filled once."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from foundation.configuration import ConfigurationError
from ingestion.reading.extract_table import read
from ingestion.refusal import FileRefused
from tests.ingestion.dress import COLUMNS, HEADER, Rows, caseload, separated
from tests.ingestion.testshire import STAFF_HEADER, SendingCouncil, staff_row


def book(sheets: dict[str, Rows]) -> bytes:
    written = io.BytesIO()
    made = xlsxwriter.Workbook(written)
    for name, rows in sheets.items():
        page = made.add_worksheet(name)
        for place, row in enumerate(rows):
            for at, cell in enumerate(row):
                if cell is not None:
                    page.write_string(place, at, cell)
    made.close()
    return written.getvalue()


MONTHS = book({"Aug 2024": [HEADER, ["1", None, "2"]], "Sep 2024": [["Cases"], HEADER, ["1", None, "3"], ["2", None, "4"]]})
CASES = r"""
source: caseload
file: {pattern: 'cases.*\.xlsx', format: xlsx, sheets: all, sheet_name: Month, period: {column: Month, dates: "%b %Y"}}
columns: {person_id: Worker, agency_worker_id: Agency Ref, cases: Cases}
"""


def test_a_sheet_a_month_is_a_delivery_a_month(council: SendingCouncil) -> None:
    council.mapping("caseload", CASES)
    council.receive("caseload", "cases.xlsx", MONTHS)
    report = council.land("caseload")
    assert (report.landed, report.rows_read, report.rows_accepted) == (2, 3, 3)
    assert council.raw("caseload", "2024-09").select("source_sheet", "source_row").rows() == [("sheet 2", 3), ("sheet 2", 4)]


def test_a_sheet_a_directorate_gives_its_name_to_its_rows(tmp_path: Path) -> None:
    content = book({"Children": [HEADER, ["1", None, "2"]], "Adults": [HEADER, ["2", None, "3"]], "Notes": [["by hand"]]})
    columns = COLUMNS.replace("agency_worker_id: Agency Ref", "agency_worker_id: {join: [Agency Ref, Part], with: ''}")
    mapping = caseload(tmp_path, "format: xlsx, sheets: 'Child.*|Adult.*', sheet_name: Part", columns)
    rows = read(content, mapping).whole().rows
    assert rows.select("source_sheet", "source_row", "Agency Ref + Part").rows() == [("sheet 1", 2, "Children"), ("sheet 2", 2, "Adults")]


def test_a_sheet_without_the_header_is_told_by_its_place(tmp_path: Path) -> None:
    content = book({"Aug": [HEADER, ["1", None, "2"]], "Sep": [["Worker", "Agency Ref", "Open"], ["1", None, "2"]]})
    with pytest.raises(FileRefused, match=r"sheet 2: the column 'Cases' \(cases\) is missing"):
        read(content, caseload(tmp_path, "format: xlsx, sheets: all"))
    with pytest.raises(
        FileRefused, match=r"expected sheets with names like Oct, found 2 sheets with other names. .* correct `file.sheets`"
    ):
        read(content, caseload(tmp_path, "format: xlsx, sheets: Oct"))


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("format: csv, sheets: all", "`file.sheets` means nothing for csv"),
        ("format: xlsx, sheet: a, sheets: all", "`file.sheets` stands beside `file.sheet`"),
        ("format: xlsx, sheet: [a]", "`file.sheet` must be a text"),
        ("format: xlsx, sheet_name: Month", "`file.sheet_name` means nothing without `file.sheets`"),
        ("format: xlsx, sheets: all, sheet_name: Month", "`file.sheet_name` makes the header 'Month', which `columns` never uses"),
        ("format: csv, short_rows: yes", "`file.short_rows` must be one of fill"),
    ],
)
def test_keys_of_sheets_and_rows_are_checked(tmp_path: Path, file: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        caseload(tmp_path, file)
    assert says in str(error.value)


def test_delimiters_at_the_end_of_rows_are_no_fields(tmp_path: Path) -> None:
    block = read(b'Worker,Agency Ref,Cases\n1,,2,\n2,"a\nb",3,,\n\n3,,4\n4,,5,x\n', caseload(tmp_path)).whole()
    assert block.rows.rows() == [(2, "1", "", "2"), (3, "2", "a\nb", "3"), (5, "3", "", "4")]
    assert ([misfit.row for misfit in block.misfits], block.blank) == ([6], 1)


def test_rows_without_their_last_empty_fields_are_misfits_unless_the_mapping_says_otherwise(tmp_path: Path) -> None:
    content = b"Worker,Agency Ref,Cases\n1\n2,,3\n"
    assert [misfit.row for misfit in read(content, caseload(tmp_path)).whole().misfits] == [2]
    block = read(content, caseload(tmp_path, "format: csv, short_rows: fill")).whole()
    assert (block.rows.rows(), block.misfits) == ([(2, "1", "", ""), (3, "2", "", "3")], ())


def test_an_open_quotation_mark_among_ragged_rows_is_refused(tmp_path: Path) -> None:
    for last in (b'"3,,4,\n', b'"'):
        with pytest.raises(FileRefused, match="a quotation mark opened in row 3 is not closed"):
            read(b"Worker,Agency Ref,Cases\n1,,2,\n" + last, caseload(tmp_path)).whole()


def test_an_empty_cell_means_what_stands_above_it_where_the_mapping_says_so(tmp_path: Path) -> None:
    rows: Rows = [HEADER, [None, "", "1"], ["7", None, "2"], [" ", "", "3"], ["", "", ""], ["8", "x", "4"]]
    block = read(separated(rows).encode(), caseload(tmp_path, more="fill_down: [Worker]")).whole()
    assert block.rows["Worker"].to_list() == [None, "7", "7", "8"]
    assert (block.rows["Agency Ref"].to_list(), block.blank) == (["", "", "", "x"], 1)
    with pytest.raises(ConfigurationError, match="`fill_down` names 'Team', a header that nothing else uses"):
        caseload(tmp_path, more="fill_down: [Team]")


def test_a_part_of_a_text_is_taken_by_an_expression(council: SendingCouncil) -> None:
    path = council.config / "organisations" / "testshire" / "mappings" / "hr_assignments.yaml"
    path.write_text(path.read_text().replace("person_id: Employee,", 'person_id: {from: Employee, take: "\\\\((\\\\d+)\\\\)"},'))
    council.staff("staff_2024-09.csv", staff_row("Doe Jane (00123)"), staff_row("Roe John", "2"), header=STAFF_HEADER)
    council.land()
    assert council.identity()["person_id"].to_list() == ["00123"]
    (reason,) = council.rejected().rows(named=True)
    assert (reason["rule"], reason["column"]) == ("part_not_found", "person_id")
    assert reason["message"].startswith(r"'Employee' has no part like \((\d+)\). Fix:")
    assert "Roe" not in reason["message"]


@pytest.mark.parametrize("take", [r"\d+", r"(\d)(\d)", "("])
def test_the_part_is_one_group(tmp_path: Path, take: str) -> None:
    with pytest.raises(ConfigurationError, match=r"`columns\.person_id\.take` (needs one group|is not a regular expression)"):
        caseload(tmp_path, columns=f"{{person_id: {{from: Worker, take: '{take}'}}, cases: Cases}}")


def test_capitals_of_a_header_count_only_where_they_tell_columns_apart(tmp_path: Path) -> None:
    table = read(b"WORKER,agency ref,Cases,TEAM\n1,,2,x\n", caseload(tmp_path, more="ignore: [Team]")).whole()
    assert (table.rows.columns, table.notes) == (["source_row", *HEADER], ())
    both = read(b"Worker,WORKER,Agency Ref,Cases\n1,2,,2\n", caseload(tmp_path, more="ignore: [WORKER]")).whole()
    assert both.rows["Worker"].to_list() == ["1"]
    with pytest.raises(FileRefused, match="the headers 'WORKER' and 'worker' both stand in the file"):
        read(b"WORKER,worker,Agency Ref,Cases\n1,2,,2\n", caseload(tmp_path))


def test_a_workbook_may_have_very_many_parts(tmp_path: Path) -> None:
    content = book({f"S{at}": [["x"]] for at in range(250)} | {"Cases": [HEADER, ["1", None, "2"]]})
    assert read(content, caseload(tmp_path, "format: xlsx, sheet: Cases")).whole().rows.height == 1
