"""The same rows come in from every format, encoding and packing that an extract may have."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from ingestion.reading.extract_table import read
from ingestion.refusal import FileRefused
from tests.ingestion.dress import HEADER, Rows, caseload, json_lines, locked, ods, parquet, separated, workbook, zipped
from tests.ingestion.old_books import XLS

ROWS: Rows = [HEADER, ["001", None, "12"], [None, "Ä7", "9"]]


def rows_of(content: str | bytes, folder: Path, file: str) -> list[tuple[str, str, str]]:
    rows = read(content if isinstance(content, bytes) else content.encode(), caseload(folder, file)).whole().rows
    return [tuple(cell or "" for cell in row) for row in rows.select(HEADER).iter_rows()]


READ = [("001", "", "12"), ("", "Ä7", "9")]
DRESSES: list[tuple[str, str, str | bytes]] = [
    ("format: csv", "x.csv", separated(ROWS)),
    ("format: tsv", "x.tsv", separated(ROWS, "\t")),
    ("format: csv, encoding: utf-16", "x.csv", separated(ROWS).encode("utf-16")),
    ("format: csv, encoding: utf-16-le", "x.csv", separated(ROWS).encode("utf-16-le")),
    ("format: csv, encoding: windows-1252", "x.txt", separated(ROWS).encode("cp1252")),
    ("format: tsv, encoding: utf-16", "x.txt", separated(ROWS, "\t").encode("utf-16")),
    ("format: xlsx", "x.xlsx", workbook(ROWS)),
    ("format: ods", "x.ods", ods(ROWS)),
    ("format: parquet", "x.parquet", parquet(ROWS)),
    ("format: jsonl", "x.jsonl", json_lines(ROWS)),
]


@pytest.mark.parametrize(("file", "name", "content"), DRESSES, ids=[dress for dress, _, _ in DRESSES])
def test_every_format_gives_the_same_rows_alone_and_in_a_zip(tmp_path: Path, file: str, name: str, content: str | bytes) -> None:
    assert rows_of(content, tmp_path, file) == READ
    assert rows_of(zipped({name: content}), tmp_path, file) == READ


def test_a_workbook_of_before_2007_is_read(tmp_path: Path) -> None:
    table = read(XLS, caseload(tmp_path, "format: xls"))
    assert table.whole().rows.fill_null("").rows() == [(3, "001", "", "12"), (4, "", "A7", "9")]
    assert table.sheet is not None and table.sheet.startswith("sheet ")
    assert table.titles == ("Caseload",)


def test_parquet_keeps_real_dates_numbers_and_truths_as_texts(tmp_path: Path) -> None:
    rows = pl.DataFrame({"Worker": [date(2024, 9, 30)], "Agency Ref": [True], "Cases": [0.1], "More": [[1, 2]]})
    path = tmp_path / "x.parquet"
    rows.write_parquet(path)
    table = read(path.read_bytes(), caseload(tmp_path, "format: parquet")).whole()
    assert table.rows.rows() == [(1, "2024-09-30", "true", "0.1")]
    assert [finding.says.partition(".")[0] for finding in table.notes] == ["headers that are not known: 1, in column D (4)"]


def test_json_lines_keep_numbers_as_they_are_written_and_tell_broken_lines_apart(tmp_path: Path) -> None:
    lines = ['{"Worker": "001", "Cases": 12.50}', "", "[1, 2]", '{"Worker": 2', '{"Agency Ref": 12345678901234567890, "Cases": true}']
    lines += ['{"Cases": 1, "Cases": 2}', "[" * 100_000, '{"Worker": null, "Cases": 1, "source_row": 7}']
    table = read("\n".join(lines).encode(), caseload(tmp_path, "format: jsonl")).whole()
    read_rows = [(1, "001", None, "12.50"), (5, None, "12345678901234567890", "true"), (8, None, None, "1")]
    assert table.rows.rows() == read_rows
    assert ([misfit.row for misfit in table.misfits], table.blank) == ([3, 4, 6, 7], 1)


def test_several_members_of_a_zip_are_one_table_whose_rows_name_their_file(tmp_path: Path) -> None:
    north, south = separated([HEADER, ["1", "", "12"], ["2"]]), separated([["Caseload"], HEADER, ["3", "", "5"]])
    table = read(zipped({"south.csv": south, "north.csv": north, "readme.pdf": "%PDF"}), caseload(tmp_path)).whole()
    assert table.rows.select("source_sheet", "source_row", "Worker").rows() == [("north.csv", 2, "1"), ("south.csv", 3, "3")]
    assert [misfit.says.split(": ")[0] for misfit in table.misfits] == ["north.csv"]
    assert [finding.code for finding in table.notes] == ["unknown_member"]


def test_a_member_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"south\.csv: the column 'Cases' \(cases\) is missing"):
        read(zipped({"north.csv": separated(ROWS), "south.csv": "Worker,Agency Ref\n1,2\n"}), caseload(tmp_path))


def test_a_zip_with_a_password_is_opened_with_that_of_an_airflow_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = locked({"x.csv": separated(ROWS)}, "a long secret")
    with pytest.raises(FileRefused, match=r"names no connection for it\. Set `file\.password`"):
        read(content, caseload(tmp_path))
    with pytest.raises(FileRefused, match="Add the connection 'hr_zip' with its password in Airflow, or as AIRFLOW_CONN_HR_ZIP"):
        read(content, caseload(tmp_path, "format: csv, password: hr_zip"))
    monkeypatch.setenv("AIRFLOW_CONN_HR_ZIP", '{"conn_type": "generic", "password": "a long secret"}')
    assert rows_of(content, tmp_path, "format: csv, password: hr_zip") == READ
    monkeypatch.setenv("AIRFLOW_CONN_HR_ZIP", '{"conn_type": "generic", "password": "another"}')
    with pytest.raises(FileRefused, match="has another password than the connection"):
        read(content, caseload(tmp_path, "format: csv, password: hr_zip"))
