"""How events of working lives show in extracts of staff in post: for each event the numbers, or the people, that it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from tests.recount.extracts import Extracts, Row, last_day
from tests.recount.spells import whole_week_between

SOCIAL_WORK = ("asye_social_worker", "social_worker", "senior_social_worker", "advanced_practitioner")


@dataclass(frozen=True)
class Told:
    """The reports of each number in an inbox: its rows by period. For a full history, only the latest extract."""

    extracts: Extracts

    @cached_property
    def periods(self) -> list[str]:
        return sorted(self.extracts.periods("hr_assignments"))

    @cached_property
    def numbers(self) -> dict[str, list[tuple[str, Row]]]:
        """Rows in order, each with the period of its extract or, for a full history, of the day from which it holds."""
        found: defaultdict[str, list[tuple[str, Row]]] = defaultdict(list)
        for period in self.periods[-1:] if self.extracts.is_history else self.periods:
            for row in self.extracts.rows("hr_assignments", period):
                since = f"{row['effective_from']:%Y-%m}" if self.extracts.is_history else period
                found[row["assignment_id"]].append((since, row))
        for told in found.values():
            told.sort(key=lambda month_and_row: str(month_and_row[1].get("effective_from", month_and_row[0])))
        return found

    @cached_property
    def people(self) -> dict[str, list[list[tuple[str, Row]]]]:
        """The numbers of each person."""
        found: defaultdict[str, list[list[tuple[str, Row]]]] = defaultdict(list)
        for told in self.numbers.values():
            found[told[-1][1]["person_id"]].append(told)
        return found

    def after(self, period: str) -> str | None:
        """The period of the next extract."""
        place = self.periods.index(period) + 1
        return self.periods[place] if place < len(self.periods) else None

    def in_extract(self, period: str | None) -> set[str]:
        """The numbers that an extract reports."""
        return {row["assignment_id"] for row in self.extracts.rows("hr_assignments", period)} if period else set()

    def gone(self) -> list[tuple[str, str, Row]]:
        """Numbers whose last row is not in the last extract: the period in which they are missing, and the last row."""
        last = [(told[-1][0], told[-1][1]) for told in self.numbers.values()]
        return [(following, row["assignment_id"], row) for period, row in last if (following := self.after(period))]


def first_extract_of_those_there(told: Told) -> set[str]:
    """Everybody in a first extract that lists nobody who has left."""
    first = told.periods[0]
    rows = [] if told.extracts.is_history else told.extracts.rows("hr_assignments", first)
    if any(row["end_date"] and row["end_date"] <= last_day(first) for row in rows):
        return set()
    return {row["assignment_id"] for row in rows}


def withdrawn(told: Told) -> set[str]:
    """Reported only with a start after the extract's month, and then gone."""
    found = set()
    for period, following in pairwise(told.periods):
        rows = told.extracts.rows("hr_assignments", period)
        there = told.in_extract(following)
        found |= {row["assignment_id"] for row in rows if row["start_date"] > last_day(period) and row["assignment_id"] not in there}
    return found


def ends_before_it_starts(told: Told) -> set[str]:
    return {
        number for number, rows in told.numbers.items() if rows[-1][1]["end_date"] and rows[-1][1]["end_date"] < rows[-1][1]["start_date"]
    }


def rejected_and_still_there(told: Told) -> set[str]:
    """A row with an FTE that is no number, of somebody who is in the next extract."""
    return {
        row["assignment_id"]
        for period, following in pairwise(told.periods)
        for row in told.extracts.rows("hr_assignments", period)
        if row["is_rejected"] and row["assignment_id"] in told.in_extract(following)
    }


def gone_before_the_planned_end(told: Told) -> set[str]:
    return {
        number
        for missing, number, row in told.gone()
        if row["end_date"] and row["end_date"] > last_day(missing) and row["start_date"] <= last_day(missing)
    }


def away_from_one_extract(told: Told) -> set[str]:
    """Missing from an extract between two that have the number with the same start."""
    return {
        number
        for number, rows in told.numbers.items()
        for (period, row), (again, later) in pairwise(rows)
        if not told.extracts.is_history and told.after(period) != again and row["start_date"] == later["start_date"]
    }


def gone_but_in(source: str, still: Callable[[Row, date], bool]) -> Callable[[Told], set[str]]:
    """Gone without an end date from the extract of a month in which another source has the person."""

    def found(told: Told) -> set[str]:
        kept = set()
        for missing, number, row in told.gone():
            if not row["end_date"] and missing in told.extracts.periods(source):
                people = {row["person_id"] for row in told.extracts.rows(source, missing) if still(row, last_day(missing))}
                kept |= {number} if row["person_id"] in people else set()
        return kept

    return found


def _last_row(rows: list[tuple[str, Row]]) -> Row:
    return rows[-1][1]


def two_contracts(how: Callable[[Row, Row], bool]) -> Callable[[Told], set[str]]:
    """A permanent and a fixed-term assignment of one person at the same time, which both end."""

    def found(told: Told) -> set[str]:
        pairs = [(_last_row(rows), _last_row(two)) for held in told.people.values() for rows in held for two in held]
        return {
            first["person_id"]
            for first, two in pairs
            if (first["contract_type"], two["contract_type"]) == ("permanent", "fixed_term")
            and first["end_date"]
            and two["end_date"]
            and first["start_date"] <= two["end_date"]
            and two["start_date"] <= first["end_date"]
            and how(first, two)
        }

    return found


def becomes_early_help_worker(told: Told) -> set[str]:
    return {
        number
        for number, rows in told.numbers.items()
        for (_, row), (_, later) in pairwise(rows)
        if row["registered_social_worker"] and row["job_role"] in SOCIAL_WORK and later["job_role"] == "early_help_worker"
    }


def leaves_for(reason: str) -> Callable[[Told], set[str]]:
    """A social worker's only number, which ends with a reason."""

    def found(told: Told) -> set[str]:
        alone = [_last_row(held[0]) for held in told.people.values() if len(held) == 1]
        return {
            row["person_id"] for row in alone if row["registered_social_worker"] and row["end_date"] and row["leaving_reason"] == reason
        }

    return found


def changes_post(over_month_end: bool) -> Callable[[Told], set[str]]:
    """A number ends on a Friday and another of the person begins on the Monday after."""

    def found(told: Told) -> set[str]:
        changed = set()
        for person, held in told.people.items():
            ends = {row["end_date"] for row in map(_last_row, held) if row["end_date"] and row["end_date"].weekday() == 4}
            starts = {_last_row(rows)["start_date"] for rows in held}
            mondays = [(end, end + timedelta(days=3)) for end in ends if end + timedelta(days=3) in starts]
            changed |= {person for end, start in mondays if (end.month != start.month) is over_month_end}
        return changed

    return found


def returns_under_the_same_number(told: Told) -> set[str]:
    return {
        number
        for number, rows in told.numbers.items()
        for (_, row), (_, later) in pairwise(rows)
        if row["end_date"] and row["end_date"] < later["start_date"] and whole_week_between(row["end_date"], later["start_date"])
    }


def restarts(told: Told) -> set[str]:
    """A later start date under the same number, with a new job, no end before and no month missed."""
    return {
        number
        for number, rows in told.numbers.items()
        for (period, row), (next_period, later) in pairwise(rows)
        if later["start_date"] > row["start_date"]
        and not row["end_date"]
        and row["job_role"] != later["job_role"]
        and (told.extracts.is_history or told.after(period) == next_period)
    }


def is_on_a_break_without_hours(told: Told) -> set[str]:
    return {
        number for number, rows in told.numbers.items() if any(row["fte"] == 0 and row["long_absence"] == "career_break" for _, row in rows)
    }


def holds_a_post_without_fte(told: Told) -> set[str]:
    periods = told.periods
    return {
        row["assignment_id"]
        for period in periods
        for row in told.extracts.rows("hr_assignments", period)
        if row["fte"] is None and not row["is_rejected"] and row["post_id"] and row["registered_social_worker"]
    }


def holds_two_equal_posts(told: Told) -> set[str]:
    same = ("job_role", "fte", "start_date", "contract_type")
    return {
        person
        for person, held in told.people.items()
        if len(held) == 2 and all(_last_row(held[0])[column] == _last_row(held[1])[column] for column in same)
    }


def joins_from_early_help(told: Told) -> set[str]:
    """An early help worker's number ends on the day before a social worker's of the same person begins."""
    return {
        person
        for person, held in told.people.items()
        for row in map(_last_row, held)
        for two in map(_last_row, held)
        if row["job_role"] == "early_help_worker"
        and row["end_date"]
        and two["registered_social_worker"]
        and two["start_date"] == row["end_date"] + timedelta(days=1)
    }


def qualifies_in_post(told: Told) -> set[str]:
    return {
        number
        for number, rows in told.numbers.items()
        for (_, row), (_, later) in pairwise(rows)
        if not row["registered_social_worker"] and later["registered_social_worker"]
    }


def is_paid(_: Row, __: date) -> bool:
    return True


def is_absent(row: Row, day: date) -> bool:
    return bool(row["start_date"] <= day and (row["end_date"] is None or row["end_date"] > day))
