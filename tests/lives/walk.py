"""A walk through one life, on which events happen: the day reached, and the assignment held on it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from random import Random

from tests.lives.days import DAY, first_day, last_day, month_of
from tests.lives.life import Assignment, Booking, Change, Life, Post, Terms

REASONS = ("resignation", "retired", "dismissed", "deceased", "other", "voluntary_redundancy")
ORIGINS = ("newly_qualified", "other_council_england", "outside_social_care", "not_known")
SHARES = (1.0, 1.0, 1.0, 0.8, 0.6, 0.5)
Event = Callable[["Walk"], bool]
EVENTS: dict[str, Event] = {}


def event(happens: Event) -> Event:
    """Register an event under its function's name. It returns whether it could happen."""
    EVENTS[happens.__name__] = happens
    return happens


def of_a_newcomer(happens: Callable[[Walk], None]) -> Event:
    """Register an event of somebody who has no job with the council."""

    @functools.wraps(happens)
    def happens_if_it_can(walk: Walk) -> bool:
        if walk.job is not None:
            return False
        happens(walk)
        return True

    return event(happens_if_it_can)


def of_somebody_in_post(happens: Callable[[Walk, Assignment], None]) -> Event:
    """Register an event of somebody in an ordinary job. The event is called with that job."""

    @functools.wraps(happens)
    def happens_if_it_can(walk: Walk) -> bool:
        job = walk.ordinary()
        if job is None:
            return False
        happens(walk, job)
        return True

    return event(happens_if_it_can)


class Walk:
    """A walk through one life: the day reached, and the assignment held on it."""

    def __init__(self, name: str, rng: Random, months: range, kind: str, teams: tuple[str, ...]) -> None:
        self.life, self.rng, self.months, self.kind, self.teams = Life(name), rng, months, kind, teams
        self.now = first_day(months[0]) + rng.randint(10, 90) * DAY
        self.numbers = 0
        self.employee = name
        self.swe: str | None = None if rng.random() < 0.05 else f"SW{name}"
        self.born = date(rng.randint(1958, 2000), rng.randint(1, 12), rng.randint(1, 28))
        self.job: Assignment | None = None

    @property
    def limit(self) -> date:
        """The last day on which an event may begin."""
        return last_day(self.months[-1] - 2)

    def wait(self, least: int = 20, most: int = 80) -> date:
        """Let so many days pass, and give the day."""
        self.now += self.rng.randint(least, most) * DAY
        return self.now

    def tell(self, text: str) -> None:
        self.life.story.append(text)

    def terms(self, day: date, **given: object) -> Terms:
        """Terms of a permanent social worker, unless given otherwise."""
        usual: dict[str, object] = {
            "team": self.rng.choice(self.teams),
            "role": self.rng.choice(
                ("social_worker",) * 6 + ("senior_social_worker", "advanced_practitioner", "team_manager", "iro", "service_manager")
            ),
            "registered": True,
            "contract": "permanent",
            "fte": self.rng.choice(SHARES),
            "team_since": day,
        }
        return Terms(**(usual | given))  # type: ignore[arg-type]

    def take(self, start: date, terms: Terms, post: str | None = None, number: str | None = None, origin: str | None = None) -> Assignment:
        """Begin an assignment, in a new post and under a new number unless they are given."""
        self.numbers += 1
        held = post or f"P{self.life.name}{self.numbers}"
        if post is None:
            self.life.posts.append(Post(held, terms.team, terms.role, terms.fte or 1.0, listed_from=max(month_of(start), self.months[0])))
        begun = Assignment(
            employee=self.employee,
            number=number or f"{self.life.name}/{self.numbers}",
            swe=self.swe if terms.registered or self.rng.random() < 0.9 else None,
            born=self.born,
            post=held,
            start=start,
            changes=[Change(start, terms, month_of(start))],
            origin=origin,
            listed_from=month_of(start),
        )
        self.life.assignments.append(begun)
        self.tell(f"{start}: {begun.number} begins in {held}: {terms.role}, {terms.contract}, {terms.fte} FTE, {terms.team}")
        return begun

    def book(self, team: str, start: date, end: date | None, hours: float, reason: str, post: str | None) -> None:
        """Book the person through an agency."""
        number = f"B{self.life.name}/{len(self.life.bookings) + 1}"
        self.life.bookings.append(
            Booking(number, f"W{self.life.name}", self.swe, team, "social_worker", True, start, end, hours, reason, post)
        )

    def is_in_post(self) -> bool:
        return self.job is not None and self.job.end is None

    def ordinary(self) -> Assignment | None:
        """The assignment held now if it is permanent, registered and children's social work with an FTE; else None."""
        job = self.job
        if (
            job is None
            or job.end is not None
            or job.terms.contract != "permanent"
            or not job.terms.registered
            or not job.terms.fte
            or job.terms.away
        ):
            return None
        return job

    def others_of(self, job: Assignment) -> list[Assignment]:
        """An assignment and all others that the same person now holds in social work. Registration is the same in all of them."""
        return [held for held in self.life.assignments if held.end is None and held.swe == job.swe and held.terms.registered]

    def leave(self, job: Assignment, day: date, reason: str | None = None, known_from: int | None = None) -> None:
        """End an assignment. Somebody who is paid is paid up to the month of the last day."""
        job.ends(day, reason or self.rng.choice(REASONS), known_from)
        if reason != "change_of_post" and self.rng.random() < 0.2:
            deleted = next((post for post in self.life.posts if post.post == job.post), None)
            if deleted is not None:
                deleted.listed_to = month_of(day)
                self.tell(f"{deleted.post} is deleted after that month")
        self.tell(f"{day}: last day of {job.number}, {job.reason}, in extracts from {max(job.ends_told)}")
        if job is self.job:
            self.job = None


def friday(walk: Walk, month: int) -> date:
    """A Friday of a month. Half the time it is the last one, so that the month may end on the weekend."""
    last = last_day(month)
    while last.weekday() != 4:
        last -= DAY
    return last if walk.rng.random() < 0.5 else last - 7 * walk.rng.randint(1, 3) * DAY


def ordinary_friday(walk: Walk) -> date:
    """A later Friday, if possible before a weekend at a month end."""
    month = month_of(walk.wait())
    for ahead in range(4):
        last = last_day(month + ahead)
        if last.weekday() in (4, 5, 6) and walk.rng.random() < 0.6:
            walk.now = last - (last.weekday() - 4) * DAY
            return walk.now
    walk.now = max(friday(walk, month), walk.now - 7 * DAY)
    while walk.now.weekday() != 4:
        walk.now += DAY
    return walk.now
