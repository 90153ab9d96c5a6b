"""The figures that the Department for Education published, one authority and year each."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

CARRIED = Path(__file__).parent / "published_figures.csv"

NOT_SUPPLIED = ("c", "u", "x")  # 'z' is a zero denominator, 'low' a figure that rounds to 0 but is not 0
COMPONENTS = {
    "hr_assignments": ("inpost_fte", "inpost_headcount", "starters_fte", "starters_headcount", "leavers_fte", "leavers_headcount"),
    "establishment": ("vacancy_fte",),
    "agency": ("agency_fte", "agency_headcount", "agency_cover_fte"),
    "caseload": ("case_holders_fte", "cases"),
    "absence": ("working_days_lost_fte",),
}
RATE_OF_SOURCE = {
    "hr_assignments": "turnover_rate_fte",
    "establishment": "vacancy_rate_fte",
    "agency": "agency_rate_fte",
    "caseload": "caseload_fte",
    "absence": "absence_rate_fte",
}
NEEDED = ("time_period", "geographic_level", "region_name", "old_la_code", "new_la_code", "la_name")


class SampleError(Exception):
    """Samples cannot be made. The message says what is wrong and what to do."""


@dataclass(frozen=True)
class PublishedYear:
    """One authority's row of one year: text cells under the Department's column names."""

    la_code: str
    new_la_code: str
    name: str
    region: str
    year: int
    cells: dict[str, str]

    def tenths(self, column: str) -> int | None:
        """A figure published to one decimal, in tenths. 0 for 'low', None for any other symbol."""
        text = self.cells[column]
        if text == "low":
            return 0
        try:
            return round(float(text) * 10)
        except ValueError:
            return None

    def whole(self, column: str) -> int | None:
        """A count of people or cases, None for a symbol."""
        text = self.cells[column]
        return int(float(text)) if text.replace(".", "", 1).isdigit() else None

    def missing_sources(self) -> dict[str, str]:
        """Sources without which this year was published, each with the symbol that stands for its rate.

        Without staff in post nothing else can be shown, so every source goes with it.
        """
        found = {}
        for source, columns in COMPONENTS.items():
            symbols = [self.cells[column] for column in columns if self.cells[column] in NOT_SUPPLIED]
            rate = self.cells[RATE_OF_SOURCE[source]]
            if symbols:
                found[source] = rate if rate in NOT_SUPPLIED else symbols[0]
        if "hr_assignments" in found:
            symbol = found["hr_assignments"]
            found = {source: found.get(source, symbol) for source in (*COMPONENTS, "training", "survey", "payroll")}
        return found


def read_published(path: Path) -> dict[tuple[str, int], PublishedYear]:
    """Authorities' rows of the Department's file, by authority code and year. Raises SampleError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(line for line in lines if not line.startswith("#"))
            columns = reader.fieldnames or []
            wanted = [*NEEDED, *(column for group in COMPONENTS.values() for column in group), *RATE_OF_SOURCE.values()]
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
    found = {}
    for row in rows:
        one = PublishedYear(row["old_la_code"], row["new_la_code"], row["la_name"], row["region_name"], int(row["time_period"]), row)
        found[one.la_code, one.year] = one
    return found
