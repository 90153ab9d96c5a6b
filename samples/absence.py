"""Absences: sickness of registered social workers adds up to exactly the days lost in a census year."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from samples.months import census_end, census_start, end_of_month, month_before, month_ends, weekdays
from samples.truth import Absence, Assignment, Council, Person

LENGTHS = ((1, 3, 40), (3, 5, 28), (6, 14, 14), (15, 40, 10), (60, 150, 5))  # calendar days from, to, weight
MATERNITY_DAYS = (150, 270)
LONG_SICKNESS_SHARE = 0.3


class SickDays:
    """Draws a year's sickness of registered staff."""

    def __init__(self, council: Council, year: int, random: Random) -> None:
        self.council = council
        self.random = random
        self.first, self.last = census_start(year), census_end(year)
        self.ends = month_ends(self.first, self.last)
        self.taken: dict[Person, list[tuple[date, date]]] = {}
        self.staff: dict[Person, list[Assignment]] = {}
        for assignment in council.assignments:
            if (
                assignment.registered.last
                and assignment.start < self.last
                and (assignment.end is None or assignment.end > self.first)
                and assignment.role.last != "director"
            ):
                self.staff.setdefault(assignment.person, []).append(assignment)

    def draw(self, days_lost: int) -> None:
        """Add absences until the days lost are exactly that many hundredths."""
        people = list(self.staff)
        left = days_lost
        misses = 0
        for assignment in [
            assignment for held in self.staff.values() for assignment in held if "long_sickness" in assignment.absence.values
        ]:
            start, end = _away(assignment, "long_sickness")
            rows = self._rows(assignment.person, _working_day(max(start, self.first)), min(end, self.last))
            if sum(lost for *_, lost in rows) <= left * LONG_SICKNESS_SHARE:
                left -= self._keep(assignment.person, rows, left, "sickness")
        while left > 0 and people:
            person = self.random.choice(people)
            low, high, _ = self.random.choices(LENGTHS, [weight for _, _, weight in LENGTHS])[0]
            length = self.random.randint(low, high)
            start = self.first + timedelta(days=self.random.randint(1 - length, (self.last - self.first).days))
            end = min(start + timedelta(days=length - 1), self.last)
            start = _working_day(max(start, self.first))
            rows = self._rows(person, start, end)
            misses = 0 if rows else misses + 1
            if misses > 20_000:
                raise ValueError(f"{self.last.year}: {days_lost} hundredths of days lost do not fit the staff in post")
            left -= self._keep(person, rows, left, "sickness")

    def _rows(self, person: Person, start: date, end: date) -> list[tuple[date, date, date, int]]:
        """Parts of an absence, one per month: from, to, month end, days lost. None unless the person was there throughout."""
        if (
            end < start
            or start.weekday() >= 5
            or any(start <= taken_to and end >= taken_from for taken_from, taken_to in self.taken.get(person, []))
        ):
            return []
        rows = []
        for month in month_ends(start, end_of_month(end)):
            first, last = max(start, month.replace(day=1)), min(end, month)
            fte = self._fte(person, month)
            lost = weekdays(first, last) * fte
            if fte == 0:
                return []
            if lost:
                rows.append((first, last, month, lost))
        return rows

    def _fte(self, person: Person, month: date) -> int:
        """FTE of somebody registered and in post from before the month until its end, 0 for anybody else."""
        before = month_before(month)
        there = [
            assignment
            for assignment in self.staff[person]
            if assignment.in_place(month) and assignment.in_place(before) and assignment.registered.at(before)
        ]
        return sum(assignment.fte.at(month) for assignment in there)

    def _keep(self, person: Person, rows: list[tuple[date, date, date, int]], left: int, kind: str) -> int:
        """Record an absence, cut short if no more days are left. Returns the days lost that were kept."""
        if not rows:
            return 0
        kept = []
        for first, last, month, lost in rows:
            part = min(lost, left)
            if part > 0:
                kept.append((first, last, month, part))
                left -= part
        number = len(self.council.absences) + 1
        start, end = kept[0][0], kept[-1][1]
        self.taken.setdefault(person, []).append((start, end))
        self.council.absences += [Absence(number, person, kind, start, end, month, part) for _, _, month, part in kept]
        return sum(part for _, _, _, part in kept)


def _away(assignment: Assignment, kind: str) -> tuple[date, date]:
    place = assignment.absence.values.index(kind)
    return assignment.absence.days[place], assignment.absence.days[place + 1] - timedelta(days=1)


def _working_day(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def record_leave(stock: list[Assignment], year: int, random: Random) -> list[Assignment]:
    """Record people who are away with the post kept open: maternity, long sickness, secondment out, career break.

    Sets the long absence of their assignments, and returns the people who are away at 30 September.
    """
    first, last = census_start(year), census_end(year)
    free = [
        assignment
        for assignment in stock
        if assignment.absence.last is None and assignment.start < first - timedelta(days=200) and assignment.fte.last >= 40
    ]
    count = max(1, round(len(stock) * 0.06)) if len(stock) >= 10 else 0
    away = []
    for assignment in random.sample(free, min(count, len(free))):
        kind = random.choices(("maternity", "long_sickness", "seconded_out", "career_break"), (6, 2, 2, 1))[0]
        start = first + timedelta(days=random.randint(20, 340))
        end = start + timedelta(days=random.randint(*MATERNITY_DAYS))
        assignment.absence.set(start, kind)
        assignment.absence.set(end, None)
        if start <= last < end:
            away.append(assignment)
    return away


def record_maternity_rows(council: Council, last_month: date) -> None:
    """Monthly rows of maternity leave, which no sickness figure counts."""
    for assignment in council.assignments:
        for place, kind in enumerate(assignment.absence.values):
            if kind != "maternity":
                continue
            start = assignment.absence.days[place]
            end = assignment.absence.days[place + 1] - timedelta(days=1)
            if assignment.end is not None:
                end = min(end, assignment.end)
            number = len(council.absences) + 1
            for month in month_ends(start, min(end_of_month(end), last_month)):
                lost = weekdays(max(start, month.replace(day=1)), min(end, month)) * assignment.fte.at(month)
                if lost > 0:
                    council.absences.append(Absence(number, assignment.person, "maternity", start, end, month, lost))


def record_other_sickness(council: Council, first: date, last: date, random: Random) -> None:
    """Sickness of staff who are not registered social workers, and other leave of a few."""
    others = [assignment for assignment in council.assignments if not assignment.registered.last]
    for assignment in others:
        taken: set[tuple[str, date]] = set()
        for _ in range(random.randint(0, 4)):
            start = first + timedelta(days=random.randint(0, (last - first).days))
            end = start + timedelta(days=random.randint(0, 8))
            if not (assignment.in_place(start) and assignment.in_place(end)) or start.weekday() >= 5:
                continue
            number = len(council.absences) + 1
            kind = "sickness" if random.random() < 0.85 else "other"
            days = {(kind, start + timedelta(days=day)) for day in range((end - start).days + 1)}
            if days & taken:
                continue
            taken |= days
            for month in month_ends(start, end_of_month(end)):
                lost = weekdays(max(start, month.replace(day=1)), min(end, month)) * assignment.fte.at(month)
                if lost > 0:
                    council.absences.append(Absence(number, assignment.person, kind, start, end, month, lost))
    _fill_empty_months(council, others, first, last)


def _fill_empty_months(council: Council, others: list[Assignment], first: date, last: date) -> None:
    """In a month without any absence, somebody takes a day of special leave, so that no extract is empty."""
    known = {absence.month_end for absence in council.absences}
    for month in month_ends(first, last):
        there = [assignment for assignment in others if assignment.in_place(month) and assignment.in_place(month.replace(day=1))]
        if month not in known and there:
            day = _working_day(month.replace(day=8))
            council.absences.append(Absence(len(council.absences) + 1, there[0].person, "other", day, day, month, there[0].fte.at(month)))
