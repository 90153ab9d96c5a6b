"""How a council's system writes its extracts: file names, columns, codes and formats, and the writing itself."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from samples.months import ONE_DAY, end_of_month, month_after
from samples.workbook import workbook_bytes

Row = dict[str, object]


@dataclass(frozen=True)
class Extract:
    """One kind of file: its name, the rows above the table, its columns in order (header, name in the row).

    A name in the row that starts with '=' is the same text in every row. `total` is the column whose last row says
    Total, and the columns that it sums.
    """

    file: str
    columns: tuple[tuple[str, str], ...]
    titles: tuple[str, ...] = ()
    sheet: str = "Sheet1"
    total: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Layout:
    """A system's way of writing: identifiers, dates, codes, and one extract per source."""

    kind: str
    extension: str
    encoding: str
    history: bool
    dates: str
    yes_no: tuple[str, str]
    person: Callable[[int], str]
    assignment: Callable[[int, int], str]
    post: Callable[[int], str]
    team: Callable[[int], str]
    service: Callable[[int], str]
    booking: Callable[[int], str]
    worker: Callable[[int], str]
    absence: Callable[[int], str]
    codes: dict[str, dict[str, tuple[str, ...]]]
    extracts: dict[str, Extract]


def write_extract(folder: Path, layout: Layout, prefix: str, source: str, month_end: date, rows: list[Row], version: int = 1) -> Path:
    """Write one extract and set its time of arrival: 06:00 UTC on the twelfth of the next month, and a week later for a new
    version."""
    extract = layout.extracts[source]
    suffix = "" if version == 1 else f"_v{version}"
    name = extract.file.format(council=prefix, period=f"{month_end:%Y-%m}", year=month_end.year, month=f"{month_end:%m}")
    path = folder / (name + suffix + layout.extension)
    headers = [header for header, _ in extract.columns]
    columns = [_column(layout, name, rows, month_end) for _, name in extract.columns]
    table = [list(line) for line in zip(*columns, strict=True)]
    titles = [title.format(date=f"{month_end:%d/%m/%Y}", run=f"{month_after(month_end):%d/%m/%Y}") for title in extract.titles]
    if extract.total:
        table.append(_total_row(extract, table))
    folder.mkdir(parents=True, exist_ok=True)
    if layout.extension == ".xlsx":
        path.write_bytes(workbook_bytes(extract.sheet, titles, headers, table))
    else:
        path.write_bytes(_csv_bytes(titles, headers, table, layout.encoding))
    arrived = datetime(*(end_of_month(month_end) + ONE_DAY).timetuple()[:2], 12 + 7 * (version - 1), 6, tzinfo=UTC).timestamp()
    os.utime(path, (arrived, arrived))
    return path


def _column(layout: Layout, name: str, rows: list[Row], month_end: date) -> list[object]:
    """A column's cells as the system writes them. If a code has several spellings, the row's `choice` picks one."""
    if name.startswith("="):
        return [name[1:]] * len(rows)
    if name == "as_at":
        return [_written(month_end, layout)] * len(rows)
    spellings = layout.codes.get(name)
    if spellings is None:
        return [_written(row.get(name), layout) for row in rows]
    cells: list[object] = []
    for row in rows:
        code, choice = row.get(name), row.get("choice", 0)
        known = spellings.get(str(code))
        cells.append(known[int(str(choice)) % len(known)] if known else code)
    return cells


def _written(value: object, layout: Layout) -> object:
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return layout.yes_no[0 if value else 1]
    if layout.extension == ".xlsx":
        return value
    if isinstance(value, date):
        return _day(value, layout.dates)
    return f"{value:.2f}" if isinstance(value, float) else value


@cache
def _day(day: date, written: str) -> str:
    return day.strftime(written)


def _total_row(extract: Extract, table: list[list[object]]) -> list[object]:
    assert extract.total is not None
    label, summed = extract.total
    total: list[object] = [None] * len(extract.columns)
    for place, (header, _) in enumerate(extract.columns):
        if header == label:
            total[place] = "Total"
        elif header in summed:
            total[place] = round(sum(value for row in table if isinstance(value := row[place], int | float)), 2)
    return total


def _csv_bytes(titles: Iterable[str], headers: list[str], table: list[list[object]], encoding: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([title] for title in titles)
    writer.writerow(headers)
    writer.writerows(table)
    return text.getvalue().encode(encoding)
