"""Writes XLSX files with one sheet: text, numbers and real dates, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter

WRITTEN = datetime(2025, 1, 1)  # in the file's properties; the clock would make different bytes every time
OPTIONS = {
    "constant_memory": True,
    "in_memory": True,
    "default_date_format": "dd/mm/yyyy",
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


def workbook_bytes(sheet: str, titles: Iterable[str], headers: Sequence[str], table: Iterable[Sequence[object]]) -> bytes:
    """An XLSX file: title rows, an empty row, the header, the table."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, OPTIONS) as book:
        book.set_properties({"created": WRITTEN})
        page = book.add_worksheet(sheet)
        rows: list[Sequence[object]] = [[title] for title in titles]
        if rows:
            rows.append([])
        rows.append(headers)
        for number, row in enumerate((*rows, *table)):
            page.write_row(number, 0, row)
    return packed.getvalue()
