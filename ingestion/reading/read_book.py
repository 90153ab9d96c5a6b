"""From a sheet of a workbook (XLSX, XLS, ODS) to texts: real dates as ISO dates, numbers in full, durations as 37:00, codes as shown."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from ingestion.mapping.expressions import Expression
from ingestion.reading.formatted_cells import as_dressed
from ingestion.reading.limited_process import conversation
from ingestion.reading.sheet import HEAD_ROWS, Body, Layout, Sheet, body_of
from ingestion.reading.size_limits import Unpacked, check_workbook
from ingestion.refusal import FileRefused, Finding, refuse

# What Excel shows for a failed formula, by the reader's name for it.
CELL_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}
# Cells of a sheet, including empty ones. Each takes some bytes here, however little it takes in the file.
MOST_CELLS = 12_000_000
SAVE_AGAIN = "Open it in Excel, save it as 'Excel Workbook (.xlsx)' and send it again"
# From this similarity on, a name counts as a misspelling of the expected one.
NEARLY = 0.6


def open_book(content: bytes, file_format: str, sheet: str | None = None, sheets: Expression | None = None) -> list[Sheet]:
    """The named sheet, the sheets whose names fit an expression as a whole, or every sheet.

    Raises FileRefused if there is none, or if it cannot be read.
    """
    unpacked = Unpacked(len(content)) if file_format == "xls" else check_workbook(content)

    def is_wanted(name: str) -> bool:
        return name.strip() == sheet.strip() if sheet is not None else sheets is None or sheets.fullmatch(name.strip()) is not None

    book, tables = _opened(content, file_format, unpacked.size, is_wanted)
    names = book["names"]
    if not names:
        raise refuse("missing_sheet", "the workbook has no sheet with cells. Send the extract again, saved with its sheet")
    if not tables:
        asked = f"the sheet '{sheet}'" if sheet is not None else f"sheets with names like {sheets.pattern if sheets else 'any'}"
        near = difflib.get_close_matches(sheet, names, 1, NEARLY) if sheet is not None else []
        found = f"found {len(names)} sheet{'' if len(names) == 1 else 's'} with other names"
        found = f"{found}, of which sheet {names.index(near[0]) + 1} is named most like it" if near else found
        says = f"expected {asked}, {found}. Rename the sheet, or correct `file.sheet{'' if sheet is not None else 's'}` in the mapping"
        raise refuse("missing_sheet", says)
    notes: tuple[Finding, ...] = ()
    if unpacked.unsolved:
        says = f"cells have a formula and no result, and are read as empty; the first that was found is {unpacked.unsolved}"
        advice = "Open the workbook in Excel, save it, and send it again, or send the values instead of the formulas"
        notes = (Finding("formula_without_result", f"{says}. {advice}"),)
    if not book["known"]:
        says = (
            "what the workbook says beside its values cannot be read: number formats, merged and hidden cells, whether days count from 1904"
        )
        advice = (
            "Open it in Excel, save it as 'Excel Workbook (.xlsx)' and send that, or look whether its codes, hours and dates came in right"
        )
        notes = (*notes, Finding("layout_unknown", f"{says}. {advice}"))
    return [replace(_sheet(*table, book["from_1904"]), notes=notes, place=names.index(table[0]["name"]) + 1) for table in tables]


def _opened(
    content: bytes, form: str, size: int, is_wanted: Callable[[str], bool]
) -> tuple[dict[str, Any], list[tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]]]:
    """The facts of the workbook, and for each wanted sheet its facts, its cells and how they are shown. Raises FileRefused."""
    with conversation(content, {"format": form, "cells": MOST_CELLS + size}, size, _unreadable) as talk:
        names = json.loads(talk.hear())["names"]
        talk.tell([name for name in names if is_wanted(name)])
        book = json.loads(talk.hear()) | {"names": names}
        tables = []
        while "name" in (about := json.loads(talk.hear())):
            tables.append((about, talk.hear_frame(), talk.hear_frame()))
        talk.hear()
    if len(set(names)) < len(names):
        says = "the workbook has two sheets of one name, so that nobody can say which is meant"
        raise refuse("unreadable_file", f"{says}. {SAVE_AGAIN}")
    if about["repeated"]:
        says = f"the workbook has the cell or row {about['repeated']} of a sheet twice, so that nobody can say which value is meant"
        raise refuse("unreadable_file", f"{says}. {SAVE_AGAIN}")
    if any(about["too_large"] for about, _, _ in tables):
        raise _unreadable(has_reached_limit=True)
    return book, tables


def _unreadable(has_reached_limit: bool) -> FileRefused:
    """Why a workbook could not be opened, by whether its process reached a limit."""
    if has_reached_limit:
        says = "the workbook takes far more memory or time than one of its size: perhaps a cell far outside the table is filled"
        advice = "Copy the table alone into a new workbook in Excel, save it as 'Excel Workbook (.xlsx)' and send that"
        return refuse("too_large", f"{says}. {advice}")
    says = "the workbook cannot be read; it may be damaged or have a password"
    return refuse("unreadable_file", f"{says}. {SAVE_AGAIN}")


def _sheet(about: dict[str, Any], rows: pl.DataFrame, dressed: pl.DataFrame, from_1904: bool) -> Sheet:
    rows.columns = [str(at) for at in range(rows.width)]
    rows = _with_errors(rows, about["errors"])
    # A real date without a time of day comes as midnight.
    rows = rows.with_columns(pl.all().str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1"))
    first = about["first_column"]
    places = dressed.with_columns(pl.col("column") - first).filter(
        pl.col("row").is_between(0, rows.height - 1), pl.col("column").is_between(0, rows.width - 1)
    )
    rows, shown = as_dressed(rows, places, [tuple(dress) for dress in about["dresses"]], from_1904)
    seen = rows.head(HEAD_ROWS).with_columns(texts.head(HEAD_ROWS).alias(str(at)) for at, texts in shown.items())
    head = [[text or "" for text in row] for row in seen.iter_rows()]

    def below(place: int, _width: int) -> Iterator[Body]:
        body = rows.with_row_index("source_row", 1).slice(place + 1).with_columns(pl.col("source_row").cast(pl.Int32))
        yield body_of(body, shown={at: texts.slice(place + 1) for at, texts in shown.items()})

    merged: dict[int, list[tuple[int, int]]] = {}
    for above, column, below_it in about["merged"]:
        merged.setdefault(column - first, []).append((above + 1, min(below_it + 1, rows.height)))
    layout = Layout(
        from_1904,
        about["is_hidden"],
        hidden_rows=tuple((above + 1, below_it + 1) for above, below_it in about["hidden_rows"]),
        hidden_columns=tuple((left - first, right - first) for left, right in about["hidden_columns"]),
        merged=merged,
    )
    return Sheet(about["name"], head, below, layout=layout)


def _with_errors(rows: pl.DataFrame, errors: list[list[str]]) -> pl.DataFrame:
    """Put what Excel shows into cells with a failed formula. As empty cells they would be lost silently."""
    failed: dict[int, dict[int, str]] = {}
    for row, at, detail in errors:
        name = detail.partition("Error(")[2].partition(")")[0]
        failed.setdefault(int(at), {})[int(row)] = CELL_ERRORS.get(name, "#ERROR!")
    return rows.with_columns(rows[str(at)].scatter(list(texts), list(texts.values())) for at, texts in failed.items())
