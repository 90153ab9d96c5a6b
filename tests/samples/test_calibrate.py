"""Unrounded numerators and denominators that give the published rates."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from samples.calibrate import Figures, calibrate
from samples.published_figures import CARRIED, PublishedYear, SampleError, read_published

AUTHORITIES = Path(__file__).parent / "published_authorities.csv"
PUBLISHED = read_published(CARRIED) | read_published(AUTHORITIES)
USABLE = sorted(key for key, row in PUBLISHED.items() if "hr_assignments" not in row.missing_sources())

SMALL = {
    "inpost_fte": "11.8",
    "inpost_headcount": "12",
    "starters_fte": "0.8",
    "starters_headcount": "1",
    "leavers_fte": "2",
    "leavers_headcount": "2",
    "turnover_rate_fte": "16.9",
    "agency_fte": "3.5",
    "agency_headcount": "4",
    "agency_rate_fte": "22.9",
    "agency_cover_fte": "3.5",
    "agency_cover_rate_fte": "100",
    "vacancy_fte": "4",
    "vacancy_rate_fte": "25.3",
    "vacancy_agency_cover_rate_fte": "87.5",
    "case_holders_fte": "6.8",
    "cases": "76",
    "caseload_fte": "11.2",
    "working_days_lost_fte": "44.6",
    "absence_rate_fte": "1.5",
}


def small(year: int = 2025, **cells: str) -> PublishedYear:
    return PublishedYear("999", "E99", "Testshire", "Nowhere", year, SMALL | cells)


def rates(figures: Figures, days: int) -> dict[str, Fraction]:
    """The rates by the Department's formulas, in per cent (cases for caseload), if numerator and denominator are there."""
    agency, cover, vacancy, inpost = figures.agency_fte, figures.agency_cover_fte, figures.vacancy_fte, figures.inpost_fte
    found = {"turnover_rate_fte": Fraction(100 * figures.leavers_fte, inpost)} if inpost else {}
    if agency is not None and cover is not None:
        found["agency_rate_fte"] = Fraction(100 * agency, agency + inpost)
        if agency:
            found["agency_cover_rate_fte"] = Fraction(100 * cover, agency)
        if vacancy:
            found["vacancy_agency_cover_rate_fte"] = Fraction(100 * cover, vacancy)
    if vacancy is not None and vacancy + inpost:
        found["vacancy_rate_fte"] = Fraction(100 * vacancy, vacancy + inpost)
    if figures.working_days_lost_fte is not None and inpost:
        found["absence_rate_fte"] = Fraction(100 * figures.working_days_lost_fte, days * inpost)
    if figures.cases is not None and figures.case_holders_fte:
        found["caseload_fte"] = Fraction(100 * figures.cases, figures.case_holders_fte[0])
    return found


@pytest.mark.parametrize(("la_code", "year"), USABLE)
def test_the_published_rates_come_out_of_the_unrounded_components(la_code: str, year: int) -> None:
    published = PUBLISHED[la_code, year]
    found = rates(calibrate(published), 254 if year in (2020, 2024) else 253)
    numbers = {rate: published.cells[rate] for rate in found if published.cells[rate].replace(".", "").isdigit()}
    assert len(numbers) >= 2 or la_code == "420"
    off = {rate: (float(found[rate]), shown) for rate, shown in numbers.items() if abs(found[rate] - Fraction(shown)) > Fraction(1, 20)}
    assert off == {}


@pytest.mark.parametrize(("la_code", "year"), USABLE)
def test_components_stay_inside_their_rounding(la_code: str, year: int) -> None:
    published, figures = PUBLISHED[la_code, year], calibrate(PUBLISHED[la_code, year])
    for column in ("inpost_fte", "starters_fte", "leavers_fte", "agency_fte", "agency_cover_fte", "vacancy_fte", "working_days_lost_fte"):
        shown, found = published.cells[column], getattr(figures, column)
        if shown.replace(".", "").isdigit() and found is not None:
            assert abs(Fraction(found, 100) - Fraction(shown)) < Fraction(1, 20), column


def test_components_are_taken_at_the_centre_where_that_gives_the_rates() -> None:
    figures = calibrate(small())
    assert (figures.inpost_fte, figures.leavers_fte, figures.agency_fte, figures.vacancy_fte) == (1180, 200, 350, 400)
    assert figures.case_holders_fte[0] == 680


def test_a_rate_that_the_centres_miss_moves_them_as_little_as_needed() -> None:
    # 2 / 11.8 is 16.949. To print 17.0, the leavers must be 2.01 or in post 11.79.
    figures = calibrate(small(turnover_rate_fte="17"))
    assert abs(figures.leavers_fte - 200) + abs(figures.inpost_fte - 1180) == 1
    assert Fraction(1695, 10000) < Fraction(figures.leavers_fte, figures.inpost_fte) < Fraction(1705, 10000)


def test_all_of_agency_as_cover_leaves_no_hundredth_beside_it() -> None:
    figures = calibrate(small())
    assert figures.agency_cover_fte == figures.agency_fte


def test_low_is_above_nothing_and_rounds_to_nothing() -> None:
    low = {"agency_fte": "low", "agency_headcount": "1", "agency_rate_fte": "low", "agency_cover_fte": "low", "vacancy_fte": "12"}
    rest = {"inpost_fte": "229.5", "inpost_headcount": "239", "vacancy_rate_fte": "5", "vacancy_agency_cover_rate_fte": "0.2"}
    figures = calibrate(small(**low, **rest, leavers_fte="27.1", leavers_headcount="28", turnover_rate_fte="11.8", absence_rate_fte="0.1"))
    assert 0 < figures.agency_fte < 5
    assert Fraction(15, 10000) <= Fraction(figures.agency_cover_fte, figures.vacancy_fte) < Fraction(25, 10000)


def test_no_agency_at_all_is_a_zero_not_a_gap() -> None:
    figures = calibrate(
        small(
            agency_fte="0",
            agency_headcount="0",
            agency_rate_fte="0",
            agency_cover_fte="0",
            agency_cover_rate_fte="z",
            vacancy_agency_cover_rate_fte="0",
        )
    )
    assert (figures.agency_fte, figures.agency_cover_fte) == (0, 0)


def test_a_symbol_leaves_the_component_open() -> None:
    figures = calibrate(small(working_days_lost_fte="u", absence_rate_fte="u", cases="u", case_holders_fte="u", caseload_fte="u"))
    assert figures.working_days_lost_fte is None
    assert figures.cases is None
    assert figures.case_holders_fte == ()


def test_heads_without_fte_keep_their_heads() -> None:
    figures = calibrate(small(leavers_fte="u", turnover_rate_fte="u", agency_fte="x", agency_rate_fte="x", agency_cover_fte="x"))
    assert (figures.leavers_headcount, figures.leavers_fte) == (2, 190)
    assert (figures.agency_headcount, figures.agency_fte, figures.agency_cover_fte) == (4, 0, 0)


def test_a_leap_year_has_a_working_day_more() -> None:
    # 127,000 days of 1,000 FTE are 50.0% of 254 working days and 50.2% of 253
    days = {"working_days_lost_fte": "127000", "absence_rate_fte": "50"}
    rest = {"inpost_fte": "1000", "inpost_headcount": "1000", "turnover_rate_fte": "x", "agency_rate_fte": "x", "vacancy_rate_fte": "x"}
    assert calibrate(small(2024, **days, **rest)).working_days_lost_fte == 12_700_000
    with pytest.raises(SampleError, match="Testshire 2025"):
        calibrate(small(2025, **days, **rest))


def test_figures_that_cannot_be_are_refused() -> None:
    with pytest.raises(SampleError, match="Testshire 2025: no unrounded"):
        calibrate(small(turnover_rate_fte="30"))


def test_more_fte_than_people_is_refused() -> None:
    with pytest.raises(SampleError, match="no unrounded"):
        calibrate(small(leavers_fte="3.2", leavers_headcount="3", turnover_rate_fte="27.1"))
