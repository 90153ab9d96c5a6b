"""What a cell means does not depend on the format in which it came."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from contracts import contract
from ingestion.conforming.compiled_mapping import compile_mapping
from ingestion.conforming.conform import conform
from ingestion.reading.extract_table import read
from tests.ingestion.dress import HEADER, Rows, caseload, json_lines, parquet, separated, workbook
from tests.ingestion.testshire import STAFF_HEADER, SendingCouncil, staff_row

ROWS: Rows = [HEADER, ["1", "A7", "2"], ["2", None, "3"], ["3", "", "4"]]
DRESSES = {"csv": separated(ROWS).encode(), "xlsx": workbook(ROWS), "parquet": parquet(ROWS), "jsonl": json_lines(ROWS).encode()}


@pytest.mark.parametrize("form", DRESSES)
@pytest.mark.parametrize(("told", "kept"), [("only: {Agency Ref: ['']}", [3, 4]), ("leave_out: {Agency Ref: ['']}", [4])])
def test_an_empty_cell_is_wanted_or_not_in_every_format(tmp_path: Path, form: str, told: str, kept: list[int]) -> None:
    mapping = caseload(tmp_path, f"format: {form}, {told}")
    conformed = conform(read(DRESSES[form], mapping), compile_mapping(contract("caseload"), mapping, "snapshot"))
    assert conformed.rows_left_out == 3 - len(kept if "only" in told else [2])
    assert conformed.rows_read == 3


def test_whole_numbers_of_parquet_with_gaps_keep_their_digits(tmp_path: Path) -> None:
    written = io.BytesIO()
    columns = {"Worker": [123.0, None], "Agency Ref": [None, 12345678.0], "Cases": [0.5, 4.0]}
    pl.DataFrame(columns).write_parquet(written)
    rows = read(written.getvalue(), caseload(tmp_path, "format: parquet")).whole().rows
    assert rows.rows() == [(1, "123", None, "0.5"), (2, None, "12345678", "4.0")]


def test_an_id_of_more_digits_than_a_workbook_keeps_is_rejected(council: SendingCouncil) -> None:
    fields = staff_row("1234567890123456789").split(",")
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    page = book.add_worksheet()
    page.write_row(0, 0, STAFF_HEADER.split(","))
    page.write_row(1, 0, fields)
    page.write_number(1, 0, int(fields[0]))
    page.write_row(2, 0, staff_row("00124", "00124-1").split(","))
    book.close()
    mapping = council.config / "organisations" / "testshire" / "mappings" / "hr_assignments.yaml"
    mapping.write_text(mapping.read_text().replace(r"\.csv', format: csv, encoding: utf-8", r"\.xlsx', format: xlsx"))
    council.receive("hr_assignments", "staff_2024-09.xlsx", written.getvalue())
    assert council.land().rows_accepted == 1
    assert council.rejected()["rule"].to_list() == ["digits_gone"]


def test_a_formula_without_a_result_is_noted(tmp_path: Path) -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    page = book.add_worksheet()
    for place, row in enumerate([HEADER, ["1", "", "2"]]):
        page.write_row(place, 0, row)
    page.write_formula(2, 0, "=A2", None, "")
    page.write_formula(2, 2, "=1+2", None, 3)
    book.close()
    (note,) = read(written.getvalue(), caseload(tmp_path, "format: xlsx")).whole().notes
    assert note.code == "formula_without_result"
    assert "the first that was found is A3" in note.says


def test_a_formula_whose_result_is_an_empty_text_is_not_noted(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(written := io.BytesIO())
    page = book.add_worksheet()
    for place, row in enumerate([HEADER, ["1", "", "2"], ["2", "x", "3"]]):
        page.write_row(place, 0, row)
    page.write_formula(2, 1, '=IF(A2="1","","x")', None, "x")
    book.close()
    assert read(written.getvalue(), caseload(tmp_path, "format: xlsx")).whole().notes == ()


def test_pay_of_an_hour_is_noted_where_pay_of_a_year_is_asked_for(council: SendingCouncil) -> None:
    mapping = council.config / "organisations" / "testshire" / "mappings" / "hr_assignments.yaml"
    mapping.write_text(mapping.read_text().replace("end_date: End}", "end_date: End, base_salary: Pay}"))
    rows = [f"{staff_row()},25.50", f"{staff_row('2', '2')},45000", f"{staff_row('3', '3')},0", f"{staff_row('4', '4')},"]
    council.staff("staff_2024-10.csv", *rows, header=f"{STAFF_HEADER},Pay", on="2024-11-12T06:00")
    (note,) = council.land().problems
    assert (note.code, note.severity, note.row, note.column) == ("doubtful_value", "note", 2, "Pay")
    assert "1 rows say something else and are kept" in note.message
    assert "25.50" not in note.message
