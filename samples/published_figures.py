"""The figures that the Department for Education published, by authority and year."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CARRIED = Path(__file__).parent / "published_figures.csv"
COUNTED_ABOVE = Path(__file__).parent / "counted_above.csv"

NOT_SUPPLIED = ("c", "u", "x")  # 'z' is a zero denominator, 'low' a figure that rounds to 0 but is not 0
COMPONENTS = {
    "hr_assignments": ("inpost_fte", "inpost_headcount", "starters_fte", "starters_headcount", "leavers_fte", "leavers_headcount"),
    "establishment": ("vacancy_fte",),
    "agency": ("agency_fte", "agency_headcount", "agency_cover_fte"),
    "caseload": ("case_holders_fte", "cases"),
    "absence": ("working_days_lost_fte",),
}
RATES_OF_MEASURE = {
    "inpost_fte": ("turnover_rate_fte",),
    "inpost_headcount": ("turnover_rate_headcount",),
    "leavers_fte": ("turnover_rate_fte",),
    "leavers_headcount": ("turnover_rate_headcount",),
    "vacancy_fte": ("vacancy_rate_fte",),
    "agency_fte": ("agency_rate_fte",),
    "agency_headcount": ("agency_rate_headcount",),
    "agency_cover_fte": ("agency_cover_rate_fte", "vacancy_agency_cover_rate_fte"),
    "case_holders_fte": ("caseload_fte",),
    "cases": ("caseload_fte",),
    "working_days_lost_fte": ("absence_rate_fte",),
}
RATES = tuple(sorted({rate for rates in RATES_OF_MEASURE.values() for rate in rates}))
MADE_UP_WITHOUT = ("hr_assignments", "agency")  # one part of these can be played although another part was not published
NEEDED = ("time_period", "geographic_level", "region_name", "old_la_code", "new_la_code", "la_name")


class SampleError(Exception):
    """Samples cannot be made. The message says what is wrong and what to do."""


@dataclass(frozen=True)
class PublishedYear:
    """One authority's row of one year: text cells under the Department's column names.

    `beneath` has figures that are known although a symbol was published. `counts_above` says which of them the sums above the authority count.
    """

    la_code: str
    new_la_code: str
    name: str
    region: str
    year: int
    cells: dict[str, str]
    beneath: dict[str, str] = field(default_factory=dict)
    counts_above: dict[str, str] = field(default_factory=dict)

    def tenths(self, column: str) -> int | None:
        """A figure published to one decimal, in tenths. 0 for 'low', the known figure beneath a symbol, None for any other symbol."""
        text = self.beneath.get(column, self.cells[column])
        if text == "low":
            return 0
        try:
            return round(float(text) * 10)
        except ValueError:
            return None

    def whole(self, column: str) -> int | None:
        """A count of people or cases. The known figure beneath a symbol, None for any other symbol."""
        text = self.beneath.get(column, self.cells[column])
        return int(float(text)) if text.replace(".", "", 1).isdigit() else None

    def missing_sources(self) -> dict[str, str]:
        """Sources that are missing from this year's publication completely, each with the symbol of its rate.

        Without staff in post nothing else can be shown, so every source is missing.
        """
        found = {}
        for source, columns in COMPONENTS.items():
            unknown = [column for column in columns if self._is_symbol(column) and column not in self.beneath]
            if len(unknown) == len(columns) or (unknown and source not in MADE_UP_WITHOUT):
                found[source] = self._symbol(unknown[0])
        if "hr_assignments" in found:
            symbol = found["hr_assignments"]
            found = {source: found.get(source, symbol) for source in (*COMPONENTS, "training", "survey", "payroll")}
        return found

    def missing_measures(self) -> Iterator[tuple[str, str, str]]:
        """Measures published as a symbol although their source was not missing completely: source, measure, symbol of the rate."""
        whole = self.missing_sources()
        for source, columns in COMPONENTS.items():
            for column in columns:
                if source not in whole and column in RATES_OF_MEASURE and self._is_symbol(column):
                    yield source, column, self._symbol(column)

    def _is_symbol(self, column: str) -> bool:
        return self.cells[column] in NOT_SUPPLIED

    def _symbol(self, column: str) -> str:
        rates = [self.cells[rate] for rate in RATES_OF_MEASURE.get(column, ())]
        return next((rate for rate in rates if rate in NOT_SUPPLIED), self.cells[column])


def read_published(path: Path) -> dict[tuple[str, int], PublishedYear]:
    """Authorities' rows of the Department's file, by authority code and year. Raises SampleError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(line for line in lines if not line.startswith("#"))
            columns = reader.fieldnames or []
            wanted = [*NEEDED, *(column for group in COMPONENTS.values() for column in group), *RATES]
            lacking = [column for column in wanted if column not in columns]
            if lacking:
                raise SampleError(
                    f"{path}: the columns {', '.join(lacking)} are missing. Expected the Department for Education's "
                    "children's social work workforce indicators by local authority (csww_indicators_2017_to_2025.csv)"
                )
            rows = [row for row in reader if row["geographic_level"] == "Local authority"]
    except OSError as error:
        raise SampleError(f"{path}: cannot be read ({error.strerror}). Give the Department's file with --published FILE") from None
    except UnicodeDecodeError:
        raise SampleError(f"{path}: is not a UTF-8 text file. Give the Department's CSV file with --published FILE") from None
    beneath = _counted_above()
    found = {}
    for row in rows:
        key = row["old_la_code"], int(row["time_period"])
        known = beneath.get(key, [])
        found[key] = PublishedYear(
            la_code=key[0],
            new_la_code=row["new_la_code"],
            name=row["la_name"],
            region=row["region_name"],
            year=key[1],
            cells=row,
            beneath={measure: figure for measure, figure, _ in known if measure},
            counts_above={measure: counts for measure, _, counts in known},
        )
    return found


def _counted_above() -> dict[tuple[str, int], list[tuple[str, str, str]]]:
    """What counts above an authority although it is not shown: measure (empty for all), figure, and the word for it in not_supplied.csv."""
    found: dict[tuple[str, int], list[tuple[str, str, str]]] = {}
    with COUNTED_ABOVE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(line for line in lines if not line.startswith("#")):
            found.setdefault((row["la_code"], int(row["year"])), []).append((row["measure"], row["figure"], row["counts_above"]))
    return found
