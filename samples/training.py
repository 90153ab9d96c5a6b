"""Attempts at courses: required courses on joining and before they expire, with no-shows and failures."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from samples.published_figures import SampleError
from samples.truth import FRONTLINE, MANAGERS, Assignment, Attempt, Council, Person

NEVER_RUNS_OUT = 60
JOINS_IN_TIME = 0.93
RENEWS_IN_TIME = 0.92
TRIES_TWICE = 0.07
DELIVERY = {"GDPR": "elearning", "SEND": "elearning", "SAFE": "classroom", "FSAF": "multi_agency"}


@dataclass(frozen=True)
class Course:
    """A course of courses.csv: who must take it, and for how many months it is valid (None: for ever)."""

    course_id: str
    name: str
    required_of: str
    valid_months: int | None


def read_courses(path: Path) -> list[Course]:
    """The courses of a configuration. Raises SampleError."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return [
                Course(row["course_id"], row["course_name"], row["required_of"], int(row["valid_months"]) if row["valid_months"] else None)
                for row in csv.DictReader(lines)
            ]
    except FileNotFoundError:
        raise SampleError(f"{path}: is missing, so nobody can be sent on a course. Restore the project's config folder") from None


def required(course: Course, assignment: Assignment, day: date) -> bool:
    """Whether a course is for the holder of an assignment. A course that nobody must take is for managers who want to take it."""
    role, registered = assignment.role.at(day), assignment.registered.at(day)
    return {
        "all": True,
        "social_worker": registered,
        "frontline_social_worker": registered and role in FRONTLINE,
        "": role in MANAGERS,
    }.get(course.required_of, course.required_of == role)


def record_attempts(council: Council, courses: list[Course], opening: date, last: date, random: Random) -> None:
    """Attempts of everybody from before `opening` (the latest completion only) until `last`, at most one per person, course
    and day."""
    spells: dict[Person, tuple[Assignment, date, date]] = {}
    for staff_member in council.assignments:
        end = min(staff_member.end or last, last)
        if end < opening or staff_member.start > last:
            continue
        _, start, until = spells.get(staff_member.person, (staff_member, staff_member.start, end))
        spells[staff_member.person] = (staff_member, min(start, staff_member.start), max(until, end))
    for person, (assignment, start, end) in spells.items():
        for course in courses:
            if required(course, assignment, max(start, opening)):
                _attend(council, person, course, start, end, opening, random)
    council.attempts.sort(key=lambda attempt: attempt.day)


def _attend(council: Council, person: Person, course: Course, start: date, end: date, opening: date, random: Random) -> None:
    months = course.valid_months or NEVER_RUNS_OUT
    if start < opening - timedelta(days=120):
        day = max(start + timedelta(days=20), opening - timedelta(days=random.randint(0, months * 30)))
        if random.random() > JOINS_IN_TIME:
            day = opening + timedelta(days=random.randint(60, 500))
    else:
        day = start + timedelta(days=random.randint(3, 80) if random.random() < JOINS_IN_TIME else random.randint(150, 400))
    while day <= end:
        delivery = DELIVERY.get(course.course_id[:4], "classroom")
        if day > opening and random.random() < TRIES_TWICE:
            outcome = "did_not_attend" if random.random() < 0.6 else "failed"
            before = day - timedelta(days=random.randint(7, 30))
            if before >= start:
                council.attempts.append(Attempt(person, course.course_id, course.name, before, outcome, delivery))
        council.attempts.append(Attempt(person, course.course_id, course.name, day, "completed", delivery))
        if course.valid_months is None:
            return
        runs_out = day + timedelta(days=int(course.valid_months * 30.4))
        day = runs_out + timedelta(days=random.randint(-35, -1) if random.random() < RENEWS_IN_TIME else random.randint(20, 200))
