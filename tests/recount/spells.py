"""Working lives by sections A to D of the counting rules: who worked under which number, from which day to which, and on what terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

from tests.recount.extracts import Extracts, Row, last_day

DAY = timedelta(days=1)
FOR_EVER = date.max - 400 * DAY
NEEDED = ("person_id", "assignment_id", "post_id", "team_id", "job_role", "registered_social_worker", "contract_type", "start_date")
FULL_YEAR = Decimal("52.143")


@dataclass
class Spell:
    """One stretch of work under one number. `last` is the last day of work; from `out` on the person is not in post (E1)."""

    number: str
    person: str
    told: list[tuple[date, Row]]
    start: date
    last: date
    first_extract: int = 0
    last_extract: int = 0
    ended_unseen: bool = False
    out: date = field(init=False)

    def __post_init__(self) -> None:
        self.out = self.last

    @property
    def end(self) -> Row:
        """The row reported last."""
        return self.told[-1][1]

    def stretches(self) -> Iterator[tuple[date, date, Row]]:
        """First and last day of each stretch of the spell in which its reported values stayed the same (C1)."""
        changes = [self.told[0], *(now for before, now in pairwise(self.told) if now[1] != before[1])]
        begins = [self.start, *(max(since, self.start) for since, _ in changes[1:])]
        ends = [*(begin - DAY for begin in begins[1:]), self.last]
        for begin, last, (_, row) in zip(begins, ends, changes, strict=True):
            if begin <= min(last, self.last):
                yield begin, min(last, self.last), row


def whole_week_between(last: date, first: date) -> bool:
    """Whether seven days from a Sunday to a Saturday lie strictly between two days."""
    sunday = last + DAY + timedelta(days=(6 - (last + DAY).weekday()) % 7)
    return sunday + 6 * DAY < first


def spells(extracts: Extracts) -> list[Spell]:
    """Every spell of the council, with changes of post joined (D1)."""
    by_person: defaultdict[str, list[Spell]] = defaultdict(list)
    for spell in _history(extracts) if extracts.is_history else _snapshots(extracts):
        by_person[spell.person].append(spell)
    found: list[Spell] = []
    for person in by_person.values():
        kept = _once(_renumbered(sorted(person, key=lambda spell: (spell.first_extract, spell.start, spell.number))))
        _join(kept)
        found += kept
    return found


def _readable(row: Row) -> bool:
    return not row["is_rejected"] and all(row[column] is not None for column in NEEDED)


@cache
def people(extracts: Extracts) -> dict[str, str]:
    """The person behind every employee number. The same registration number is the same person, unless three people have it."""
    owners: dict[str, str] = {}

    def root(person: str) -> str:
        while owners.setdefault(person, person) != person:
            person = owners[person]
        return person

    for period in extracts.periods("hr_assignments"):
        if extracts.is_history and period != max(extracts.periods("hr_assignments")):
            continue
        sharing: defaultdict[str, set[str]] = defaultdict(set)
        for row in [row for row in extracts.rows("hr_assignments", period) if row["person_id"]]:
            root(row["person_id"])
            sharing[row["swe_number"]].add(row["person_id"])
        for swe_number, numbers in sharing.items():
            if swe_number and len(numbers) < 3:
                for number in numbers:
                    owners[root(f"SWE {swe_number}")] = root(number)
    return {person: root(person) for person in owners}


def _terms(row: Row) -> Row:
    """The row with its FTE by C3."""
    fte = row["fte"]
    if row["contract_type"] == "casual" and row.get("hours_worked") is not None:
        fte = row["hours_worked"] / row["standard_hours"]
    if fte is not None and (row.get("weeks_a_year") or 52) < 52:
        fte *= row["weeks_a_year"] / FULL_YEAR
    return row | {"fte": fte}


def _history(extracts: Extracts) -> Iterator[Spell]:
    """Spells of a full history. Only the history of the latest month counts (B9)."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    identity = people(extracts)
    for row in extracts.rows("hr_assignments", max(extracts.periods("hr_assignments"))):
        if _readable(row):
            rows[row["assignment_id"]].append(_terms(row))
    for number, dated in rows.items():
        parts: list[list[Row]] = []
        for row in sorted(dated, key=lambda row: row["effective_from"]):
            before = parts[-1][-1] if parts else None
            away = before and before["effective_to"] and before["effective_to"] + DAY < row["effective_from"]
            if before and not _is_new(before, row, bool(away)):
                parts[-1].append(row)
            else:
                parts.append([row])
        for part in parts:
            start = min(row["start_date"] for row in part)
            last = part[-1]["end_date"] or part[-1]["effective_to"] or FOR_EVER
            if start <= last:
                yield Spell(number, identity[part[-1]["person_id"]], [(row["effective_from"], row) for row in part], start, last)


def _is_new(before: Row, row: Row, away: bool) -> bool:
    """B1: a later start after an end, after an extract (or days) without the number, or for another person."""
    ended = before["end_date"] is not None and before["end_date"] < row["start_date"]
    return row["start_date"] > before["start_date"] and (ended or away)


def _snapshots(extracts: Extracts) -> Iterator[Spell]:
    """Spells of month-end snapshots."""
    months = sorted(extracts.periods("hr_assignments"))
    identity = people(extracts)
    told: defaultdict[str, list[tuple[int, Row]]] = defaultdict(list)
    there: dict[int, set[str]] = {}
    month_ends = [last_day(month) for month in months]
    for place, month in enumerate(months):
        rows = extracts.rows("hr_assignments", month)
        for row in rows:
            if _readable(row):
                told[row["assignment_id"]].append((place, _terms(row)))
        for number in _rejected(rows, told, month_ends):
            told[number].append((place, told[number][-1][1]))
        there[place] = {identity[row["person_id"]] for row in rows if row["person_id"]}
    elsewhere = cache(lambda place: _elsewhere(extracts, months[place], identity))

    def unconfirmed(person: str) -> Callable[[int, Row], bool]:
        return lambda place, row: person not in there[place] and (row.get("long_absence") == "seconded_out" or person in elsewhere(place))

    for number, tellings in told.items():
        parts: list[list[tuple[int, Row]]] = []
        for place, row in tellings:
            before_place, before = parts[-1][-1] if parts else (place, row)
            away = place > before_place + 1 or identity[row["person_id"]] != identity[before["person_id"]]
            if parts and not _is_new(before, row, away):
                parts[-1].append((place, row))
            else:
                parts.append([(place, row)])
        for part, following in pairwise([*parts, None]):
            assert part
            person = identity[part[-1][1]["person_id"]]
            start = _start(part, month_ends, following is not None)
            last, unseen = _last(part, following, month_ends, unconfirmed(person))
            if start and start <= last:
                since = [(month_ends[place].replace(day=1), row) for place, row in part]
                yield Spell(number, person, since, start, last, part[0][0], part[-1][0], unseen)


def _rejected(rows: list[Row], told: dict[str, list[tuple[int, Row]]], month_ends: list[date]) -> set[str]:
    """A2: numbers without an accepted row of their own that a rejected row still reports."""
    found: set[str] = set()
    for row in rows:
        if _readable(row):
            continue
        if row["assignment_id"]:
            found.add(row["assignment_id"])
        elif row["person_id"]:
            last = [tellings[-1] for tellings in told.values() if tellings[-1][1]["person_id"] == row["person_id"]]
            latest = max((place for place, _ in last), default=0)
            found |= {
                before["assignment_id"]
                for place, before in last
                if place == latest and (before["end_date"] or FOR_EVER) > month_ends[place]
            }
    return (found & told.keys()) - {row["assignment_id"] for row in rows if _readable(row)}


def _elsewhere(extracts: Extracts, month: str, identity: dict[str, str]) -> set[str]:
    """People whom the month's payroll pays, or whose absence is open at its end (B6)."""
    found = set()
    if month in extracts.periods("payroll"):
        found |= {row["person_id"] for row in extracts.rows("payroll", month)}
    if month in extracts.periods("absence"):
        end = last_day(month)
        rows = extracts.rows("absence", month)
        found |= {row["person_id"] for row in rows if row["start_date"] <= end and (row["end_date"] or FOR_EVER) > end}
    return {identity.get(person, person) for person in found}


def _start(part: list[tuple[int, Row]], month_ends: list[date], is_followed: bool) -> date | None:
    """B2, B3: the first day, or none if the start was withdrawn."""
    for place, row in part:
        if row["start_date"] <= month_ends[place]:
            return [told["start_date"] for _, told in part if told["start_date"] <= month_ends[place]][-1]
    last_place, last_row = part[-1]
    return None if is_followed or last_place + 1 < len(month_ends) else last_row["start_date"]


def _last(
    part: list[tuple[int, Row]],
    following: list[tuple[int, Row]] | None,
    month_ends: list[date],
    is_unconfirmed: Callable[[int, Row], bool],
) -> tuple[date, bool]:
    """B4 to B8: the last day, and whether no extract reported it."""
    place, row = part[-1]
    told = row["end_date"] or FOR_EVER
    follows_at_once = following is not None and following[0][0] == place + 1 and row["end_date"] is not None
    if place + 1 >= len(month_ends) or told <= month_ends[place + 1] or follows_at_once:
        return told, False
    last = month_ends[place + 1]
    if is_unconfirmed(place + 1, row):
        last = min(told, month_ends[place + 2]) if place + 2 < len(month_ends) else told
    if following is not None:
        last = min(last, following[0][1]["start_date"] - DAY)
    return last, True


def _renumbered(person: list[Spell]) -> list[Spell]:
    """B10: a number that appears as another number of the person disappears takes over its spell.

    B7: a spell whose end was not reported ends before the next spell in the post.
    """
    kept: list[Spell] = []
    for spell in person:
        month_start = spell.told[0][0].replace(day=1)
        for earlier in kept:
            ended = earlier.end["end_date"] is not None and earlier.end["end_date"] < month_start
            gone = earlier.last_extract + 1 == spell.first_extract and earlier.number != spell.number and not ended
            if gone and spell.first_extract and spell.start < month_start:
                earlier.number, earlier.told = spell.number, earlier.told + spell.told
                earlier.last, earlier.out = spell.last, spell.last
                earlier.last_extract, earlier.ended_unseen = spell.last_extract, spell.ended_unseen
                break
        else:
            kept.append(spell)
    for spell in kept:
        later = [
            earlier.start
            for earlier in kept
            if earlier.first_extract > spell.first_extract and earlier.end["post_id"] == spell.end["post_id"]
        ]
        if spell.ended_unseen and [start for start in later if spell.start < start <= spell.last]:
            spell.last = spell.out = min(start for start in later if spell.start < start) - DAY
    return kept


def _once(person: list[Spell]) -> list[Spell]:
    """B11: one person's post under two numbers with more than 1 FTE together counts once."""
    left_out: set[int] = set()
    for spell in person:
        for other in person:
            together = min(spell.last, other.last) - max(spell.start, other.start)
            same_post = spell.number != other.number and spell.end["post_id"] == other.end["post_id"]
            too_much = (spell.end["fte"] or 0) + (other.end["fte"] or 0) > 1
            if (
                same_post
                and too_much
                and together >= DAY * 0
                and (spell.last - spell.start, spell.number) < (other.last - other.start, other.number)
            ):
                left_out.add(id(spell))
    return [spell for spell in person if id(spell) not in left_out]


def _join(person: list[Spell]) -> None:
    """D1:

    an assignment that ends goes on until the next one begins, if no whole week lies between. A job that a partner pays is not
    joined.
    """
    for spell in person:
        later = [other.start for other in person if other.start > spell.last and _is_partners(other) == _is_partners(spell)]
        if later and spell.end["leaving_reason"] != "structural_transfer" and not whole_week_between(spell.last, min(later)):
            spell.last, spell.out = min(later) - DAY, min(later)


def _is_partners(spell: Spell) -> bool:
    return bool(spell.end["contract_type"] == "seconded_in")
