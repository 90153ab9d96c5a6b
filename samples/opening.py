"""The council at the close of the day before the first census year."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from samples.calibrate import Figures
from samples.establishment import Establishment
from samples.hundredths import split
from samples.population import Staff
from samples.truth import Assignment, Person, Timeline

SECOND_POSTS_FROM = 60
JOB_SHARES_FROM = 60
CASUAL_ONE_IN, CASUAL_AT_MOST = 80, 60


def open_council(staff: Staff, establishment: Establishment, figures: Figures, day: date) -> None:
    """People in post with exactly the opening heads and FTE, each in a post. Vacancies are settled afterwards."""
    random = staff.random
    for fte in split(figures.inpost_fte, figures.inpost_headcount, random):
        start = day - timedelta(days=int(random.expovariate(1 / 1900)) + 20)
        start = max(start, date(1988, 1, 4))
        assignment = staff.engage(start, fte, None)
        young = start - timedelta(days=random.randint(22 * 365, 42 * 365))
        assignment.person = Person(assignment.person.number, max(young, date(1957, 2, 1)), assignment.person.swe_number)
        moved = start + (day - start) * random.random() if random.random() < 0.4 else start
        assignment.team_start = Timeline(moved)
        staff.stock.append(assignment)
    for assignment in sorted(staff.stock, key=lambda assignment: (assignment.fte.last, assignment.person.number))[
        : len(staff.stock) // CASUAL_ONE_IN
    ]:
        if assignment.fte.last <= CASUAL_AT_MOST:
            assignment.contract = Timeline("casual")
            assignment.protected = True
    partners = _job_shares(staff.stock)
    for assignment in list(staff.stock):
        _give_post(establishment, assignment, partners)
    if figures.inpost_headcount >= SECOND_POSTS_FROM:
        _second_posts(staff, establishment, day, random)


def _job_shares(stock: list[Assignment]) -> dict[Assignment, Assignment]:
    """Pairs of half-time staff who share one post. They stay, so that the post stays filled."""
    halves = [assignment for assignment in stock if assignment.fte.last in (50, 40, 60) and assignment.contract.last == "permanent"]
    if len(stock) < JOB_SHARES_FROM:
        return {}
    found: dict[Assignment, Assignment] = {}
    for assignment in halves:
        other = next(
            (two for two in halves if two is not assignment and two.fte.last + assignment.fte.last == 100 and two not in found), None
        )
        if assignment not in found and other is not None and len(found) < 6:
            found[assignment], found[other] = other, assignment
            assignment.protected = other.protected = True
    return found


def _give_post(establishment: Establishment, assignment: Assignment, partners: dict[Assignment, Assignment]) -> None:
    partner = partners.get(assignment)
    if partner is not None and partner.post is not None:
        post = partner.post.last
    else:
        budget = 100 if partner else assignment.fte.last
        left = 100 - budget
        if 0 < left <= establishment.may_stay_partial and establishment.random.random() < 0.15:
            establishment.may_stay_partial -= left
            budget = 100
        post = establishment.make_post(min(assignment.start, date(2015, 4, 1)), budget)
    assignment.role = Timeline(post.role.last)
    establishment.seat(assignment, min(assignment.start, post.created), post)


def _second_posts(staff: Staff, establishment: Establishment, day: date, random: Random) -> None:
    """A few part-timers hold two posts: a part of their FTE moves to a second assignment."""
    able = [assignment for assignment in staff.stock if assignment.fte.last in (80, 70, 90) and not assignment.protected]
    for first in random.sample(able, min(3, len(able))):
        part = 30 if first.fte.last != 80 else 20
        kept = first.fte.last - part
        first.fte = Timeline(kept)
        post = first.post_at(first.start)
        post.budget = Timeline(post.budget.last - part, post.created)
        second = staff.engage(min(first.start + timedelta(days=90), day - timedelta(days=5)), part, "change_of_post", first.person)
        second.contract = Timeline(first.contract.last)
        second.protected = True
        second.role = Timeline("advanced_practitioner" if random.random() < 0.5 else "iro")
        other = establishment.make_post(second.start, part, second.role.last)
        establishment.seat(second, second.start, other)
        staff.stock.append(second)
