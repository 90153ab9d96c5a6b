"""Texts in files that a spreadsheet may open. A text that begins like a formula must stay a text there, also after somebody has edited the cell.

In CSV such a text gets an apostrophe before it, which spreadsheets take for "this is a text". In a workbook the cell is marked in the same way, and
its text stays as it is. A number stays a number, also a negative one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

# Also as full-width signs, which some spreadsheets read as the usual ones.
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?%?")
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""For every workbook that is written: no text becomes a formula or a link."""


def is_like_a_formula(value: object) -> bool:
    """Whether a spreadsheet might take a value for a formula."""
    return isinstance(value, str) and FORMULA.match(value) is not None and NUMBER.fullmatch(value) is None


def as_text(value: Any) -> Any:
    """A value for a cell of a CSV file: with an apostrophe before it if it is like a formula.

    A carriage return becomes a line feed, which the csv module quotes. Without quotes it would begin a row.
    """
    if not isinstance(value, str):
        return value
    return ("'" if is_like_a_formula(value) else "") + re.sub("\r\n?", "\n", value)


def write_lines(file: TextIO, lines: Iterable[Iterable[Any]]) -> None:
    """Write lines of comma-separated values."""
    csv.writer(file, lineterminator="\n").writerows([[as_text(value) for value in line] for line in lines])


def text_format(book: Workbook) -> Format:
    """A format of a workbook that keeps a cell's text a text, as an apostrophe that somebody types before it does."""
    return book.add_format({"quote_prefix": True})


def write_row(sheet: Worksheet, row: int, values: Iterable[Any], texts: Format) -> None:
    """Write a row of a workbook. `texts`, from `text_format`, is the format of the cells that are like a formula."""
    for column, value in enumerate(values):
        if is_like_a_formula(value):
            sheet.write_string(row, column, value, texts)
        else:
            sheet.write(row, column, value)
