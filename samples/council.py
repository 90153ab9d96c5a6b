"""A council played over its census years, from calibrated figures to everything that its extracts need."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from random import Random

from samples.absence import SickDays, record_leave, record_maternity_rows, record_other_sickness
from samples.agency import Bookings, plan_bookings
from samples.calibrate import Figures
from samples.careers import announce_starters, finish_assessed_years, make_permanent, move_between_teams, promote
from samples.caseload import choose_case_holders, record_other_months, record_september
from samples.establishment import Establishment
from samples.months import ONE_DAY, census_end, census_start, month_ends
from samples.opening import open_council
from samples.other_staff import LEAST_TRAINEES, add_other_staff, add_trainees
from samples.population import Moves, Staff
from samples.structure import other_teams, social_work_teams
from samples.truth import Council

FULL_TIME = 100
PARTIAL_SHARE = 0.25


def play(opening: Figures, years: list[Figures], seed: str, late_in_september: Collection[int] = ()) -> Council:
    """Play a council's census years one after the other.

    `opening` has the figures of the September before the first year. Only its stocks are used. The result adds up
    exactly to the figures of each September. In the years `late_in_september` HR may enter a September leaver a month
    late, since the next extract is delivered. Raises ValueError where no workforce can have such figures.
    """
    random = Random(seed)
    council = Council()
    first, last = census_end(opening.year), census_end(years[-1].year)
    largest = max((figures.inpost_fte + (figures.vacancy_fte or 0)) // FULL_TIME for figures in (opening, *years))
    council.teams = social_work_teams(largest)
    council.other_teams = other_teams()
    staff = Staff(council, random)
    establishment = Establishment(council, random)
    bookings = Bookings(establishment, random)

    establishment.may_stay_partial = _partial(opening)
    open_council(staff, establishment, opening, first)
    planned = plan_bookings(opening, random)
    away = record_leave(staff.stock, opening.year, random)
    settling = Moves()
    holders = choose_case_holders(staff, settling, planned, opening)
    for day, assignment in settling.fte_changes:
        establishment.follow_hours(assignment, day)
    covered = bookings.play(planned, opening, away)
    if opening.vacancy_fte is not None:
        establishment.settle_vacancies(opening.year, opening.vacancy_fte, covered)
    record_september(council, holders, planned, staff, opening)
    add_trainees(staff, first, LEAST_TRAINEES + staff.will_qualify(years[0]))

    before = opening
    for place, figures in enumerate(years):
        more = years[place + 1 :]
        establishment.may_stay_partial = _partial(figures) // 2
        moves = staff.play(figures, figures.year in late_in_september)
        planned = plan_bookings(figures, random)
        holders = choose_case_holders(staff, moves, planned, figures)
        establishment.play(moves, figures.year, _growth(before, figures))
        away = record_leave(staff.stock, figures.year, random)
        covered = bookings.play(planned, figures, away)
        if figures.vacancy_fte is not None:
            establishment.settle_vacancies(figures.year, figures.vacancy_fte, covered)
        record_september(council, holders, planned, staff, figures)
        if figures.working_days_lost_fte:
            SickDays(council, figures.year, random).draw(figures.working_days_lost_fte)
        if more:
            add_trainees(staff, census_end(figures.year), max(0, staff.will_qualify(more[0]) + LEAST_TRAINEES - len(staff.trainees)))
        before = figures

    add_other_staff(staff, years[-1].inpost_headcount, first, last)
    announce_starters(staff, establishment, last)
    record_maternity_rows(council, last)
    record_other_sickness(council, first + ONE_DAY, last, random)
    record_other_months(council, month_ends(census_start(years[0].year) - timedelta(days=30), last), random)
    finish_assessed_years(council, first, random)
    move_between_teams(council, first, last, random)
    promote(council, first, last, random)
    make_permanent(council, last, random)
    return council


def _partial(figures: Figures) -> int:
    """How much of the vacancies may be parts of held posts."""
    return int(max(0, (figures.vacancy_fte or 0) - (figures.agency_cover_fte or 0)) * PARTIAL_SHARE)


def _growth(before: Figures, figures: Figures) -> int:
    """FTE by which the establishment grows. A vacancy figure that was not published counts as unchanged."""
    if before.vacancy_fte is None or figures.vacancy_fte is None:
        return figures.inpost_fte - before.inpost_fte
    return figures.inpost_fte + figures.vacancy_fte - before.inpost_fte - before.vacancy_fte
