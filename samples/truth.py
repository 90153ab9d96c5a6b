"""What really happened in a made-up council: people, assignments, posts and bookings with their dates.

Extracts are written from this, each as its system would know it. A person is in a post at the close of a day from the
first day of the assignment until the day before the last. Somebody who leaves on 30 September is not in post at its close.
FTE is in whole hundredths.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")

MANAGERS = ("service_manager", "principal_social_worker", "iro", "cp_chair", "team_manager", "assistant_team_manager")
FRONTLINE = ("advanced_practitioner", "senior_social_worker", "social_worker", "asye_social_worker")
SOCIAL_WORK = MANAGERS + FRONTLINE
TRAINEES = ("social_work_apprentice", "unregistered_social_worker")
LONG_AGO = date(1990, 1, 1)


class Timeline(Generic[T]):
    """A value that changes on certain days."""

    def __init__(self, first: T, since: date = LONG_AGO) -> None:
        self.days = [since]
        self.values = [first]

    def at(self, day: date) -> T:
        """The value at the close of a day."""
        return self.values[max(bisect_right(self.days, day) - 1, 0)]

    def set(self, day: date, value: T) -> None:
        """Change the value from a day until the next existing change."""
        place = bisect_right(self.days, day)
        if self.days[place - 1] == day:
            self.values[place - 1] = value
        else:
            insort(self.days, day)
            self.values.insert(place, value)

    @property
    def last(self) -> T:
        return self.values[-1]


@dataclass(eq=False)
class Team:
    """A team of a service. Its number changes in a re-organisation, its name in a renaming."""

    number: Timeline[int]
    name: Timeline[str]
    service_number: int
    service_name: str


@dataclass(eq=False)
class Person:
    """An employee. The number is the employee number without the format of a system."""

    number: int
    born: date
    swe_number: str | None


@dataclass(eq=False)
class Post:
    """A funded position, from the day on which it was made to the day before it was deleted."""

    number: int
    role: Timeline[str]
    team: Timeline[Team]
    budget: Timeline[int]
    frozen: Timeline[bool]
    created: date
    deleted: date | None = None
    holders: list[Assignment] = field(default_factory=list)
    vacant_since: date | None = None
    booked_until: date = LONG_AGO

    def stands(self, day: date) -> bool:
        """Whether the post is in the establishment at the close of a day."""
        return self.created <= day and (self.deleted is None or self.deleted > day)


@dataclass(eq=False)
class Assignment:
    """A person in a post. From `restarted`, HR's system gives that day as the first day."""

    person: Person
    number: int
    start: date
    start_origin: str | None
    role: Timeline[str]
    registered: Timeline[bool]
    contract: Timeline[str]
    fte: Timeline[int]
    team_start: Timeline[date]
    absence: Timeline[str | None]
    post: Timeline[Post] | None = None
    end: date | None = None
    leaving_reason: str | None = None
    start_known: date | None = None
    end_known: date | None = None
    restarted: date | None = None
    protected: bool = False

    def in_place(self, day: date) -> bool:
        """Whether the person is in the post at the close of a day."""
        return self.start <= day and (self.end is None or self.end > day)

    def post_at(self, day: date) -> Post:
        """The post held at the close of a day."""
        assert self.post is not None, "every assignment holds a post once its year has been played"
        return self.post.at(day)


@dataclass(eq=False)
class Booking:
    """An agency worker booked for some hours a week."""

    number: int
    worker: int
    start: date
    fte: int
    standard_hours: int
    reason: str
    role: str
    registered: bool
    post: Post | None
    team: Team | None
    charge_rate: float
    end: date | None = None
    case_holder: bool = False

    def in_place(self, day: date) -> bool:
        """Whether the worker is booked at the close of a day."""
        return self.start <= day and (self.end is None or self.end > day)


@dataclass(frozen=True)
class Absence:
    """Working days lost by a person in one month, times FTE, in hundredths."""

    number: int
    person: Person
    kind: str
    start: date
    end: date
    month_end: date
    days_lost: int


@dataclass(frozen=True)
class Attempt:
    """An attempt at a course."""

    person: Person
    course_id: str
    course_name: str
    day: date
    outcome: str
    delivery: str


@dataclass(frozen=True)
class Slip:
    """A value that somebody typed wrongly or left out, in one month's extract."""

    assignment: Assignment
    month_end: date
    column: str
    value: object


@dataclass(eq=False)
class Council:
    """Everything that happened in a council over the years that were played.

    `withdrawn` has announced starts that never came, `left_out` months whose extract does not have an assignment, and `lived` people who
    have an unusual event.
    """

    teams: list[Team] = field(default_factory=list)
    other_teams: list[Team] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    cases: dict[date, list[tuple[Person | Booking, int]]] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)
    withdrawn: list[Assignment] = field(default_factory=list)
    left_out: set[tuple[Assignment, date]] = field(default_factory=set)
    lived: set[Person] = field(default_factory=set)
    attempts: list[Attempt] = field(default_factory=list)
    team_changes: list[tuple[date, int, int]] = field(default_factory=list)
    people: int = 0
    last_booking: int = 0

    def next_person(self) -> int:
        """A new employee number."""
        self.people += 1
        return self.people
