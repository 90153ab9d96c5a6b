"""A contract as a workbook that HR can fill in and send back, and the mapping with which the warehouse reads it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from contracts import contract_wording
from contracts.contract_model import Column, Contract
from foundation.for_excel import OPTIONS

ROWS, INSTRUCTIONS, LISTS = "Rows", "Instructions", "Lists"
YES, NO = "Yes", "No"
# What people may type instead of choosing from a list. A date typed as text has the format in which the column shows dates.
TYPED_YES, TYPED_NO = ("yes", "YES", "Y", "y"), ("no", "NO", "N", "n")
TYPED_DATE = "%d/%m/%Y"
LAST_ROW = 5000  # rows with lists and checks; people can fill in more
LONGEST_PROMPT = 255
WIDEST = 28
# Excel stamps a workbook with the time at which it was made. The same contract must always give the same file.
MADE = datetime(2000, 1, 1)
EARLIEST, LATEST = date(1900, 1, 2), date(2199, 12, 31)
COLOURS = {"needed": "#1f4e8c", "other": "#5b6b7a"}


def write_workbook(contract: Contract, folder: Path) -> Path:
    """Write `<source>.xlsx` into a folder: instructions, rows to fill in, and the lists to choose from. Returns the file."""
    path = folder / f"{contract.source}.xlsx"
    columns = asked(contract)
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties({"title": contract.about.name, "created": MADE})
        instructions, rows = book.add_worksheet(INSTRUCTIONS), book.add_worksheet(ROWS)
        ranges = _write_lists(book, book.add_worksheet(LISTS), columns)
        _write_instructions(book, instructions, contract, columns)
        _write_rows(book, rows, columns, ranges)
        instructions.activate()
    return path


def write_workbook_mapping(contract: Contract, folder: Path) -> Path:
    """Write `<source>.mapping.yaml` into a folder, the mapping of a workbook that comes back. Returns the file."""
    columns = asked(contract)
    mapping: dict[str, Any] = {
        "source": contract.source,
        "file": {"pattern": rf"{contract.source}_(?P<period>\d{{4}}-\d{{2}})(_v\d+)?\.xlsx", "format": "xlsx", "sheet": ROWS},
        "columns": {column.name: column.title for column in columns},
        "dates": TYPED_DATE,
        "codes": {column.name: _typed_labels(column) for column in columns if column.codes},
        "yes": [YES, *TYPED_YES],
        "no": [NO, *TYPED_NO],
    }
    path = folder / f"{contract.source}.mapping.yaml"
    about = f"# How {contract.source}.xlsx is read when it comes back filled in. Put it into the council's mappings as {contract.source}.yaml.\n"
    path.write_text(about + yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True, width=140), encoding="utf-8")
    return path


def _typed_labels(column: Column) -> dict[str, str]:
    """The codes by their labels. Includes labels in lower case, because Excel accepts them when somebody types instead of choosing from the list."""
    return {spelled: code.value for code in column.labelled_codes for spelled in (code.label, code.label.lower())}


def asked(contract: Contract) -> tuple[Column, ...]:
    """The columns of the workbook. Leaves out columns that are never kept, so that nobody has to type them."""
    return tuple(column for column in contract.columns if column.privacy != "drop")


def _write_rows(book: Workbook, sheet: Worksheet, columns: tuple[Column, ...], ranges: dict[str, str]) -> None:
    formats = {"date": book.add_format({"num_format": "dd/mm/yyyy"}), "string": book.add_format({"num_format": "@"})}
    for at, column in enumerate(columns):
        heading = book.add_format(
            {
                "bold": True,
                "font_color": "white",
                "bg_color": COLOURS["needed" if column.required else "other"],
                "text_wrap": True,
                "valign": "top",
            }
        )
        sheet.set_column(at, at, min(WIDEST, max(13, len(column.title) + 2)), formats.get(column.logical_type))
        sheet.write_string(0, at, column.title, heading)
        sheet.data_validation(1, at, LAST_ROW, at, _validation(column, ranges))
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 0)


def _validation(column: Column, ranges: dict[str, str]) -> dict[str, Any]:
    """What Excel accepts in a column's cells, and the help that it shows beside the cell."""
    told: dict[str, Any] = {
        "input_title": column.title[:32],
        "input_message": column.description[:LONGEST_PROMPT],
        "error_title": column.title[:32],
        "error_message": f"Expected: {contract_wording.kind(column).lower()}",
    }
    if column.codes:
        return told | {"validate": "list", "source": ranges[column.name], "error_message": "Choose from the list"}
    if column.logical_type == "boolean":
        return told | {"validate": "list", "source": [YES, NO], "error_message": f"Choose {YES} or {NO}"}
    if column.logical_type == "date":
        return told | {"validate": "date", "criteria": "between", "minimum": EARLIEST, "maximum": LATEST}
    if column.logical_type in ("integer", "number"):
        validate = "integer" if column.logical_type == "integer" else "decimal"
        return told | {"validate": validate, "criteria": "between", "minimum": -999_999_999, "maximum": 999_999_999}
    return told | {"validate": "any"}


def _write_lists(book: Workbook, sheet: Worksheet, columns: tuple[Column, ...]) -> dict[str, str]:
    """Write the labels of each column's codes, one column per list. Returns where each list is."""
    bold = book.add_format({"bold": True, "bottom": 1})
    ranges = {}
    for at, coded in enumerate(column for column in columns if column.codes):
        labels = [code.label for code in coded.labelled_codes]
        sheet.write_string(0, at, coded.title, bold)
        for row, label in enumerate(labels, start=1):
            sheet.write_string(row, at, label)
        sheet.set_column(at, at, max(len(text) for text in (coded.title, *labels)) + 2)
        letter = xlsxwriter.utility.xl_col_to_name(at, col_abs=True)
        ranges[coded.name] = f"={LISTS}!{letter}$2:{letter}${len(labels) + 1}"
    if not ranges:
        sheet.write_string(0, 0, "This extract has no lists.")
    sheet.freeze_panes(1, 0)
    return ranges


def _write_instructions(book: Workbook, sheet: Worksheet, contract: Contract, columns: tuple[Column, ...]) -> None:
    title = book.add_format({"bold": True, "font_size": 18})
    bold = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for at, width in enumerate((30, 62, 18, 24, 46)):
        sheet.set_column(at, at, width)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, contract.about.name, title)
    sheet.set_row(0, 26)
    lines = [contract.about.purpose, *_steps(contract)]
    for row, line in enumerate(lines, start=2):
        sheet.merge_range(row, 0, row, 4, line, text)
    row = len(lines) + 3
    for at, heading in enumerate(("Column", "What it means", "Needed", "Values", "Rules")):
        sheet.write_string(row, at, heading, bold)
    for at, column in enumerate(columns, start=row + 1):
        rules = [rule.says for rule in contract.rules if rule.column == column.name]
        _write_line(
            sheet,
            at,
            (column.title, column.description, contract_wording.needed(column), contract_wording.kind(column), "; ".join(rules)),
            (strong, text),
        )
    last = row + len(columns) + 2
    for at, rule in enumerate((rule for rule in contract.rules if rule.column is None), start=last):
        _write_line(sheet, at, ("Whole row", rule.says), (strong, text))


def _steps(contract: Contract) -> list[str]:
    return [
        f"1. Save a copy as {contract.source}_YYYY-MM.xlsx, with its year and month, such as {contract.source}_2025-09.xlsx.",
        f"2. Fill in the sheet {ROWS}. {contract.about.grain}",
        "3. Fill in the columns with a dark blue heading in every row. In other columns, leave a cell empty if you do not have the value.",
        f"4. If a cell has a list, choose from it. All lists are on the sheet {LISTS}. Type dates as dates. Type numbers without signs such as £ or %.",
        "5. Do not change or move the headings, or rename the sheets. Do not enter names of people.",
        f"6. Send it to the place where the council's extracts go. {contract.about.owner} is responsible for it. Rows that cannot be used are reported to them.",
    ]


def _write_line(sheet: Worksheet, row: int, cells: tuple[str, ...], formats: tuple[Format, Format]) -> None:
    for at, cell in enumerate(cells):
        sheet.write_string(row, at, cell, formats[0] if at == 0 else formats[1])
