"""Authorities of a region whose unrounded components also give the published rates of the region and of England.

Each authority's components are known to a tenth, so their sum is known to about a fifth of a full-time post. If a region's rate is near
the edge of its rounding, this matters. So single hundredths are moved inside the rounding of single authorities until the rates of the
areas result. A hundredth moves only if all published rates of the authority still result.
The sums follow the Department's rule: an authority without both parts is in neither. counted_above.csv has the exceptions.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from samples.calibrate import Figures, rate_fits, working_days
from samples.plan import Plan
from samples.published_figures import NOT_SUPPLIED, PublishedYear, SampleError

NATIONAL, REGIONAL = "National", "Regional"
ROUNDS = 20
MOST_OF_THEM = 0.8  # an authority or two of an area may be published as a symbol: of Inner London in 2025 a ninth of its people
FURTHEST = 4  # hundredths from the published tenth; five would be on the edge
# Numerator and denominator of each rate, in hundredths.
PARTS = {
    "turnover_rate_fte": (("leavers_fte",), ("inpost_fte",)),
    "agency_rate_fte": (("agency_fte",), ("agency_fte", "inpost_fte")),
    "vacancy_rate_fte": (("vacancy_fte",), ("vacancy_fte", "inpost_fte")),
    "agency_cover_rate_fte": (("agency_cover_fte",), ("agency_fte",)),
    "vacancy_agency_cover_rate_fte": (("agency_cover_fte",), ("vacancy_fte",)),
    "absence_rate_fte": (("working_days_lost_fte",), ("inpost_fte",)),
}
MOVED = ("leavers_fte", "agency_cover_fte", "agency_fte", "vacancy_fte", "working_days_lost_fte")


@dataclass(frozen=True)
class Area:
    """Published rates of a region or England for a year, and the places of its authorities in the plans."""

    name: str
    published: PublishedYear
    members: tuple[int, ...]


def fit_areas(plans: Sequence[Plan], file: Path) -> list[Plan]:
    """The plans, with figures that give the rates of every area whose authorities are all in the file and planned. Raises SampleError."""
    fitted = list(plans)
    areas = list(_areas(plans, file))
    for _ in range(ROUNDS):
        missed = [(area, rate) for area in areas for rate in PARTS if not _fits(fitted, area, rate)]
        if not missed:
            return fitted
        for area, rate in missed:
            _move(fitted, area, rate)
    what = "; ".join(f"{area.name} {area.published.year} {rate}" for area, rate in missed)
    raise SampleError(f"{file}: no unrounded figures of the authorities give the published rates of {what}")


def _areas(plans: Sequence[Plan], file: Path) -> Iterator[Area]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    place_of = {plan.la_code: place for place, plan in enumerate(plans)}
    years = {figures.year for plan in plans for figures in plan.figures if figures.year >= plan.reported_from}
    for row in rows:
        year, level = int(row["time_period"]), row["geographic_level"]
        if level not in (NATIONAL, REGIONAL) or year not in years:
            continue
        name = row["region_name"] or row["country_name"]
        inside = [
            authority_year
            for authority_year in rows
            if authority_year["time_period"] == row["time_period"]
            and authority_year["old_la_code"]
            and (level == NATIONAL or _is_in(authority_year["region_name"], name))
        ]
        published = PublishedYear("", "", name, name, year, row)
        if all(row["old_la_code"] in place_of for row in inside) and _are_all(inside, published):
            yield Area(name, published, tuple(place_of[row["old_la_code"]] for row in inside))


def _are_all(inside: Sequence[dict[str, str]], area: PublishedYear) -> bool:
    """Whether a file has all authorities of an area, or only a few, as in the file of three councils."""
    people = area.whole("inpost_headcount")
    known = (PublishedYear("", "", area.name, area.name, area.year, row).whole("inpost_headcount") for row in inside)
    return people is None or sum(value or 0 for value in known) >= MOST_OF_THEM * people


def _is_in(region: str, name: str) -> bool:
    return region == name or (name == "London" and region in ("Inner London", "Outer London"))


def _fits(plans: Sequence[Plan], area: Area, rate: str) -> bool:
    numerator, denominator = _sums(plans, area, rate)
    return area.published.tenths(rate) is None or rate_fits(area.published, rate, numerator, 100, denominator)


def _sums(plans: Sequence[Plan], area: Area, rate: str) -> tuple[int, int]:
    counted = [parts for place in area.members if (parts := _counted(plans[place], area.published.year, rate)) is not None]
    days = working_days(area.published.year) if rate == "absence_rate_fte" else 1
    return sum(of_part[0] for of_part in counted), days * sum(of_part[1] for of_part in counted)


def _counted(plan: Plan, year: int, rate: str) -> tuple[int, int] | None:
    """An authority's two parts of a rate in the sums above it, or None if it is left out."""
    row = plan.rows[year]
    if row.missing_sources().get("hr_assignments"):
        stands_in = row.counts_above.get("")
        return _counted(plan, int(stands_in[:4]), rate) if stands_in else None
    measures = {measure for part in PARTS[rate] for measure in part}
    if any(row.cells[measure] in NOT_SUPPLIED and row.counts_above.get(measure) != "yes" for measure in measures):
        return None
    figures = _figures(plan, year)
    numerator, denominator = (sum(getattr(figures, measure) or 0 for measure in part) for part in PARTS[rate])
    return numerator, denominator


def _figures(plan: Plan, year: int) -> Figures:
    return next(figures for figures in plan.figures if figures.year == year)


def _move(plans: list[Plan], area: Area, rate: str) -> None:
    """Move hundredths of the area's authorities, one at a time, until the area's rate results or nothing more can be moved."""
    year = area.published.year
    tenths = area.published.tenths(rate)
    assert tenths is not None
    for measure, up in ((PARTS[rate][0][0], 1), (PARTS[rate][1][0], -1)):
        if measure not in MOVED:
            continue
        for place in sorted(area.members, key=lambda place: -(getattr(_figures(plans[place], year), measure) or 0)):
            numerator, denominator = _sums(plans, area, rate)
            if rate_fits(area.published, rate, numerator, 100, denominator):
                return
            step = up if 1000 * numerator < tenths * denominator else -up
            moved = _moved(plans[place], year, measure, step)
            if moved is not None:
                plans[place] = moved


def _moved(plan: Plan, year: int, measure: str, step: int) -> Plan | None:
    """The plan with one hundredth more or less, or None if the authority's own published figures would no longer result."""
    row, figures = plan.rows[year], _figures(plan, year)
    value, tenths = getattr(figures, measure), row.tenths(measure)
    if not value or tenths is None or row.cells[measure] == "low" or row.missing_sources() or abs(value + step - 10 * tenths) > FURTHEST:
        return None
    moved = replace(figures, **{measure: value + step})
    if moved.leavers_fte > 100 * moved.leavers_headcount or (moved.agency_cover_fte or 0) > (moved.agency_fte or 0):
        return None
    # If all agency is cover, or all vacancies are covered, rounding plays no part: no hundredth may be left over.
    if any(row.tenths(part) == 1000 and measure in (*PARTS[part][0], *PARTS[part][1]) for part in PARTS):
        return None
    for rate, (upper, lower) in PARTS.items():
        parts = [sum(getattr(moved, name) or 0 for name in part) for part in (upper, lower)]
        scale = working_days(year) if rate == "absence_rate_fte" else 1
        if measure in (*upper, *lower) and not rate_fits(row, rate, parts[0], 100, scale * parts[1]):
            return None
    return replace(plan, figures=[moved if figures.year == year else figures for figures in plan.figures])
