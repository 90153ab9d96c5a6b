"""Workbooks with one small table of staff, and with facts beside the values."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from contracts import contract
from ingestion.conforming.compiled_mapping import compile_mapping
from ingestion.conforming.conform import Conformed, conform
from ingestion.mapping import Mapping, read_mapping
from ingestion.reading.extract_table import read
from tests.ingestion.dress import zipped

HEADER = ("Emp No", "Asg", "Post", "Team", "Job", "FTE", "Start", "End")
COLUMNS = "person_id: Emp No, assignment_id: Asg, post_id: Post, team_id: Team, job_role: Job, start_date: Start, end_date: End"
DATES = '["%d/%m/%Y", excel serial]'
# A value and its number format.
Cell = Any
Merge = tuple[int, int, int, int]


def staff(folder: Path, form: str = "xlsx", fte: str = "FTE", file: str = "", dates: str = DATES, more: str = "") -> Mapping:
    """A mapping of staff in post whose format, FTE, `file` section, dates and further lines a test chooses."""
    path = folder / "hr_assignments.yaml"
    path.write_text(
        f"source: hr_assignments\nfile: {{pattern: '(?P<period>.*)', format: {form}{file}}}\ncolumns: {{{COLUMNS}, fte: {fte}}}\n"
        f"constants: {{contract_type: permanent, registered_social_worker: 'true'}}\ndates: {dates}\n"
        f"codes: {{job_role: {{Social Worker: social_worker}}}}\n{more}\n"
    )
    return read_mapping(path, contract("hr_assignments"))


def person(nth: int, **others: Cell) -> list[Cell]:
    """The row of a person, all texts except those that a test chooses by header."""
    usual = (f"0010{nth}", f"0010{nth}-1", f"P{nth}", "T1", "Social Worker", "1", "01/04/2019", None)
    return [others.get(header, value) for header, value in zip(HEADER, usual, strict=True)]


def xlsx(
    rows: Iterable[Sequence[Cell]],
    merged: Iterable[Merge] = (),
    hidden_rows: Iterable[int] = (),
    hidden_columns: str = "",
    from_1904: bool = False,
    left: int = 0,
) -> bytes:
    """An XLSX with the header and rows; `merged` has first row, first column, last row and last column, from 0, with the header as row 0."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"date_1904": from_1904})
    page = book.add_worksheet("Data")
    for row, cells in enumerate([HEADER, *rows]):
        for at, cell in enumerate(cells):
            value, code = cell if isinstance(cell, tuple) else (cell, "General")
            if value is not None:
                page.write(row, at + left, value, book.add_format({"num_format": code}))
    for first, start, last, end in merged:
        value = [HEADER, *rows][first][start]
        page.merge_range(first, start + left, last, end + left, value, book.add_format({"align": "top"}))
    for row in hidden_rows:
        page.set_row(row, None, None, {"hidden": True})
    if hidden_columns:
        page.set_column(hidden_columns, None, None, {"hidden": True})
    book.close()
    return written.getvalue()


def accepted(content: bytes, mapping: Mapping) -> Conformed:
    """The table as it lands."""
    return conform(read(content, mapping), compile_mapping(contract(mapping.source), mapping, "snapshot"))


def ods(rows: Iterable[Sequence[str]], columns: str = "", start: str = "") -> bytes:
    """An ODS with the header and rows, each row as the XML of its cells; `columns` and `start` is the XML before the rows and before the table."""
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"' for prefix in ("office", "table", "text", "manifest")
    )
    header = [ods_text(header) for header in HEADER]
    lines = ["".join(line) if isinstance(line, str) else f"<table:table-row>{''.join(line)}</table:table-row>" for line in [header, *rows]]
    content = f'<office:document-content {spaces}><office:body><office:spreadsheet>{start}<table:table table:name="Data">{columns}'
    content += f"{''.join(lines)}</table:table></office:spreadsheet></office:body></office:document-content>"
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": f"<manifest:manifest {spaces}/>",
        }
    )


def ods_text(text: str | None, more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {more}><text:p>{text or ""}</text:p></table:table-cell>'
        if text
        else "<table:table-cell/>"
    )


def ods_row(nth: int, **others: str) -> list[str]:
    """The cells of a person's row. A test may give some of them as XML."""
    return [others.get(header, ods_text(value)) for header, value in zip(HEADER, person(nth), strict=True)]


def ods_number(value: str, seen: str, kind: str = "float", attribute: str = "value") -> str:
    return f'<table:table-cell office:value-type="{kind}" office:{attribute}="{value}"><text:p>{seen}</text:p></table:table-cell>'
