"""True lives: people, their assignments, the posts that they hold, agency bookings, and when the HR system learns what happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tests.lives.days import month_of


@dataclass(frozen=True)
class Terms:
    """The terms of an assignment from a day on.

    `share` is the part that the council pays, in per cent. `hours` are a casual worker's weekly hours.
    """

    team: str
    role: str
    registered: bool
    contract: str
    fte: float | None
    team_since: date
    weeks: float | None = None
    hours: float | None = None
    share: int | None = None
    away: str | None = None


@dataclass(frozen=True)
class Change:
    """New terms from a day on, which the system knows from a month's extract on."""

    day: date
    terms: Terms
    known_from: int


@dataclass
class Assignment:
    """A person in a post: what is true, and how the system differs from it.

    `starts_told` and `ends_told` have, from a month's extract on, the reported start date, and the reported end date with its
    reason. `rejected` has what can be read from a row that is rejected in a month: the assignment's number, the person's, or
    nothing.
    """

    employee: str
    number: str
    swe: str | None
    born: date
    post: str
    start: date
    changes: list[Change]
    end: date | None = None
    reason: str | None = None
    origin: str | None = None
    listed_from: int = 0
    listed_to: int | None = None
    starts_told: dict[int, date] = field(default_factory=dict)
    ends_told: dict[int, tuple[date | None, str | None]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    rejected: dict[int, str] = field(default_factory=dict)

    @property
    def terms(self) -> Terms:
        """The last terms."""
        return self.changes[-1].terms

    def change(self, day: date, known_from: int | None = None, **terms: Any) -> None:
        """New terms from a day on, known in that month's extract unless later."""
        now = replace(self.terms, **terms)
        if now.team != self.terms.team and "team_since" not in terms:
            now = replace(now, team_since=day)
        self.changes.append(Change(day, now, month_of(day) if known_from is None else known_from))

    def ends(self, day: date, reason: str | None, known_from: int | None = None) -> None:
        """The assignment ends with this last day, known in that month's extract unless otherwise."""
        self.end, self.reason = day, reason
        self.ends_told[month_of(day) if known_from is None else known_from] = (day, reason)

    def start_told(self, month: int) -> date:
        """The start date that a month's extract gives."""
        told = [(since, day) for since, day in self.starts_told.items() if since <= month]
        return max(told)[1] if told else self.start

    def end_told(self, month: int) -> tuple[date | None, str | None]:
        """The end date and reason that a month's extract gives."""
        told = [since for since in self.ends_told if since <= month]
        return self.ends_told[max(told)] if told else (None, None)


@dataclass
class Post:
    """A funded post of the establishment, from a month to a month."""

    post: str
    team: str
    role: str
    budget: float
    status: str = "active"
    listed_from: int = 0
    listed_to: int | None = None


@dataclass
class Booking:
    """An agency booking."""

    number: str
    worker: str
    swe: str | None
    team: str
    role: str
    registered: bool
    start: date
    end: date | None
    hours: float
    reason: str
    post: str | None


@dataclass
class Life:
    """One person's life with the council (or that of two people who had one number).

    It has the posts and bookings that belong to it, and its story in words.
    """

    name: str
    assignments: list[Assignment] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    paid: dict[str, set[int]] = field(default_factory=dict)
    absences: list[tuple[str, date, date | None]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
