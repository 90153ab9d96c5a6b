"""Rules B: from the reports about a number to its spells, each with its first and last day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from tests.lives.days import DAY, NEVER, first_day, last_day
from tests.lives.extracts import Delivery, Row
from tests.lives.told import Told, in_force, one_person


@dataclass
class Spell:
    """A stretch of work under one number.

    `rows` are the reports, each with the day from which it holds. `last` is None while no end is known. `start` is the first day of
    the spell. `held_since` is the start of the assignment, which a new number continues (rule B10).
    """

    number: str
    person: str
    start: date
    last: date | None
    rows: list[tuple[date, Row]]
    held_since: date
    until: date = NEVER  # it is in post at month ends from the start to before this day (rules D1 and E1)
    works_to: date = NEVER  # the last day that counts as work
    told_in: list[int] = field(default_factory=list)
    taken_over: bool = False  # by another number, on the day after the last (rule B10)

    @property
    def last_row(self) -> Row:
        return self.rows[-1][1]

    def row(self, day: date) -> Row:
        """Rule C1: the row that holds on a day."""
        holds = [row for since, row in self.rows if since <= day]
        return holds[-1] if holds else self.rows[0][1]


def spells_of_snapshots(told: Told) -> list[Spell]:
    """All spells in snapshots."""
    found = _without_repeated(told, [spell for number in told.staff for spell in _spells_of_number(told, number)])
    _take_over(told, found)
    _follow_in_the_same_post(told, found)
    return found


def _spells_of_number(told: Told, number: str) -> list[Spell]:
    rows = sorted(told.staff[number].items())
    groups: list[list[tuple[int, Row]]] = []
    for month, row in rows:
        if groups and not _begins_anew(told, groups[-1][-1], month, row):
            groups[-1].append((month, row))
        else:
            groups.append([(month, row)])
    spells: list[Spell] = []
    for place, group in enumerate(groups):
        start, seen = _start(group)
        ends_before_it_starts = group[-1][1]["end_date"] is not None and group[-1][1]["end_date"] < start
        later = any(month > group[-1][0] for month in told.extracts)
        if ends_before_it_starts or (not seen and later):
            continue  # B3: it never happened
        following = next((_start(other)[0] for other in groups[place + 1 :] if not _never_happened(told, other)), None)
        spells.append(
            Spell(
                number=number,
                person=told.person(group[-1][1]["person_id"]),
                start=start,
                last=_last(told, group, following),
                rows=[(first_day(month), row) for month, row in group],
                held_since=start,
                told_in=[month for month, _ in group],
            )
        )
    return spells


def _begins_anew(told: Told, before: tuple[int, Row], month: int, row: Row) -> bool:
    """Rule B1."""
    told_month, earlier = before
    if row["start_date"] <= earlier["start_date"]:
        return False
    ended = earlier["end_date"] is not None and earlier["end_date"] < row["start_date"]
    is_another = told.person(earlier["person_id"]) != told.person(row["person_id"])
    return ended or is_another or any(told_month < between < month for between in told.extracts)


def _start(group: list[tuple[int, Row]]) -> tuple[date, bool]:
    """Rule B2: the start, and whether it was reported as one that had come."""
    seen = next((month for month, row in group if row["start_date"] <= last_day(month)), None)
    if seen is None:
        return group[-1][1]["start_date"], False
    return [row["start_date"] for _, row in group if row["start_date"] <= last_day(seen)][-1], True


def _never_happened(told: Told, group: list[tuple[int, Row]]) -> bool:
    start, seen = _start(group)
    end = group[-1][1]["end_date"]
    return (end is not None and end < start) or (not seen and any(month > group[-1][0] for month in told.extracts))


def _last(told: Told, group: list[tuple[int, Row]], following: date | None) -> date | None:
    """Rules B4 to B8: the last day of a spell, or None while no end is known. `following` is the start of the number's next spell."""
    month, row = group[-1]
    number, end = row["assignment_id"], row["end_date"]
    later = [later_month for later_month in told.extracts if later_month > month]
    if end is not None and (not later or end <= last_day(later[0])):
        return end
    if not later:
        return None
    if later[0] in told.staff[number]:
        # The next extract reports the number as another spell.
        return min(end or NEVER, _before(following)) if end or following else None
    if _is_unconfirmed(told, row, later[0]):
        if len(later) == 1:
            return end
        gone = min(last_day(later[1]), end or NEVER)
    else:
        gone = last_day(later[0])
    return min(gone, _before(following))


def _before(day: date | None) -> date:
    return NEVER if day is None else day - DAY


def _is_unconfirmed(told: Told, row: Row, month: int) -> bool:
    """Rule B6: missing from the whole extract of a month, while another source has the person."""
    person = told.person(row["person_id"])
    if any(month in rows and told.person(rows[month]["person_id"]) == person for rows in told.staff.values()):
        return False
    paid = any(told.people.get(payment["person_id"]) == person for payment in told.others["payroll"].get(month, []))
    absent = any(
        told.people.get(absence["person_id"]) == person
        and absence["start_date"] <= last_day(month)
        and (absence["end_date"] is None or absence["end_date"] > last_day(month))
        for absence in told.others["absence"].get(month, [])
    )
    return paid or absent or row["long_absence"] == "seconded_out"


def _without_repeated(told: Told, spells: list[Spell]) -> list[Spell]:
    """Rule B10: without new numbers that have ended, and repeat the start and end of a number that only earlier extracts report."""

    def repeats(spell: Spell) -> bool:
        return (
            _had_ended(spell)
            and spell.told_in[0] == min(told.staff[spell.number])
            and spell.rows[0][1]["start_date"] < first_day(spell.told_in[0])
            and any(
                other.person == spell.person
                and other.number != spell.number
                and other.told_in[-1] < spell.told_in[0]
                and _told_last(other) == _told_last(spell)
                for other in spells
            )
        )

    return [spell for spell in spells if not repeats(spell)]


def _had_ended(spell: Spell) -> bool:
    """Whether a spell ended before the month of the extract that first reports it."""
    end = spell.rows[0][1]["end_date"]
    return end is not None and end < first_day(spell.told_in[0])


def _told_last(spell: Spell) -> tuple[date, date | None]:
    return spell.last_row["start_date"], spell.last_row["end_date"]


def _take_over(told: Told, spells: list[Spell]) -> None:
    """Rule B10: a number that appears as another number of the person disappears continues its assignment."""
    first_told = {number: min(rows) for number, rows in told.staff.items()}
    of_person: dict[str, list[Spell]] = defaultdict(list)
    for spell in spells:
        of_person[spell.person].append(spell)
    for gone in spells:
        later = [month for month in told.extracts if month > max(told.staff[gone.number])]
        if not later or gone.told_in[-1] != max(told.staff[gone.number]):
            continue
        month, end = later[0], gone.last_row["end_date"]
        if end is not None and end < first_day(month):
            continue
        coming = [
            spell
            for spell in of_person[gone.person]
            if spell.number != gone.number
            and first_told[spell.number] == month
            and spell.told_in[0] == month
            and spell.rows[0][1]["start_date"] < first_day(month)
            and not _had_ended(spell)
        ]
        if not coming:
            continue
        gone.last, gone.taken_over = first_day(month) - DAY, True
        for spell in coming:
            spell.start = max(spell.start, first_day(month))
            if spell.rows[0][1]["post_id"] == gone.last_row["post_id"]:
                spell.held_since = min(spell.held_since, gone.held_since)


def _follow_in_the_same_post(told: Told, spells: list[Spell]) -> None:
    """Rule B7: an end that no extract reported is at the latest the day before another number of the person begins in the same post."""
    for gone in spells:
        end = gone.last_row["end_date"]
        if gone.last is None or gone.last == end:
            continue
        for spell in spells:
            begins_after = spell.told_in[0] > gone.told_in[-1] and gone.start < spell.start <= gone.last
            if (
                spell.person == gone.person
                and spell.number != gone.number
                and begins_after
                and spell.rows[0][1]["post_id"] == gone.last_row["post_id"]
            ):
                gone.last = min(gone.last, spell.start - DAY)


def spells_of_history(deliveries: list[Delivery]) -> list[Spell]:
    """Rule B9: all spells in the latest full history."""
    staff = in_force(deliveries, "hr_assignments")
    if not staff:
        return []
    latest = staff[max(staff)]
    people = one_person([latest.rows])
    of_number: dict[str, list[Row]] = defaultdict(list)
    for row in latest.rows:
        of_number[row["assignment_id"]].append(row)
    spells: list[Spell] = []
    for number, rows in of_number.items():
        rows.sort(key=lambda row: row["effective_from"])
        groups: list[list[Row]] = []
        for row in rows:
            if groups and not _begins_anew_in_history(groups[-1][-1], row):
                groups[-1].append(row)
            else:
                groups.append([row])
        for group in groups:
            start = min(row["start_date"] for row in group)
            last = group[-1]["end_date"] or group[-1]["effective_to"]
            if last is not None and last < start:
                continue
            holds = [(row["effective_from"], row) for row in group]
            spells.append(Spell(number, people[group[-1]["person_id"]], start, last, holds, start))
    return spells


def _begins_anew_in_history(before: Row, row: Row) -> bool:
    if row["start_date"] <= before["start_date"]:
        return False
    ended = (before["end_date"] is not None and before["end_date"] < row["start_date"]) or before["person_id"] != row["person_id"]
    covered_to = before["effective_to"] or before["end_date"]
    return ended or (covered_to is not None and covered_to + DAY < row["effective_from"])
