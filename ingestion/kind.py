"""What a file really is, whatever its name says."""

from __future__ import annotations

import io
import zipfile

from ingestion.refusal import refuse

WORKBOOK_PART = "xl/workbook.xml"
SAYS = {
    "csv": "expected a text file with a row a line (CSV)",
    "xlsx": "expected an Excel workbook (XLSX)",
}
TO_DO = {
    "csv": "Save it from the system as CSV, or set `file.format` in the mapping",
    "xlsx": "Save it as 'Excel Workbook (.xlsx)', without a password, or set `file.format` in the mapping",
}


def expect_kind(content: bytes, expected: str) -> None:
    """Check that an extract's bytes are of the format that its mapping names (`csv` or `xlsx`). Raises FileRefused."""
    kind, name = _kind(content)
    if kind != expected:
        raise refuse("unreadable_file", f"the file is not what its name says: {SAYS[expected]}, found {name}. {TO_DO[expected]}")


def _kind(content: bytes) -> tuple[str, str]:
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if content.startswith(b"PK\x03\x04") or content.startswith(b"PK\x05\x06"):
        return _kind_of_zip(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "ole", "an old Excel file (XLS) or a workbook with a password"
    if content.startswith(b"PAR1"):
        return "parquet", "a Parquet file"
    if start.startswith(b"%pdf"):
        return "pdf", "a PDF"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<table", b"<?xml", b"<body")):
        return "page", "a web page or XML (perhaps the page of a failed sign-in)"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "text in UTF-16 ('Unicode Text')"
    if b"\x00" in content:
        return "binary", "bytes that are not text"
    return "csv", "a text file"


def _kind_of_zip(content: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError):
        return "zip", "a damaged workbook or ZIP file (cut off on the way?)"
    if WORKBOOK_PART in names:
        return "xlsx", "an Excel workbook"
    return "zip", "a ZIP file without a workbook in it"
