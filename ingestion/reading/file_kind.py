"""What a file really is, whatever its name says."""

from __future__ import annotations

import io
import zipfile

from ingestion.mapping.file_formats import TEXT_FORMATS
from ingestion.reading.size_limits import METHODS, check_directory
from ingestion.refusal import refuse

WORKBOOK_PART = "xl/workbook.xml"
BINARY_WORKBOOK_PART = "xl/workbook.bin"
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
SAYS = {
    "csv": "expected a text file with a row a line (CSV)",
    "tsv": "expected a text file with a row a line (TSV)",
    "jsonl": "expected a text file with a JSON object a line",
    "xlsx": "expected an Excel workbook (XLSX)",
    "xls": "expected an Excel workbook of before 2007 (XLS)",
    "ods": "expected an OpenDocument workbook (ODS)",
    "parquet": "expected a Parquet file",
}
TO_DO = {
    "csv": "Save it from the system as CSV, or set `file.format` in the mapping",
    "xlsx": "Save it as 'Excel Workbook (.xlsx)', without a password, or set `file.format` in the mapping",
}
SEND_AGAIN = "Send the extract again, or set `file.format` in the mapping"


def expect_kind(content: bytes, expected: str, encoding: str = "utf-8-sig") -> None:
    """Check that an extract's bytes are in the format that its mapping names. Raises FileRefused."""
    kind, name = kind_of(content)
    if expected in TEXT_FORMATS:
        wide = encoding.startswith("utf-16") and kind in ("utf-16", "binary")
        fits = kind == "text" or wide
    else:
        fits = kind == expected
    if not fits:
        advice = TO_DO.get(expected, SEND_AGAIN)
        if kind == "utf-16" and expected in TEXT_FORMATS:
            advice = f"Set `file.encoding: utf-16` in the mapping. {TO_DO['csv']}"
        raise refuse("unreadable_file", f"the file is not what its name says: {SAYS[expected]}, found {name}. {advice}")


def kind_of(content: bytes) -> tuple[str, str]:
    """A file's kind by its first bytes (text, utf-16, zip, xlsx, xls, ods, parquet, ...), and its name in words."""
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return "locked", "a workbook with a password"
        return "xls", "an old Excel file (XLS) or a workbook with a password"
    if content.startswith(b"PAR1"):
        return "parquet", "a Parquet file"
    if start.startswith(b"%pdf"):
        return "pdf", "a PDF"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<table", b"<?xml", b"<body")):
        return "page", "a web page or XML (perhaps the page of a failed sign-in)"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "text in UTF-16 ('Unicode Text')"
    nul = content.find(b"\x00")
    if nul >= 0:
        row = content.count(b"\n", 0, nul) + 1
        return "binary", f"bytes that are not text (a NUL byte in row {row})"
    return "text", "a text file"


def _kind_of_zip(content: bytes) -> tuple[str, str]:
    check_directory(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "mimetype" in names and _is_ods(archive):
                return "ods", "an OpenDocument workbook"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        return "damaged", "a damaged workbook or ZIP file (cut off on the way?)"
    if WORKBOOK_PART in names:
        return "xlsx", "an Excel workbook"
    if BINARY_WORKBOOK_PART in names:
        return "xlsb", "a binary Excel workbook (XLSB)"
    return "zip", "a ZIP file without a workbook in it"


def _is_ods(archive: zipfile.ZipFile) -> bool:
    """Whether a ZIP's mimetype is that of an OpenDocument workbook. A mimetype that is packed in a way that is not read does not count."""
    member = archive.getinfo("mimetype")
    small = member.file_size <= len(ODS_TYPE) + 2 and member.compress_type in METHODS
    return small and archive.read(member).strip() == ODS_TYPE
