"""A small count of its own over generated extracts: read by their mappings, counted by the census's words, no SQL."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import fastexcel
import yaml

Row = dict[str, Any]
SOCIAL_WORK = [
    "service_manager",
    "principal_social_worker",
    "iro",
    "cp_chair",
    "team_manager",
    "assistant_team_manager",
    "advanced_practitioner",
    "senior_social_worker",
    "social_worker",
    "asye_social_worker",
]
NOT_LEAVING = ("structural_transfer", "change_of_post")
DATES = ("start_date", "end_date", "effective_from", "effective_to", "recorded_date", "team_start_date")
NUMBERS = ("fte", "budgeted_fte", "weekly_hours", "standard_hours", "fte_days_lost", "cases", "amount")
LAST_DAY = date.max


class UnmappedCode(Exception):
    """A code that the mapping does not list."""


class Extracts:
    """The generated extracts of one organisation."""

    def __init__(self, out: Path, organisation_id: str) -> None:
        self.inbox = out / "inbox" / organisation_id
        self.mappings = out / "config" / "organisations" / organisation_id / "mappings"
        self.unmapped: list[tuple[str, str, str]] = []
        self.unknown_headers: set[str] = set()
        self._read: dict[tuple[str, str], list[Row]] = {}

    @cache  # noqa: B019 - as many as there are sources
    def mapping(self, source: str) -> dict[str, Any]:
        found: dict[str, Any] = yaml.load((self.mappings / f"{source}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        return found

    @cache  # noqa: B019 - as many as there are sources
    def periods(self, source: str) -> dict[str, Path]:
        """Files by period, the last version of each; a file whose name does not fit the mapping fails."""
        found = {}
        for path in sorted((self.inbox / source).glob("*"), key=lambda one: (len(one.name), one.name)):
            fits = re.fullmatch(self.mapping(source)["file"]["pattern"], path.name)
            assert fits, path.name
            named = fits.groupdict()
            found[named.get("period") or f"{named['year']}-{named['month']}"] = path
        return found

    def rows(self, source: str, period: str) -> list[Row]:
        """Typed rows of one file in contract columns, read once."""
        if (source, period) not in self._read:
            self._read[source, period] = self._rows(source, period)
        return self._read[source, period]

    def _rows(self, source: str, period: str) -> list[Row]:
        """Typed rows of one file in contract columns. Codes that are not mapped are noted and the row left out."""
        mapping = self.mapping(source)
        path = self.periods(source)[period]
        table = _table(path, mapping)
        columns = mapping["columns"]
        start = next(place for place, line in enumerate(table) if set(columns.values()) <= {str(cell) for cell in line})
        headers = [str(cell) for cell in table[start]]
        as_at = mapping["file"]["as_at"]
        self.unknown_headers |= set(headers) - {*columns.values(), *mapping["ignore"], as_at.get("column")}
        self._check_as_at(mapping, table, start, headers, period)
        totals = mapping["file"].get("totals")
        rows = []
        for line in table[start + 1 :]:
            cells = dict(zip(headers, line, strict=True))
            if totals and cells[totals["column"]] == totals["equals"]:
                continue
            try:
                rows.append({column: self._value(mapping, column, cells[header]) for column, header in columns.items()})
            except UnmappedCode as code:
                self.unmapped.append((source, period, str(code)))
        return rows

    def _check_as_at(self, mapping: dict[str, Any], table: list[list[Any]], start: int, headers: list[str], period: str) -> None:
        as_at = mapping["file"]["as_at"]
        if "column" in as_at:
            shown = {line[headers.index(as_at["column"])] for line in table[start + 1 :]}
        else:
            shown = {re.search(as_at["title"], str(line[0]))["date"] for line in table[:start] if re.search(as_at["title"], str(line[0]))}
            assert shown, "no title row says as at which day"
        assert {f"{_day(str(one), mapping['dates']):%Y-%m}" for one in shown} <= {period}

    def _value(self, mapping: dict[str, Any], column: str, cell: Any) -> Any:
        if cell is None or cell == "":
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
            if mapped.get(header) in (*DATES, "date_of_birth") and line[place]:
                line[place] = date.fromisoformat(line[place][:10])
    return table


def in_place(row: Row, day: date) -> bool:
    return row["start_date"] <= day and (row["end_date"] or LAST_DAY) > day


def _staff(extracts: Extracts, day: date) -> tuple[list[Row], dict[str, date | None]]:
    """Rows of staff in post that hold on a day, and the last known end of every assignment."""
    periods = extracts.periods("hr_assignments")
    ends: dict[str, date | None] = {}
    if "effective_from" in extracts.mapping("hr_assignments")["columns"]:
        rows = extracts.rows("hr_assignments", max(periods))
        held = [row for row in rows if row["effective_from"] <= day <= (row["effective_to"] or LAST_DAY)]
        return held, {row["assignment_id"]: row["end_date"] for row in rows}
    for period in sorted(periods):
        if period >= f"{day:%Y-%m}":
            ends.update({row["assignment_id"]: row["end_date"] for row in extracts.rows("hr_assignments", period)})
    return [row | {"end_date": ends[row["assignment_id"]]} for row in extracts.rows("hr_assignments", f"{day:%Y-%m}")], ends


def _counted(rows: list[Row], day: date) -> list[Row]:
    return [row for row in rows if row["registered_social_worker"] and row["job_role"] != "director" and in_place(row, day)]


def _flows(extracts: Extracts, year: int) -> dict[str, Decimal | int]:
    first, last = date(year - 1, 10, 1), date(year, 9, 30)
    rows: dict[str, list[Row]] = {}
    trainees: set[str] = set()
    history = "effective_from" in extracts.mapping("hr_assignments")["columns"]
    periods = sorted(extracts.periods("hr_assignments"))
    for period in periods[-1:] if history else periods:
        for row in extracts.rows("hr_assignments", period):
            begun = history or f"{row['start_date']:%Y-%m}" <= period
            if not row["registered_social_worker"]:
                trainees.add(row["assignment_id"])
            elif begun and row["job_role"] != "director":
                rows.setdefault(row["assignment_id"], []).append(row)
    leavers = [known[-1] for known in rows.values() if first <= (known[-1]["end_date"] or LAST_DAY) <= last]
    leavers = [row for row in leavers if row["leaving_reason"] not in NOT_LEAVING]
    starters = [known[0] for known in rows.values() if first <= known[0]["start_date"] <= last]
    starters = [row for row in starters if row["start_origin"] not in NOT_LEAVING and row["assignment_id"] not in trainees]
    return {
        "leavers_fte": sum((row["fte"] for row in leavers), Decimal()),
        "leavers_headcount": len({row["person_id"] for row in leavers}),
        "starters_fte": sum((row["fte"] for row in starters), Decimal()),
        "starters_headcount": len({row["person_id"] for row in starters}),
    }


def components(extracts: Extracts, year: int) -> dict[str, Decimal | int]:
    """The published components at 30 September of a year, as far as the extracts allow."""
    day, period = date(year, 9, 30), f"{year}-09"
    held, _ = _staff(extracts, day)
    staff = _counted(held, day)
    fte: dict[str, Decimal] = {}
    for row in staff:
        fte[row["person_id"]] = fte.get(row["person_id"], Decimal()) + row["fte"]
    found: dict[str, Decimal | int] = {"inpost_fte": sum(fte.values(), Decimal()), "inpost_headcount": len(fte)}
    found |= _flows(extracts, year)
    workers: dict[str, Decimal] = {}
    if period in extracts.periods("agency"):
        booked = [row for row in extracts.rows("agency", period) if row["registered_social_worker"] and in_place(row, day)]
        workers = {row["worker_id"]: (row["weekly_hours"] or 0) / row["standard_hours"] for row in booked}
        cover = [(row["weekly_hours"] or 0) / row["standard_hours"] for row in booked if row["cover_reason"] == "vacancy"]
        found |= {
            "agency_fte": sum(workers.values(), Decimal()),
            "agency_headcount": len(workers),
            "agency_cover_fte": sum(cover, Decimal()),
        }
    if period in extracts.periods("establishment"):
        filled: dict[str, Decimal] = {}
        for row in held:
            if in_place(row, day):
                filled[row["post_id"]] = filled.get(row["post_id"], Decimal()) + (row["fte"] or 0)
        posts = [row for row in extracts.rows("establishment", period) if row["job_role"] in SOCIAL_WORK]
        found["vacancy_fte"] = sum((max(Decimal(), row["budgeted_fte"] - filled.get(row["post_id"], 0)) for row in posts), Decimal())
    if period in extracts.periods("caseload"):
        holders = [row for row in extracts.rows("caseload", period) if row["cases"] > 0 and not row["unallocated_in_team"]]
        found["cases"] = int(sum(row["cases"] for row in holders))
        found["case_holders_fte"] = sum(
            (fte[row["person_id"]] if row["person_id"] else workers[row["agency_worker_id"]] for row in holders), Decimal()
        )
    months = [one for one in extracts.periods("absence") if f"{year - 1}-10" <= one <= period]
    if months:
        found["working_days_lost_fte"] = sum((_days_lost(extracts, one) for one in months), Decimal())
    return found


def _days_lost(extracts: Extracts, period: str) -> Decimal:
    """Sickness of those who are counted as in post at the end of the month."""
    year, month = map(int, period.split("-"))
    day = date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
    history = "effective_from" in extracts.mapping("hr_assignments")["columns"]
    rows = extracts.rows("hr_assignments", max(extracts.periods("hr_assignments")) if history else period)
    if history:
        rows = [row for row in rows if row["effective_from"] <= day <= (row["effective_to"] or LAST_DAY)]
    staff = {row["person_id"] for row in _counted(rows, day)}
    sick = [row for row in extracts.rows("absence", period) if row["absence_type"] == "sickness" and row["person_id"] in staff]
    return sum((row["fte_days_lost"] for row in sick), Decimal())
