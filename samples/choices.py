"""Who can have an event of a working life without changing a published figure, and the assignments that the event needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from samples.careers import settled
from samples.establishment import new_post
from samples.months import ONE_DAY, month_after
from samples.structure import OTHER_TEAMS
from samples.truth import FRONTLINE, Assignment, Council, Person, Post, Timeline

LEAST_MONTHS = 13
LEAST_MOVERS = 3  # fewest suitable leavers or starters in a year; with fewer, none gets an event
TWO_MONTHS = timedelta(days=62)
FULL_TIME = 100
EARLY_HELP = "early_help_worker"
PLAIN_ORIGINS = ("other_council_england", "other_social_work", "outside_social_care", "not_known")


@dataclass
class Lives:
    """A council that has been played, the months of which staff in post are delivered, and who has had an event."""

    council: Council
    months: list[date]
    random: Random

    @property
    def can_hold_events(self) -> bool:
        """Whether there are enough months, each followed by the next."""
        return len(self.months) >= LEAST_MONTHS and all(
            month_after(month) == two for month, two in zip(self.months, self.months[1:], strict=False)
        )

    @cached_property
    def first_year(self) -> list[date]:
        """The month ends of the first census year. Events that change a board's figure happen in it, and so not in the latest year."""
        return self.months[1:LEAST_MONTHS]

    def a_month(self) -> date:
        """A month end in the middle of the first census year."""
        return self.random.choice(self.first_year[3:9])

    def one_of(self, found: list[Assignment], least: int = 1) -> Assignment | None:
        """One person who had no event yet, and is now marked as having had one. Nobody if there are fewer than `least`."""
        able = [assignment for assignment in found if assignment.person not in self.council.lived]
        if len(able) < least:
            return None
        chosen = self.random.choice(able)
        self.council.lived.add(chosen.person)
        return chosen

    def stayer(self, day: date, also: Callable[[Assignment], bool] = lambda _: True) -> Assignment | None:
        """A front-line social worker whose only post and terms stay the same from the month before a day to the end."""
        held, found = self._held(), settled(self.council, day.replace(day=1) - ONE_DAY)
        return self.one_of([assignment for assignment in found if held[assignment.person] == 1 and also(assignment)])

    def leaver(self, also: Callable[[Assignment], bool] = lambda _: True) -> Assignment | None:
        """A permanent social worker who leaves in the first year, not in its September, on the same terms for two months."""
        last_days = [end for end in self.first_year if end.month != 9]
        return self.one_of(
            [
                assignment
                for assignment in self._movers()
                if assignment.end is not None
                and assignment.leaving_reason not in ("structural_transfer", "change_of_post")
                and last_days[1].replace(day=1) <= assignment.end <= last_days[-1]
                and unchanged_for(assignment) > TWO_MONTHS
                and also(assignment)
            ],
            LEAST_MOVERS,
        )

    def starter(self) -> Assignment | None:
        """A social worker from elsewhere who starts in the first year and stays."""
        first_days = [end.replace(day=1) for end in self.first_year if end.month != 9]
        return self.one_of(
            [
                assignment
                for assignment in self._movers()
                if assignment.start_origin in PLAIN_ORIGINS
                and assignment.end is None
                and first_days[1] <= assignment.start < first_days[-1]
            ],
            LEAST_MOVERS,
        )

    def _movers(self) -> list[Assignment]:
        """Front-line social workers, permanent, always registered, of one assignment, never on a long absence."""
        held = self._held()
        return [
            assignment
            for assignment in self.council.assignments
            if held[assignment.person] == 1
            and not assignment.protected
            and assignment.role.last in FRONTLINE
            and assignment.registered.values == [True]
            and assignment.contract.values == ["permanent"]
            and assignment.absence.values == [None]
        ]

    def _held(self) -> Counter[Person]:
        """How many assignments each person has."""
        return Counter(assignment.person for assignment in self.council.assignments)

    def vacant_post(self, since: date, until: date) -> Post | None:
        """A front-line post that nobody holds on two days."""
        held = {assignment.post_at(day) for day in (since, until) for assignment in self.council.assignments if assignment.in_place(day)}
        found = [
            post
            for post in self.council.posts
            if post.stands(since) and post.stands(until) and post.role.at(until) in FRONTLINE and post not in held
        ]
        return self.random.choice(found) if found else None

    def new_early_help_post(self, day: date, fte: int) -> Post:
        """A post in a team of early help."""
        team = self.random.choice([team for team in self.council.other_teams if team.service_name == OTHER_TEAMS[0][0]])
        return new_post(self.council, day, fte, EARLY_HELP, team)

    def somebody_new(self, start: date) -> Person:
        """A person who was not known before."""
        number = self.council.next_person()
        return Person(number, start - timedelta(days=self.random.randint(25 * 365, 55 * 365)), f"SW{100000 + number * 37}")

    def early_help_worker(self, start: date, end: date, contract: str = "permanent") -> Assignment:
        """A new early help worker in a new post, which ends with the person."""
        person = self.somebody_new(start)
        self.council.lived.add(person)
        post = self.new_early_help_post(start, FULL_TIME)
        post.deleted = month_after(end)
        made = engaged(person, 1, start, post, FULL_TIME, contract=contract, origin="outside_social_care", registered=False)
        made.end, made.leaving_reason = end, "resignation"
        self.council.assignments.append(made)
        return made


def engaged(
    person: Person, number: int, start: date, post: Post, fte: int, *, contract: str = "permanent", origin: str, registered: bool = True
) -> Assignment:
    """An assignment in a post, of the post's role. It is not yet the council's."""
    return Assignment(
        person=person,
        number=number,
        start=start,
        start_origin=origin,
        role=Timeline(post.role.at(start)),
        registered=Timeline(registered),
        contract=Timeline(contract),
        fte=Timeline(fte),
        team_start=Timeline(start),
        absence=Timeline(None),
        post=Timeline(post),
    )


def lower(line: Timeline[int], part: int, first: date, until: date) -> None:
    """Reduce a value from one day until another. From then on it is what it would have been."""
    after = line.at(until)
    between = {day: value for day, value in zip(line.days, line.values, strict=True) if first < day < until}
    for day, value in ({first: line.at(first)} | between).items():
        line.set(day, value - part)
    line.set(until, after)


def unchanged_for(assignment: Assignment) -> timedelta:
    """For how long before its end an assignment and its post did not change."""
    assert assignment.end is not None and assignment.post is not None
    post = assignment.post.last
    lines = (assignment.role, assignment.fte, assignment.team_start, assignment.post, post.budget, post.role, post.team)
    return assignment.end - max(assignment.start, *(day for line in lines for day in line.days if day < assignment.end))
