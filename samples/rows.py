"""The contents of each extract of a month, as its system knew them then. Column names are those of the contracts."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from samples.attributes import attributes, destination
from samples.caseload import changed_worker, waiting
from samples.layout import Layout, Row
from samples.months import ONE_DAY, end_of_month, month_after
from samples.payroll import pay
from samples.survey import answers, means
from samples.truth import Absence, Assignment, Booking, Council, Person

JOINT_SHARE = 60  # per cent of a joint post that the council pays


class Extracts:
    """The rows of a council's extracts, month by month."""

    def __init__(self, council: Council, layout: Layout, first_training: date, seed: str) -> None:
        self.council = council
        self.layout = layout
        self.first_training = first_training
        self.seed = seed
        self._attributes: dict[int, dict[str, object]] = {}

    def rows(self, source: str, month_end: date) -> list[Row]:
        """The rows of a source's extract for a month."""
        found: list[Row] = getattr(self, source)(month_end)
        return found

    def hr_assignments(self, month_end: date) -> list[Row]:
        """Current assignments, those that ended in the month or whose end was entered in it, and known future ones.

        A system that delivers a full history gives every assignment that was ever entered, with one row per effective date.
        """
        rows: list[Row] = []
        for assignment in [*self.council.assignments, *self.council.withdrawn]:
            if (assignment, month_end) in self.council.left_out:
                continue
            if not (assignment.start <= month_end or (assignment.start_known is not None and assignment.start_known <= month_end)):
                continue
            if self.layout.history:
                rows += self._history(assignment, month_end)
                continue
            known = end_known(assignment)
            if known is not None and assignment.end is not None and known < month_end and assignment.end < month_end.replace(day=1):
                continue
            as_of = max(month_end, assignment.start)
            if assignment.end is not None and known is not None and known <= month_end:
                as_of = min(as_of, assignment.end)
            rows.append(self._assignment(assignment, as_of, month_end))
        return rows

    def _history(self, assignment: Assignment, month_end: date) -> list[Row]:
        known = end_known(assignment)
        end = assignment.end if known is not None and known <= month_end else None
        days = [day for day in self._changes[assignment] if day <= min(month_end, end or month_end) or day == assignment.start]
        rows = []
        for place, day in enumerate(days):
            row = self._assignment(assignment, day, month_end, current=place == len(days) - 1)
            row["effective_from"] = day
            row["effective_to"] = days[place + 1] - ONE_DAY if place + 1 < len(days) else end
            rows.append(row)
        return rows

    @cached_property
    def _changes(self) -> dict[Assignment, list[date]]:
        """The days on which anything in an assignment's row changes, the first day included."""
        found = {}
        for assignment in [*self.council.assignments, *self.council.withdrawn]:
            assert assignment.post is not None
            days = {assignment.restarted} if assignment.restarted else set()
            days |= {
                day
                for line in (
                    assignment.role,
                    assignment.registered,
                    assignment.contract,
                    assignment.fte,
                    assignment.team_start,
                    assignment.absence,
                )
                for day in line.days
            }
            for post_day, post in zip(assignment.post.days, assignment.post.values, strict=True):
                days.add(post_day)
                days.update(day for day in post.team.last.number.days)
            found[assignment] = [
                assignment.start,
                *sorted(day for day in days if assignment.start < day and (assignment.end is None or day <= assignment.end)),
            ]
        return found

    def _assignment(self, assignment: Assignment, as_of: date, month_end: date, current: bool = True) -> Row:
        layout = self.layout
        person, post = assignment.person, assignment.post_at(as_of)
        team = post.team.at(as_of)
        registered = assignment.registered.at(as_of)
        ended = assignment.end is not None and (end_known(assignment) or month_end) <= month_end
        fte = assignment.fte.at(as_of)
        restarted = assignment.restarted if assignment.restarted and assignment.restarted <= as_of else None
        row: Row = {
            "choice": person.number,
            "person_id": layout.person(person.number),
            "assignment_id": layout.assignment(person.number, assignment.number),
            "name": f"Person {person.number:06d}",
            "date_of_birth": person.born,
            **self._attributes_of(person.number),
            "swe_number": person.swe_number if registered else None,
            "post_id": layout.post(post.number),
            "team_id": layout.team(team.number.at(as_of)),
            "team_name": team.name.at(as_of),
            "job_role": assignment.role.at(as_of),
            "registered_social_worker": registered,
            "contract_type": assignment.contract.at(as_of),
            "fte": fte / 100,
            "cost_share_percent": JOINT_SHARE if assignment is self._joint_post_holder else None,
            "hours": round(37 * fte / 100, 2),
            "full_time": "FULL_TIME" if fte == 100 else "PART_TIME",
            "start_date": restarted or assignment.start,
            "end_date": assignment.end if ended else None,
            "leaving_reason": assignment.leaving_reason if ended else None,
            "leaver_destination": destination(self.seed, person.number, assignment.leaving_reason) if ended else None,
            "start_origin": "change_of_post" if restarted else assignment.start_origin,
            "team_start_date": assignment.team_start.at(as_of),
            "long_absence": assignment.absence.at(as_of),
        }
        if current:
            for slip in self._slips.get((assignment, month_end), []):
                row[slip[0]] = slip[1]
        return row

    @cached_property
    def _joint_post_holder(self) -> Assignment | None:
        """The chair or reviewing officer whose post another council pays for in part. One who is there all the time."""
        chairs = (
            assignment
            for assignment in self.council.assignments
            if assignment.end is None and {"cp_chair", "iro"} & set(assignment.role.values)
        )
        return next(
            (
                assignment
                for assignment in chairs
                if set(assignment.contract.values) == {"permanent"} and set(assignment.fte.values) == {100}
            ),
            None,
        )

    def _attributes_of(self, number: int) -> dict[str, object]:
        if number not in self._attributes:
            self._attributes[number] = attributes(self.seed, number)
        return self._attributes[number]

    @cached_property
    def _slips(self) -> dict[tuple[Assignment, date], list[tuple[str, object]]]:
        found: dict[tuple[Assignment, date], list[tuple[str, object]]] = {}
        for slip in self.council.slips:
            found.setdefault((slip.assignment, slip.month_end), []).append((slip.column, slip.value))
        return found

    def establishment(self, month_end: date) -> list[Row]:
        """Every funded post at the month end."""
        layout = self.layout
        rows: list[Row] = []
        for post in self.council.posts:
            if not post.stands(month_end):
                continue
            team = post.team.at(month_end)
            rows.append(
                {
                    "choice": post.number,
                    "post_id": layout.post(post.number),
                    "team_id": layout.team(team.number.at(month_end)),
                    "team_name": team.name.at(month_end),
                    "service_id": layout.service(team.service_number),
                    "service_name": team.service_name,
                    "job_role": post.role.at(month_end),
                    "budgeted_fte": post.budget.at(month_end) / 100,
                    "post_status": "frozen" if post.frozen.at(month_end) else "active",
                    "cost_centre": f"K{team.service_number}{team.number.at(month_end):03d}",
                    "grade": f"G{7 + post.number % 6}",
                }
            )
        return rows

    def agency(self, month_end: date) -> list[Row]:
        """Every booking that was live on any day of the month."""
        layout, first = self.layout, month_end.replace(day=1)
        rows: list[Row] = []
        for booking in self.council.bookings:
            if booking.start > month_end or (booking.end is not None and booking.end < first):
                continue
            as_of = min(month_end, booking.end or month_end)
            rows.append(
                {
                    "choice": booking.number,
                    "booking_id": layout.booking(booking.number),
                    "worker_id": layout.worker(booking.worker),
                    "name": f"Person {900000 + booking.worker:06d}",
                    "team_id": layout.team(team_number(booking, as_of)),
                    "job_role": booking.role,
                    "registered_social_worker": booking.registered,
                    "start_date": booking.start,
                    "end_date": booking.end if booking.end is not None and booking.end <= month_after(month_end) else None,
                    "weekly_hours": round(booking.standard_hours * booking.fte / 100, 2) if booking.fte else None,
                    "standard_hours": float(booking.standard_hours),
                    "cover_reason": booking.reason,
                    "post_id": layout.post(booking.post.number) if booking.post else None,
                    "charge_rate": booking.charge_rate,
                    "agency_name": f"Agency {chr(65 + booking.number % 7)}",
                }
            )
        return rows

    def absence(self, month_end: date) -> list[Row]:
        """Every absence that took at least one working day of the month."""
        layout = self.layout
        rows: list[Row] = []
        for absence in self._absences.get(month_end, []):
            rows.append(
                {
                    "choice": absence.number,
                    "absence_id": layout.absence(absence.number),
                    "person_id": layout.person(absence.person.number),
                    "name": f"Person {absence.person.number:06d}",
                    "absence_type": absence.kind,
                    "start_date": absence.start,
                    "end_date": absence.end if absence.end <= month_end else None,
                    "fte_days_lost": absence.days_lost / 100,
                }
            )
        return rows

    @cached_property
    def _absences(self) -> dict[date, list[Absence]]:
        found: dict[date, list[Absence]] = {}
        for absence in self.council.absences:
            found.setdefault(absence.month_end, []).append(absence)
        return found

    def caseload(self, month_end: date) -> list[Row]:
        """Workers with cases at the month end, and teams where cases wait for a worker."""
        layout = self.layout
        rows: list[Row] = [
            {"unallocated_in_team": layout.team(team.number.at(month_end)), "name": None, "cases": cases}
            for team, cases in waiting(self.council, month_end, self.seed)
        ]
        for holder, cases in self.council.cases.get(month_end, []):
            employee = isinstance(holder, Person)
            rows.append(
                {
                    "person_id": layout.person(holder.number) if employee else None,
                    "agency_worker_id": None if employee else layout.worker(holder.number),
                    "name": f"Person {holder.number if employee else 900000 + holder.number:06d}",
                    "cases": cases,
                    "changed_worker": changed_worker(f"{self.seed}:{month_end}:{type(holder).__name__}:{holder.number}", cases),
                }
            )
        return rows

    def training(self, month_end: date) -> list[Row]:
        """Attempts recorded in the month. The first extract has all attempts that were still valid then."""
        layout, first = self.layout, month_end.replace(day=1)
        return [
            {
                "person_id": layout.person(attempt.person.number),
                "name": f"Person {attempt.person.number:06d}",
                "course_id": attempt.course_id,
                "course_name": attempt.course_name,
                "recorded_date": attempt.day,
                "outcome": attempt.outcome,
                "delivery": attempt.delivery,
                "score": None if attempt.outcome == "did_not_attend" else 45 if attempt.outcome == "failed" else 80 + attempt.day.day % 20,
                "choice": attempt.day.day,
            }
            for attempt in self.council.attempts
            if attempt.day <= month_end and (attempt.day >= first or month_end == self.first_training)
        ]

    def survey(self, month_end: date) -> list[Row]:
        """The answers of the survey that closed in the month."""
        return answers(self.council, month_end, self.seed)

    def survey_means(self, month_end: date) -> list[Row]:
        """The report of means of the year's health check."""
        return means(self.council, month_end, self.seed)

    def payroll(self, month_end: date) -> list[Row]:
        """The pay run of the month."""
        layout = self.layout
        return [
            row
            | {
                "person_id": layout.person(person.number),
                "name": f"Person {person.number:06d}",
                "cost_centre": f"K{person.number % 9 + 1}000",
            }
            for person, row in pay(self.council, month_end)
        ]


def end_known(assignment: Assignment) -> date | None:
    """The month end from which HR's extract has the end of an assignment."""
    if assignment.end is None:
        return None
    return assignment.end_known or end_of_month(assignment.end)


def team_number(booking: Booking, day: date) -> int:
    """The number of the team in which an agency worker works."""
    team = booking.post.team.at(day) if booking.post else booking.team
    assert team is not None
    return team.number.at(day)
