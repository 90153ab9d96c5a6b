"""The extracts of one organisation in its inbox, read by its mapping without any of the product's code."""

from __future__ import annotations

import csv
import io
import re
from calendar import monthrange
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import fastexcel
import yaml

Row = dict[str, Any]
DATES = ("start_date", "end_date", "effective_from", "effective_to", "recorded_date", "team_start_date", "date_of_birth")
NUMBERS = [
    "fte",
    "budgeted_fte",
    "weekly_hours",
    "standard_hours",
    "fte_days_lost",
    "cases",
    "amount",
    "paid_fte",
    "charge_rate",
    "cost_share_percent",
    "contracted_hours",
    "hours_worked",
    "weeks_a_year",
]


class UnmappedCode(Exception):
    """A code that the mapping does not list."""


class Extracts:
    """The extracts of one organisation."""

    def __init__(self, out: Path, organisation_id: str) -> None:
        self.organisation_id = organisation_id
        self.inbox = out / "inbox" / organisation_id
        self.configuration = out / "config" / "organisations" / organisation_id
        self.unmapped: list[tuple[str, str, str]] = []
        self.unknown_headers: set[str] = set()
        self._read: dict[tuple[str, str], list[Row]] = {}

    @cache  # noqa: B019 - as many as there are sources
    def mapping(self, source: str) -> dict[str, Any]:
        written = (self.configuration / "mappings" / f"{source}.yaml").read_text(encoding="utf-8")
        found: dict[str, Any] = yaml.load(written, Loader=yaml.BaseLoader)
        return found

    @cache  # noqa: B019 - as many as there are sources
    def periods(self, source: str) -> dict[str, Path]:
        """Files by period, and for each the one received last. A file whose name does not fit the mapping fails."""
        found = {}
        for path in sorted((self.inbox / source).glob("*"), key=lambda file: (file.stat().st_mtime, len(file.name), file.name)):
            fits = re.fullmatch(self.mapping(source)["file"]["pattern"], path.name)
            assert fits, path.name
            named = fits.groupdict()
            found[named.get("period") or f"{named['year']}-{named['month']}"] = path
        return found

    @cached_property
    def is_history(self) -> bool:
        """Whether staff in post is delivered as every dated row of every assignment."""
        return "effective_from" in self.mapping("hr_assignments")["columns"]

    @property
    def partnership_id(self) -> str | None:
        """The partnership that the council belongs to, as an id."""
        name = yaml.safe_load((self.configuration / "organisation.yaml").read_text(encoding="utf-8"))["partnership"]
        return name and re.sub(r"\W+", "_", name.lower())

    def table(self, name: str) -> list[dict[str, str]]:
        """A table of the council's configuration, such as its re-organised teams."""
        return list(csv.DictReader((self.configuration / f"{name}.csv").read_text(encoding="utf-8").splitlines()))

    def rows(self, source: str, period: str) -> list[Row]:
        """Typed rows of one file in contract columns, read once. Rows with a code that is not mapped are noted and left out."""
        if (source, period) not in self._read:
            self._read[source, period] = self._rows(source, period)
        return self._read[source, period]

    def _rows(self, source: str, period: str) -> list[Row]:
        mapping = self.mapping(source)
        table = _table(self.periods(source)[period], mapping)
        columns = mapping["columns"]
        start = next(place for place, line in enumerate(table) if set(columns.values()) <= {str(cell) for cell in line})
        headers = [str(cell) for cell in table[start]]
        as_at = mapping["file"]["as_at"]
        self.unknown_headers |= set(headers) - {*columns.values(), *mapping.get("ignore", []), as_at.get("column")}
        _check_as_at(mapping, table, start, headers, period)
        totals = mapping["file"].get("totals")
        rows = []
        for line in table[start + 1 :]:
            cells = dict(zip(headers, line, strict=True))
            if totals and cells[totals["column"]] == totals["equals"]:
                continue
            try:
                rows.append(_typed(mapping, cells))
            except UnmappedCode as code:
                self.unmapped.append((source, period, str(code)))
        return rows


@cache
def last_day(month: str) -> date:
    """Month end of a period such as 2024-09."""
    year, number = map(int, month.split("-"))
    return date(year, number, monthrange(year, number)[1])


def _check_as_at(mapping: dict[str, Any], table: list[list[Any]], start: int, headers: list[str], period: str) -> None:
    as_at = mapping["file"]["as_at"]
    if "column" in as_at:
        shown = {line[headers.index(as_at["column"])] for line in table[start + 1 :]}
    else:
        shown = {found["date"] for line in table[:start] if (found := re.search(as_at["title"], str(line[0])))}
        assert shown, "no title row says as at which day"
    assert {f"{_day(str(day), mapping['dates']):%Y-%m}" for day in shown} <= {period}


def _typed(mapping: dict[str, Any], cells: dict[str, Any]) -> Row:
    """A row in contract columns. If a number in it cannot be read, the row is rejected."""
    row: Row = {"is_rejected": False}
    for column, header in mapping["columns"].items():
        try:
            row[column] = _value(mapping, column, cells[header])
        except InvalidOperation:
            row |= {column: None, "is_rejected": True}
    return row


def _value(mapping: dict[str, Any], column: str, cell: Any) -> Any:
    if cell is None or cell in mapping["missing"]:
        return None
    if column in mapping.get("codes", {}):
        if cell not in mapping["codes"][column]:
            raise UnmappedCode(column)
        return mapping["codes"][column][cell]
    if column in DATES:
        return cell if isinstance(cell, date) else _day(cell, mapping["dates"])
    if column in NUMBERS:
        return Decimal(str(cell))
    if column == "registered_social_worker":
        return {**dict.fromkeys(mapping["yes"], True), **dict.fromkeys(mapping["no"], False)}[cell]
    return cell


@cache
def _day(text: str, written: str) -> date:
    return datetime.strptime(text, written).date()


def _table(path: Path, mapping: dict[str, Any]) -> list[list[Any]]:
    if mapping["file"]["format"] == "csv":
        return list(csv.reader(io.StringIO(path.read_bytes().decode(mapping["file"]["encoding"]))))
    sheet = fastexcel.read_excel(path).load_sheet(mapping["file"]["sheet"], header_row=None, dtypes="string").to_polars()
    mapped = {header: column for column, header in mapping["columns"].items()}
    table = [list(line) for line in sheet.rows()]
    start = next(place for place, line in enumerate(table) if set(mapped) <= set(line))
    for line in table[start + 1 :]:
        for place, header in enumerate(table[start]):
            if mapped.get(header) in DATES and line[place]:
                line[place] = date.fromisoformat(line[place][:10])
    return table
