"""One small table of caseloads in every form that an extract may have."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pyzipper
import xlsxwriter

from contracts import contract
from ingestion.mapping import Mapping, read_mapping

HEADER = ["Worker", "Agency Ref", "Cases"]
COLUMNS = "{person_id: Worker, agency_worker_id: Agency Ref, cases: Cases}"
Rows = list[list[str | None]]


def caseload(folder: Path, file: str = "format: csv", columns: str = COLUMNS, more: str = "") -> Mapping:
    """A mapping of caseloads whose `file` section, columns and further lines a test chooses."""
    path = folder / "caseload.yaml"
    path.write_text(f"source: caseload\nfile: {{pattern: '(?P<period>.*)', {file}}}\ncolumns: {columns}\n{more}\n")
    return read_mapping(path, contract("caseload"))


def separated(rows: Rows, delimiter: str = ",") -> str:
    return "".join(delimiter.join(cell or "" for cell in row) + "\n" for row in rows)


def workbook(rows: Rows, sheet: str = "Cases", before: tuple[str, ...] = ()) -> bytes:
    """A workbook with the rows on the last sheet, as texts."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    for name in before:
        book.add_worksheet(name).write(0, 0, "Row Labels")
    page = book.add_worksheet(sheet)
    for place, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell is not None:
                page.write_string(place, at, cell)
    book.close()
    return written.getvalue()


def ods(rows: Rows, sheet: str = "Cases") -> bytes:
    """An OpenDocument workbook with one sheet of texts."""
    cells = [
        "".join(f'<table:table-cell office:value-type="string"><text:p>{cell or ""}</text:p></table:table-cell>' for cell in row)
        for row in rows
    ]
    body = "".join(f"<table:table-row>{cell}</table:table-row>" for cell in cells)
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"' for prefix in ("office", "table", "text", "manifest")
    )
    content = f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="{sheet}">{body}'
    content += "</table:table></office:spreadsheet></office:body></office:document-content>"
    manifest = f"<manifest:manifest {spaces}/>"
    members = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content, "META-INF/manifest.xml": manifest}
    return zipped(members)


def parquet(rows: Rows) -> bytes:
    written = io.BytesIO()
    pl.DataFrame(rows[1:], schema=rows[0], orient="row").write_parquet(written)
    return written.getvalue()


def json_lines(rows: Rows) -> str:
    return "".join(json.dumps(dict(zip(rows[0], row, strict=True))) + "\n" for row in rows[1:])


def zipped(members: dict[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def locked(members: dict[str, str | bytes], password: str) -> bytes:
    """A ZIP encrypted with AES, as 7-Zip writes it."""
    written = io.BytesIO()
    with pyzipper.AESZipFile(written, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()
