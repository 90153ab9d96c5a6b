"""The header is found however a system writes it: in several spellings, over two rows, repeated, on any sheet."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from foundation.configuration import ConfigurationError
from ingestion.reading.extract_table import read
from ingestion.refusal import FileRefused
from tests.ingestion.dress import COLUMNS, HEADER, Rows, caseload, separated, workbook


def test_a_header_may_be_spelled_in_several_ways(tmp_path: Path) -> None:
    columns = "{person_id: [Worker, Worker No, 'Employee  Ref '], agency_worker_id: Agency Ref, cases: Cases}"
    mapping = caseload(tmp_path, columns=columns)
    for spelled in ("Worker", " Worker  No ", "Employee Ref"):
        table = read(f"{spelled},Agency Ref,Cases\n1,,2\n".encode(), mapping).whole()
        assert (table.rows.columns, table.notes) == (["source_row", "Worker", "Agency Ref", "Cases"], ())
    with pytest.raises(FileRefused, match="the headers 'Worker' and 'Worker No' both stand in the file"):
        read(b"Worker,Worker No,Agency Ref,Cases\n1,1,,2\n", mapping)


def test_a_spelling_means_one_header(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="names 'Ref' as a spelling of two headers"):
        caseload(tmp_path, columns="{person_id: [Worker, Ref], agency_worker_id: [Agency, Ref], cases: Cases}")


def test_a_missing_column_names_the_header_that_is_most_like_it(tmp_path: Path) -> None:
    with pytest.raises(
        FileRefused, match=r"The header in row 1 has 'Worker', 'Cases', 1 that are not known; column B \(2\) is spelled most like it"
    ):
        read(b"Worker,Agency Reff,Cases\n", caseload(tmp_path))


def test_one_of_several_columns_of_a_name_is_meant_by_its_number(tmp_path: Path) -> None:
    content = b"Worker,Cases,Agency Ref,Cases\n1,2,,3\n"
    with pytest.raises(FileRefused, match=r"the header 'Cases' stands 2 times.* write 'Cases \[1\]' for the first of them"):
        read(content, caseload(tmp_path))
    mapping = caseload(tmp_path, columns=COLUMNS.replace("cases: Cases", "cases: 'Cases [2]'"), more="ignore: [Cases]")
    table = read(content, mapping).whole()
    assert (table.rows["Cases [2]"].to_list(), table.notes) == (["3"], ())


def test_a_header_over_two_rows_is_joined_and_merged_cells_count_for_all_their_columns(tmp_path: Path) -> None:
    rows: Rows = [["Caseload"], ["Worker", "Agency", "Cases", "", "Note"], ["", "Ref", "Open", "Closed", ""], ["1", "", "2", "9", ""]]
    columns = "{person_id: Worker, agency_worker_id: Agency Ref, cases: Cases Open}"
    for content, file in ((separated(rows).encode(), "format: csv"), (workbook(rows), "format: xlsx")):
        table = read(content, caseload(tmp_path, f"{file}, header_rows: 2", columns, "ignore: [Note, Closed]"))
        assert table.whole().rows.fill_null("").rows() == [(4, "1", "", "2")]
        assert table.titles == ("Caseload",)
        closed = caseload(tmp_path, f"{file}, header_rows: 2", columns.replace("Cases Open", "Cases Closed"))
        assert read(content, closed).whole().rows["Cases Closed"].to_list() == ["9"]


def test_the_sheet_with_the_header_is_found_among_others(tmp_path: Path) -> None:
    content = workbook([["Team"], [], HEADER, ["1", None, "2"]], "Cases", before=("Pivot", "Banner"))
    table = read(content, caseload(tmp_path, "format: xlsx"))
    assert (table.sheet, table.whole().rows["source_row"].to_list()) == ("sheet 3", [4])


def test_a_header_on_two_sheets_is_not_chosen_between(tmp_path: Path) -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    for name in ("September", "October"):
        book.add_worksheet(name).write_row(0, 0, HEADER)
    book.close()
    with pytest.raises(FileRefused, match=r"the header stands in the sheets 1, 2\. Say which in `file.sheet`"):
        read(written.getvalue(), caseload(tmp_path, "format: xlsx"))


def test_a_workbook_without_the_header_says_what_its_nearest_sheet_lacks(tmp_path: Path) -> None:
    content = workbook([["Worker", "Agency Ref"]], "Cases", before=("Pivot",))
    with pytest.raises(FileRefused, match=r"sheet 2: the column 'Cases' \(cases\) is missing"):
        read(content, caseload(tmp_path, "format: xlsx"))


MONTHS = "unpivot: {headers: 'Cases .*', name: Month, value: Cases}"


def test_columns_under_a_merged_cell_become_rows_by_the_name_over_both_rows(tmp_path: Path) -> None:
    content = b",Cases,,Leave,\nId,Aug-24,Sep-24,Aug-24,Sep-24\n1,3,4,9,8\n"
    mapping = caseload(tmp_path, "format: csv, header_rows: 2", "{person_id: Id, agency_worker_id: Month, cases: Cases}", MONTHS)
    assert read(content, mapping).whole().rows.rows() == [(3, "1", "Cases Aug-24", "3"), (3, "1", "Cases Sep-24", "4")]


def test_columns_of_one_name_cannot_become_rows(tmp_path: Path) -> None:
    mapping = caseload(tmp_path, columns="{person_id: Id, agency_worker_id: Month, cases: Cases}", more=MONTHS)
    with pytest.raises(FileRefused, match=r"columns C \(3\), D \(4\) have the same header, so that nobody can say which column is meant"):
        read(b"Id,Cases Aug,Cases Sep,Cases Sep\n1,3,4,9\n", mapping)
