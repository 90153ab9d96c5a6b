"""A sheet of a workbook (XLSX, XLS, ODS) to texts: real dates as ISO dates, numbers in full, durations as 37:00, codes as they are shown."""

from __future__ import annotations

import atexit
import difflib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from threading import Lock, Timer
from typing import Any

import polars as pl
import pyarrow as pa

from ingestion.reading import book_worker
from ingestion.reading.book_worker import receive, send
from ingestion.reading.formatted_cells import as_dressed
from ingestion.reading.sheet import HEAD_ROWS, Body, Layout, Sheet, body_of
from ingestion.reading.size_limits import MEBIBYTE, Unpacked, check_workbook
from ingestion.refusal import FileRefused, Finding, refuse

# What Excel shows for a formula that failed, by the reader's name for it.
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
# What opening may take: a workbook of 200 MB unpacked, 100,000 rows of 40 columns, needs 600 MB and, on a busy machine, 40 s.
LEAST_MEMORY, MEMORY_A_BYTE = 700 * MEBIBYTE, 6
LEAST_SECONDS, BYTES_A_SECOND = 8.0, 3 * MEBIBYTE
EVERY = "(?s).*"
# From here on a name is spelled like the one that was expected.
NEARLY = 0.6
LIBRARIES = ("LD_LIBRARY_PATH",)
# A workbook larger than this has a process of its own, so that its memory is given back as soon as it is open.
SMALL = MEBIBYTE


def open_book(content: bytes, file_format: str, sheet: str | None = None, sheets: re.Pattern[str] | None = None) -> list[Sheet]:
    """The named sheet, or those whose names fit as a whole, or every one. Raises FileRefused where there is none such or it cannot be read."""
    unpacked = Unpacked(len(content)) if file_format == "xls" else check_workbook(content)
    expected = re.escape(sheet.strip()) if sheet is not None else sheets.pattern if sheets else EVERY
    book, tables = _opened(content, file_format, unpacked.size, expected)
    names = book["names"]
    if not names:
        raise refuse("missing_sheet", "the workbook has no sheet with cells. Send the extract again, saved with its sheet")
    if not tables:
        asked = f"the sheet '{sheet}'" if sheet is not None else f"sheets with names like {expected}"
        near = difflib.get_close_matches(sheet, names, 1, NEARLY) if sheet is not None else []
        found = f"found {len(names)} sheet{'' if len(names) == 1 else 's'} with other names"
        found = f"{found}, of which sheet {names.index(near[0]) + 1} is named most like it" if near else found
        says = f"expected {asked}, {found}. Rename the sheet, or mend `file.sheet{'' if sheet is not None else 's'}` in the mapping"
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
    content: bytes, form: str, size: int, expected: str
) -> tuple[dict[str, Any], list[tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]]]:
    """What is said of the workbook, and of each sheet expected what is said of it, its cells and how they are shown. Raises FileRefused."""
    with _Worker.lock:
        worker = _Worker.running()
        stop = Timer(LEAST_SECONDS + size / BYTES_A_SECOND, worker.kill)
        stop.start()
        try:
            asked, given = worker.stdin, worker.stdout
            assert asked
            assert given
            wanted = {"memory": LEAST_MEMORY + size * MEMORY_A_BYTE, "sheets": expected, "format": form}
            send(asked, wanted)
            send(asked, content)
            book = json.loads(receive(given))
            tables = []
            while about := receive(given):
                tables.append((json.loads(about), _table(receive(given)), _table(receive(given))))
        except (EOFError, OSError):
            raise _unreadable(worker.wait()) from None
        finally:
            stop.cancel()
        if size > SMALL:
            _Worker.close()
    return book, tables


def _table(written: bytes) -> pl.DataFrame:
    with pa.ipc.open_stream(pa.py_buffer(written)) as stream:
        return pl.DataFrame(stream.read_all())


def _unreadable(ended: int) -> FileRefused:
    """Why a workbook could not be opened, by how its process ended: by a signal (below 0) where it reached a limit."""
    if ended < 0:
        says = "the workbook takes far more memory or time than one of its size: perhaps a cell far outside the table is filled"
        advice = "Copy the table alone into a new workbook in Excel, save it as 'Excel Workbook (.xlsx)' and send that"
        return refuse("too_large", f"{says}. {advice}")
    says = "the workbook cannot be read; it may be damaged or have a password"
    return refuse("unreadable_file", f"{says}. Open it in Excel, save it as 'Excel Workbook (.xlsx)' and send it again")


class _Worker:
    """The one process in which this process opens its workbooks: to start one for each would cost more than to open it."""

    lock = Lock()
    _process: subprocess.Popen[bytes] | None = None
    _of: int | None = None

    @classmethod
    def running(cls) -> subprocess.Popen[bytes]:
        # A process that was forked from this one may not talk with the worker of this one.
        if cls._process is None or cls._of != os.getpid() or cls._process.poll() is not None:
            # Arrow's own pool takes more addresses than it uses. Secrets of this process's environment are not passed on.
            environment = {"ARROW_DEFAULT_MEMORY_POOL": "system"} | {
                library: os.environ[library] for library in LIBRARIES if library in os.environ
            }
            cls._process = subprocess.Popen(
                [sys.executable, "-I", book_worker.__file__],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            cls._of = os.getpid()
        return cls._process

    @classmethod
    def close(cls) -> None:
        """End the process; the next workbook starts another."""
        if cls._process is not None and cls._of == os.getpid():
            cls._process.kill()
            cls._process.communicate()
        cls._process = None


atexit.register(_Worker.close)


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
    """Put what Excel shows into cells whose formula failed: as empty cells they would be lost silently."""
    failed: dict[int, dict[int, str]] = {}
    for row, at, detail in errors:
        name = detail.partition("Error(")[2].partition(")")[0]
        failed.setdefault(int(at), {})[int(row)] = CELL_ERRORS.get(name, "#ERROR!")
    return rows.with_columns(rows[str(at)].scatter(list(texts), list(texts.values())) for at, texts in failed.items())
