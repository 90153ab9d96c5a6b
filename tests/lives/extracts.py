"""What a council's systems report about its lives, month by month: rows in the words of a contract, before anything is protected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.lives.days import DAY, first_day, last_day, month_of
from tests.lives.life import Assignment, Change
from tests.lives.simulated_council import HISTORY, WITH_LEAVERS, SimulatedCouncil

Row = dict[str, Any]
LEAVERS_LISTED_FOR = 6  # months, in a snapshot with leavers


@dataclass
class Delivery:
    """An extract as it arrived. `order` tells which of two for one month came later. `rejected` has what can be read of rejected rows."""

    source: str
    month: int
    rows: list[Row]
    rejected: list[Row] = field(default_factory=list)
    order: int = 0
    is_held: bool = False


def say(council: SimulatedCouncil) -> list[Delivery]:
    """Everything that the council's systems deliver, in the order of months."""
    said: list[Delivery] = []
    for month in council.months:
        said += _staff(council, month)
        if month != council.happens.get("establishment_never_came"):
            said.append(Delivery("establishment", month, _posts(council, month)))
        said.append(Delivery("agency", month, _bookings(council, month)))
        if "payroll" in council.sources:
            said.append(Delivery("payroll", month, _payments(council, month)))
        if "absence" in council.sources:
            said.append(Delivery("absence", month, _absences(council, month)))
    return said


def _staff(council: SimulatedCouncil, month: int) -> Iterator[Delivery]:
    rows, rejected = _staff_rows(council, month)
    right = Delivery("hr_assignments", month, rows, rejected)
    if month == council.happens.get("extract_never_came"):
        return
    if month == council.happens.get("extract_held"):
        right.is_held = True
    if month == council.happens.get("extract_corrected"):
        # If the right one is held, the wrong one is in force. It then has every row, because no rule decides about one post's two numbers
        # if one is missing.
        wrong = [{**row, "fte": 1.0, "team_id": "T1"} for place, row in enumerate(rows) if place % 3 or right.is_held]
        yield Delivery("hr_assignments", month, wrong)
        right.order = 1
    yield right


def _staff_rows(council: SimulatedCouncil, month: int) -> tuple[list[Row], list[Row]]:
    rows: list[Row] = []
    rejected: list[Row] = []
    for life in council.lives:
        # A snapshot has one row per number. If the number is used twice, it is the later use.
        of_number: dict[str, list[Row]] = {}
        for assignment in life.assignments:
            if council.kind == HISTORY:
                of_number.setdefault(assignment.number, []).extend(_history_rows(council, assignment, month))
            elif (row := _snapshot_row(council, assignment, month)) is None:
                if month >= assignment.listed_from:
                    of_number.pop(assignment.number, None)
            else:
                of_number[assignment.number] = [row]
                if (readable := assignment.rejected.get(month)) and not _merges(council, month):
                    del of_number[assignment.number]
                    rejected.append({"readable": readable, **row})
        rows += [row for several in of_number.values() for row in several]
    return _numbered(council, rows, month), _numbered(council, rejected, month)


def _numbered(council: SimulatedCouncil, rows: list[Row], month: int) -> list[Row]:
    """Rows with the numbers of the new system, once two have been merged."""
    if month < council.happens.get("systems_merged", 10**9):
        return rows
    return [{**row, "person_id": f"N{row['person_id']}", "assignment_id": f"N{row['assignment_id']}"} for row in rows]


def _snapshot_row(council: SimulatedCouncil, assignment: Assignment, month: int) -> Row | None:
    """The row of an assignment in a month's snapshot, or None if it has none."""
    end, reason = assignment.end_told(month)
    if (
        month < assignment.listed_from
        or month > (10**9 if assignment.listed_to is None else assignment.listed_to)
        or (month in assignment.hidden and not _merges(council, month))
    ):
        return None
    if end is not None and end <= last_day(month) and not _lists_leaver(council, assignment, month, end):
        return None
    known = [change for change in assignment.changes if change.known_from <= month and change.day <= last_day(month)]
    known = known or assignment.changes[:1]
    row = _row(council, assignment, known, month)
    return {**row, "start_date": assignment.start_told(month), "end_date": end, "leaving_reason": reason}


def _merges(council: SimulatedCouncil, month: int) -> bool:
    """Whether two systems are merged in a month or soon after. If rows are missing or rejected then, no rule decides the case.

    For the warehouse they are merged in the first extract after that which is in force.
    """
    merged = council.happens.get("systems_merged", 10**9)
    while merged in (council.happens.get("extract_never_came"), council.happens.get("extract_held")):
        merged += 1
    return council.happens.get("systems_merged", 10**9) - 4 <= month <= merged


def _lists_leaver(council: SimulatedCouncil, assignment: Assignment, month: int, end: date) -> bool:
    """Whether a month's snapshot has the row of an assignment that has ended by then. A withdrawn start is reported once in any case."""
    lists = council.kind == WITH_LEAVERS and month <= month_of(end) + LEAVERS_LISTED_FOR
    return lists or (end < assignment.start and month == assignment.listed_from)


def _history_rows(council: SimulatedCouncil, assignment: Assignment, month: int) -> list[Row]:
    """The dated rows of an assignment in a full history as known in a month."""
    if month < assignment.listed_from or (
        assignment.listed_to is not None
        and assignment.end is not None
        and month > assignment.listed_to
        and assignment.end < assignment.start
    ):
        return []
    end, reason = assignment.end_told(month)
    known = [change for change in assignment.changes if change.known_from <= month]
    rows = []
    for place, change in enumerate(known):
        after = known[place + 1].day if place + 1 < len(known) else None
        if after is not None and after <= change.day:
            continue
        row = _row(council, assignment, known[: place + 1], month_of(change.day))
        row["team_id"] = council.team(change.terms.team, month)
        row |= {
            "start_date": assignment.start_told(month),
            "end_date": end if after is None else None,
            "leaving_reason": reason if after is None else None,
            "effective_from": change.day,
            "effective_to": None if after is None else after - DAY,
        }
        rows.append(row)
    return rows


def _row(council: SimulatedCouncil, assignment: Assignment, known: list[Change], month: int) -> Row:
    terms = known[-1].terms
    team_since = terms.team_since
    renamed = council.happens.get("team_renamed", 10**9)
    if terms.team == "T2" and month >= renamed and council.kind != HISTORY:
        team_since = max(team_since, first_day(renamed))
    return {
        "person_id": assignment.employee,
        "assignment_id": assignment.number,
        "date_of_birth": assignment.born,
        "swe_number": assignment.swe if terms.registered or assignment.swe else None,
        "post_id": assignment.post,
        "team_id": council.team(terms.team, month),
        "job_role": terms.role,
        "registered_social_worker": terms.registered,
        "contract_type": terms.contract,
        "fte": terms.fte,
        "fte_from": _fte_day(known) if council.gives_fte_day else None,
        "weeks_a_year": terms.weeks,
        "hours_worked": terms.hours,
        "standard_hours": 37.0,
        "cost_share_percent": terms.share,
        "start_origin": assignment.origin,
        "team_start_date": team_since,
        "long_absence": terms.away,
        "effective_from": None,
        "effective_to": None,
    }


def _fte_day(known: list[Change]) -> date:
    """The day since which the FTE has had its value."""
    day = known[-1].day
    for change in reversed(known):
        if _hours(change) != _hours(known[-1]):
            break
        day = change.day
    return day


def _hours(change: Change) -> tuple[object, ...]:
    """The values from which an FTE is worked out."""
    terms = change.terms
    return terms.fte, terms.weeks, terms.hours, terms.contract


def _posts(council: SimulatedCouncil, month: int) -> list[Row]:
    posts = [post for life in council.lives for post in life.posts] + council.posts
    return [
        {
            "post_id": post.post,
            "team_id": council.team(post.team, month),
            "team_name": f"Team {post.team}",
            "service_id": council.service(post.team, month),
            "service_name": f"Service {council.service(post.team, month)}",
            "job_role": post.role,
            "budgeted_fte": post.budget,
            "post_status": post.status,
        }
        for post in posts
        if post.listed_from <= month and (post.listed_to is None or month <= post.listed_to)
    ]


def _bookings(council: SimulatedCouncil, month: int) -> list[Row]:
    return [
        {
            "booking_id": booking.number,
            "worker_id": booking.worker,
            "swe_number": booking.swe,
            "team_id": council.team(booking.team, month),
            "job_role": booking.role,
            "registered_social_worker": booking.registered,
            "start_date": booking.start,
            "end_date": booking.end,
            "weekly_hours": booking.hours,
            "standard_hours": 37.0,
            "cover_reason": booking.reason,
            "post_id": booking.post,
        }
        for life in council.lives
        for booking in life.bookings
        if booking.start <= last_day(month) and (booking.end is None or booking.end >= first_day(month))
    ]


def _payments(council: SimulatedCouncil, month: int) -> list[Row]:
    """Everybody with work in the month is paid, and some people who have left are paid once more."""
    paid: dict[str, float] = {}
    for life in council.lives:
        for assignment in life.assignments:
            if (
                assignment.start <= last_day(month)
                and (assignment.end is None or assignment.end >= first_day(month))
                and not assignment.terms.away
            ):
                paid[assignment.employee] = paid.get(assignment.employee, 0) + (assignment.terms.fte or 0)
        for employee, months in life.paid.items():
            if month in months:
                paid.setdefault(employee, 0)
    prefix = "N" if month >= council.happens.get("systems_merged", 10**9) else ""
    return [{"person_id": prefix + employee, "element": "basic_pay", "paid_fte": fte, "amount": 1000.0} for employee, fte in paid.items()]


def _absences(council: SimulatedCouncil, month: int) -> list[Row]:
    prefix = "N" if month >= council.happens.get("systems_merged", 10**9) else ""
    return [
        {
            "absence_id": f"A{employee}{start}",
            "person_id": prefix + employee,
            "absence_type": "sickness",
            "start_date": start,
            "end_date": end,
            "fte_days_lost": 3.0,
        }
        for life in council.lives
        for employee, start, end in life.absences
        if start <= last_day(month) <= last_day(month_of(start) + 3)
    ]
