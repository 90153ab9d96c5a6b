"""Unrounded components behind published figures.

Published components are rounded to one decimal. An exhaustive search finds whole hundredths inside each rounding interval that
also give the published rates. It prefers values near the centres and away from the edges of the intervals. Formulas and words of the rates: Department for Education, children's social work workforce.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from samples.published_figures import PublishedYear, SampleError

WORKING_DAYS = 253
WORKING_DAYS_LEAP_YEAR = 254
AN_EDGE_COSTS = 1_000
A_STRAY_REST_COSTS = 50
IMPOSSIBLE = 1_000_000
LIKELY_FTE = 95


@dataclass(frozen=True)
class Figures:
    """What a workforce must add up to. FTE and days in hundredths. None if nothing was published."""

    year: int
    inpost_fte: int
    inpost_headcount: int
    starters_fte: int
    starters_headcount: int
    leavers_fte: int
    leavers_headcount: int
    agency_fte: int | None
    agency_headcount: int | None
    agency_cover_fte: int | None
    vacancy_fte: int | None
    case_holders_fte: tuple[int, ...]
    cases: int | None
    working_days_lost_fte: int | None


def working_days(year: int) -> int:
    """Working days of a census year, as the published absence rates imply them."""
    return WORKING_DAYS_LEAP_YEAR if year in (2020, 2024) else WORKING_DAYS


def calibrate(published: PublishedYear) -> Figures:
    """Search the unrounded components of one authority and year. Raises SampleError if there are none.

    Components under a symbol are None (vacancy, caseload, absence, and agency if no agency figure was published). Staff in post must
    have been published. Leavers without an FTE get a likely one. Agency workers without an FTE are booked for hours that are not known.
    """
    best: tuple[int, int, dict[str, int | None]] | None = None
    heads = {kind: published.whole(f"{kind}_headcount") for kind in ("inpost", "starters", "leavers")}
    if any(count is None for count in heads.values()):
        raise SampleError(f"{published.name} {published.year}: staff in post were not published")
    for cost, inpost in _options(published, "inpost_fte"):
        if not _people_fit(inpost, heads["inpost"]):
            continue
        parts = [
            _search_one(published, "starters_fte", heads["starters"]),
            _search_one(published, "leavers_fte", heads["leavers"], ("turnover_rate_fte", 100, inpost)),
            _search_one(published, "working_days_lost_fte", None, ("absence_rate_fte", 100, inpost * working_days(published.year))),
            _search_agency(published, inpost),
        ]
        if any(part is None for part in parts):
            continue
        total = cost + sum(part[0] for part in parts if part)
        if best is None or total < best[0]:
            found: dict[str, int | None] = {}
            for part in parts:
                found.update(part[1] if part else {})
            best = (total, inpost, found)
    holders = _case_holder_options(published)
    if best is None or holders is None:
        what = "in-post, leavers, agency, vacancy and absence figures" if best is None else "cases and case holders"
        raise SampleError(f"{published.name} {published.year}: no unrounded {what} give the published rates")
    return Figures(
        year=published.year,
        inpost_fte=best[1],
        inpost_headcount=heads["inpost"] or 0,
        starters_headcount=heads["starters"] or 0,
        leavers_headcount=heads["leavers"] or 0,
        starters_fte=_likely_fte(heads["starters"]) if best[2]["starters_fte"] is None else best[2]["starters_fte"],
        leavers_fte=_likely_fte(heads["leavers"]) if best[2]["leavers_fte"] is None else best[2]["leavers_fte"],
        agency_headcount=published.whole("agency_headcount"),
        agency_fte=_of_known_hours(best[2]["agency_fte"], published),
        agency_cover_fte=_of_known_hours(best[2]["agency_cover_fte"], published),
        vacancy_fte=best[2]["vacancy_fte"],
        case_holders_fte=holders,
        cases=published.whole("cases"),
        working_days_lost_fte=best[2]["working_days_lost_fte"],
    )


def _likely_fte(heads: int | None) -> int:
    return (heads or 0) * LIKELY_FTE


def _of_known_hours(fte: int | None, published: PublishedYear) -> int | None:
    """Agency FTE. 0 if the workers were published without one. None if the workers were not published either."""
    return 0 if fte is None and published.whole("agency_headcount") is not None else fte


def rate_fits(published: PublishedYear, rate: str, numerator: int, scale: int, denominator: int, on_the_edge: bool = False) -> bool:
    """Whether numerator x scale / denominator rounds to the published rate. Exactly on a half only if asked for."""
    tenths = published.tenths(rate)
    if tenths is None:
        return True
    if denominator == 0:
        return False
    if published.cells[rate] == "low" and numerator == 0:
        return False
    distance = abs(20 * numerator * scale - 2 * tenths * denominator)
    return distance < denominator or (on_the_edge and distance == denominator)


def _options(published: PublishedYear, column: str) -> list[tuple[int, int]]:
    """Hundredths that round to a published component, each with its cost: the distance from the centre."""
    tenths = published.tenths(column)
    if tenths is None:
        return []
    if published.cells[column] == "low":
        return [(0, 2), (1, 3), (1, 1), (2, 4)]
    centre = tenths * 10
    inside = [(abs(step), centre + step) for step in range(-4, 5)]
    edges = [(AN_EDGE_COSTS, centre - 5), (AN_EDGE_COSTS, centre + 5)]
    return sorted((cost, value) for cost, value in inside + edges if value >= 0)


def _people_fit(fte: int, heads: int | None) -> bool:
    """Whether that many people can have that FTE: above 0 and not above 1 each."""
    return heads is None or heads <= fte <= 100 * heads


def _search_one(
    published: PublishedYear, column: str, heads: int | None, rate: tuple[str, int, int] | None = None
) -> tuple[int, dict[str, int | None]] | None:
    """The cheapest value of a component that gives its rate over a known denominator."""
    options = [(cost, value) for cost, value in _options(published, column) if _people_fit(value, heads)]
    if published.tenths(column) is None:
        return 0, {column: None}
    found: list[tuple[int, int]] = []
    for cost, value in options:
        if rate is None or rate_fits(published, rate[0], value, rate[1], rate[2]):
            found.append((cost, value))
        elif rate_fits(published, rate[0], value, rate[1], rate[2], on_the_edge=True):
            found.append((cost + AN_EDGE_COSTS, value))
    if not found:
        return None
    cost, value = min(found)
    return cost, {column: value}


def _search_agency(published: PublishedYear, inpost: int) -> tuple[int, dict[str, int | None]] | None:
    """Search agency, its cover and vacancy together, because they share three denominators."""
    empty: list[tuple[int, int | None]] = [(0, None)]
    agencies = _options(published, "agency_fte") or empty
    covers = _options(published, "agency_cover_fte") or empty
    vacancies = _options(published, "vacancy_fte") or empty
    best: tuple[int, dict[str, int | None]] | None = None
    for (cost_a, agency), (cost_c, cover), (cost_v, vacancy) in product(agencies, covers, vacancies):
        cost = cost_a + cost_c + cost_v
        if best is not None and cost >= best[0]:
            continue
        cost += _cost_of_rates(published, inpost, agency, cover, vacancy)
        if cost < IMPOSSIBLE and (best is None or cost < best[0]):
            best = (cost, {"agency_fte": agency, "agency_cover_fte": cover, "vacancy_fte": vacancy})
    return best


def _cost_of_rates(published: PublishedYear, inpost: int, agency: int | None, cover: int | None, vacancy: int | None) -> int:
    """0 if the published rates result, more if one is on a half, IMPOSSIBLE if one does not result."""
    rates: list[tuple[str, int, int]] = []
    if vacancy is not None:
        rates.append(("vacancy_rate_fte", vacancy, vacancy + inpost))
    if agency is not None and cover is not None:
        rates += [("agency_rate_fte", agency, agency + inpost), ("agency_cover_rate_fte", cover, agency)]
        if vacancy is not None:
            rates.append(("vacancy_agency_cover_rate_fte", cover, vacancy))
    cost = 0
    for rate, numerator, denominator in rates:
        if not rate_fits(published, rate, numerator, 100, denominator):
            if not rate_fits(published, rate, numerator, 100, denominator, on_the_edge=True):
                return IMPOSSIBLE
            cost += AN_EDGE_COSTS
        if published.tenths(rate) == 1000 and numerator != denominator:
            cost += A_STRAY_REST_COSTS  # all of it, so no booking of 0.01 beside the rest
    return cost


def _case_holder_options(published: PublishedYear) -> tuple[int, ...] | None:
    """All FTEs of case holders that give the published caseload, the nearest to the centre first."""
    cases = published.whole("cases")
    options = _options(published, "case_holders_fte")
    if cases is None or not options:
        return ()
    fitting = [(cost, value) for cost, value in options if rate_fits(published, "caseload_fte", cases, 100, value)]
    inside = [value for cost, value in fitting if cost < AN_EDGE_COSTS]
    found = inside or [value for _, value in fitting]
    if not found:
        found = [value for _, value in options if rate_fits(published, "caseload_fte", cases, 100, value, on_the_edge=True)]
    return tuple(found) or None
