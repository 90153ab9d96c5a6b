"""Every published rate beside the warehouse's: authorities, regions and England."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb

# Indicator by `dfe`, and DfE's column of the published rate.
PUBLISHED_AS = {
    "agency_rate": "agency_rate_fte",
    "agency_rate_headcount": "agency_rate_headcount",
    "turnover_rate": "turnover_rate_fte",
    "turnover_rate_headcount": "turnover_rate_headcount",
    "vacancy_rate": "vacancy_rate_fte",
    "agency_cover_rate": "agency_cover_rate_fte",
    "vacancy_agency_cover_rate": "vacancy_agency_cover_rate_fte",
    "absence_rate": "absence_rate_fte",
    "caseload": "caseload_fte",
}
LEVELS = {"Local authority": "organisation", "Regional": "region", "National": "national"}

FIGURES = """
select
    value.scope, coalesce(council.la_code, value.scope_id), year(value.month_end), value.indicator_id,
    value.numerator, value.denominator, value.unit,
    case when value.value is null then value.status_reason end as status_reason, value.as_at_month,
    value.organisations_counted, value.organisations_left_out
from marts.indicator_value as value
left join marts.organisation as council on value.scope = 'organisation' and value.scope_id = council.organisation_id
where value.definition_id = 'dfe' and value.scope in ('organisation', 'region', 'national') and month(value.month_end) = 9
"""


@dataclass(frozen=True)
class Cell:
    """A published cell, and what the warehouse prints for it."""

    level: str
    area: str
    name: str
    year: int
    indicator: str
    published: str
    counted: str
    why: str

    @property
    def differs(self) -> bool:
        return self.published != self.counted

    def __str__(self) -> str:
        return f"{self.name} {self.year} {self.indicator}: published {self.published}, counted {self.counted} ({self.why})"


def cells(published: Path, marts: duckdb.DuckDBPyConnection, years: tuple[int, ...]) -> Iterator[Cell]:
    """Each rate of the years in the published file that a configured area has, beside the warehouse's figure."""
    found = {row[:4]: row[4:] for row in marts.execute(FIGURES).fetchall()}
    areas = {(scope, area) for scope, area, _, _ in found}
    with published.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(line for line in lines if not line.startswith("#")):
            scope, year = LEVELS[row["geographic_level"]], int(row["time_period"])
            area = {"organisation": row["old_la_code"], "region": as_id(row["region_name"]), "national": "england"}[scope]
            name = {"organisation": row["la_name"], "region": row["region_name"], "national": "England"}[scope]
            if year not in years or (scope, area) not in areas:
                continue
            for indicator, column in PUBLISHED_AS.items():
                counted, why = printed(*found[scope, area, year, indicator])
                yield Cell(scope, area, name, year, indicator, written(row[column]), counted, why)


def as_id(name: str) -> str:
    """A region's name as its scope_id."""
    return name.lower().replace(" ", "_")


def written(cell: str) -> str:
    """A published cell with one decimal; a symbol stays itself."""
    return cell if cell.isalpha() else str(Decimal(cell).quantize(Decimal("0.1")))


def printed(
    numerator: Decimal | None,
    denominator: Decimal | None,
    unit: str,
    reason: str | None,
    as_at_month: object,
    counted: int | None,
    left_out: int | None,
) -> tuple[str, str]:
    """A figure as DfE prints it, half up to one decimal, or its reason, and its parts in words.

    `low` if rounding would hide that it is above 0.
    """
    councils = "" if counted is None else f", {counted} authorities in it and {left_out} left out"
    older = f", as at {as_at_month}" if as_at_month else ""
    if reason is not None:
        return reason, f"status_reason {reason}{councils}"
    assert numerator is not None and denominator is not None
    value = numerator * (100 if unit == "per_cent" else 1) / denominator
    one_decimal = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    text = "low" if value > 0 and one_decimal == 0 else str(one_decimal)
    if counted is None:
        text += older  # an older month's figure is not the one that was published
    return text, f"{numerator} over {denominator}{councils}{older}"
