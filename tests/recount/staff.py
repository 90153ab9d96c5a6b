"""Who is in post, who started and who left, by sections E, F and H of the counting rules.

Limit: a casual worker whom an agency books too (E2) is not looked for, because no sample has the registration number that would
show it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path

from tests.recount.extracts import Extracts, Row, last_day
from tests.recount.spells import DAY, FOR_EVER, people, spells

_SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "job_role.csv"
ROLES = {row["job_role"]: row for row in csv.DictReader(_SEED.read_text(encoding="utf-8").splitlines())}


@dataclass(frozen=True)
class Held:
    """An assignment, with its values from a first to a last day. From `out` on it is not in post."""

    person: str
    begin: date
    last: date
    out: date
    start: date
    row: Row

    def is_a(self, flag: str) -> bool:
        """Whether the list of job roles says this about the job."""
        return ROLES[self.row["job_role"]][flag] == "true"

    @property
    def is_councils(self) -> bool:
        """Whether this council pays, not a partner or another council in full (E2, F3)."""
        return self.row["contract_type"] != "seconded_in" and self.row.get("cost_share_percent") != 0

    @property
    def in_service(self) -> bool:
        """A social work job of children's services that this council pays: registered work if the person is registered (E2, F)."""
        return self.is_a("is_social_work") and self.is_councils

    @property
    def is_registered_work(self) -> bool:
        return self.in_service and bool(self.row["registered_social_worker"])

    @property
    def is_dfe(self) -> bool:
        return self.is_registered_work and self.row["job_role"] != "director"

    @property
    def fte(self) -> Decimal:
        return self.row["fte"] or Decimal()

    @property
    def agreed_fte(self) -> Decimal:
        """By the agreed split of a joint post (E3)."""
        share = self.row.get("cost_share_percent")
        return self.fte if share is None else self.fte * share / 100

    def covers(self, day: date) -> bool:
        return self.begin <= day <= self.last

    def in_post(self, day: date) -> bool:
        return self.covers(day) and day < self.out


@dataclass(frozen=True)
class Event:
    """Somebody who starts or leaves: the day, how, and the assignments that begin or end with it."""

    day: date
    kind: str
    person: str
    held: tuple[Held, ...]
    is_board: bool = False


def main_of(held: Iterable[Held]) -> Held:
    """H1: of several assignments, the one from which single values are taken."""

    def order(assignment: Held) -> tuple[object, ...]:
        row, post = assignment.row, str(assignment.row["post_id"])
        first = (int(ROLES[row["job_role"]]["seniority"]), assignment.start, -assignment.fte)
        return *first, len(post), post, str(row["team_id"]), row["job_role"], row["contract_type"]

    return min(held, key=order)


class Staff:
    """The staff of one organisation."""

    def __init__(self, extracts: Extracts) -> None:
        self.extracts = extracts
        self.months = sorted(extracts.periods("hr_assignments"))
        self.identity = people(extracts)
        self.held: defaultdict[str, list[Held]] = defaultdict(list)
        for spell in spells(extracts):
            for begin, last, row in spell.stretches():
                out = spell.out if last == spell.last else last + DAY
                self.held[spell.person].append(Held(spell.person, begin, last, out, spell.start, row))

    @cache  # noqa: B019 - as many as there are month ends
    def in_post(self, day: date) -> list[Held]:
        """Assignments in post at the end of a day, registered or not."""
        return [held for person in self.held.values() for held in person if held.in_post(day)]

    @cached_property
    def events(self) -> list[Event]:
        """Everybody who came into registered work or left it, in the whole history."""
        return [event for person in self.held.values() for event in _events(person)]

    @property
    def knows_leavers_of_first_month(self) -> bool:
        """I1."""
        first = self.extracts.rows("hr_assignments", self.months[0])
        return self.extracts.is_history or any(row["end_date"] and row["end_date"] <= last_day(self.months[0]) for row in first)

    @cached_property
    def services(self) -> dict[str, dict[str, str]]:
        """The service of each team by month with posts."""
        months = sorted(self.extracts.periods("establishment"))
        posts = {month: self.extracts.rows("establishment", month) for month in months}
        return {month: {self.team(row["team_id"]): row["service_id"] for row in posts[month]} for month in months}

    @cached_property
    def _today(self) -> dict[str, str]:
        return {row["old_team_id"]: row["new_team_id"] for row in self.extracts.table("team_changes")}

    def team(self, team_id: str) -> str:
        """The team in today's structure."""
        while team_id in self._today:
            team_id = self._today[team_id]
        return team_id

    @cache  # noqa: B019 - as many as there are teams and months
    def scopes(self, team_id: str, month: str) -> list[tuple[str, str]]:
        """The council, the team in today's structure, and its service: that of the month, or of the nearest month for which it is known."""
        team = self.team(team_id)
        told = [found for found in self.services if team in self.services[found]]
        earlier = [found for found in told if found <= month]
        service = [("service", self.services[max(earlier) if earlier else min(told)][team])] if told else []
        return [("organisation", self.extracts.organisation_id), ("team", team), *service]


def _events(person: list[Held]) -> Iterator[Event]:
    for begin, last in _runs(_registered_work(person)):
        came = tuple(held for held in person if held.covers(begin) and held.is_registered_work)
        if main_of(came).is_dfe:
            yield Event(begin, _how_came(person, begin, came), came[0].person, came)
        went = tuple(held for held in person if held.covers(last) and held.is_registered_work)
        if last < FOR_EVER and went:
            after = [held for held in person if held.covers(last + DAY) and held.is_councils]
            main = main_of(went)
            reason = main.row["leaving_reason"] or max((held.row["leaving_reason"] or "" for held in went), default="")
            kind = _how_went(main, reason, after)
            is_board = kind == "leaver" and not after and reason != "moved_outside_children"
            yield Event(main.out, kind, main.person, went, is_board)


def _runs(days: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """Stretches that follow each other without a day between, joined into one."""
    found: list[tuple[date, date]] = []
    for begin, last in sorted(days):
        if found and begin <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((begin, last))
    return found


def _registered_work(person: list[Held]) -> list[tuple[date, date]]:
    """Days of registered work, including days off the register between two of them in one unbroken work."""
    found = [(held.begin, held.last) for held in person if held.is_registered_work]
    off = [held for held in person if held.in_service and not held.is_registered_work]
    for begin, last in _runs([(held.begin, held.last) for held in person]) if off else []:
        registered = [day for day, _ in found if begin <= day <= last]
        between = [held for held in off if any(day < held.begin for day in registered) and any(day > held.last for day in registered)]
        found += [(held.begin, held.last) for held in between if begin <= held.begin <= last]
    return found


def _how_came(person: list[Held], day: date, came: tuple[Held, ...]) -> str:
    """F1, F8."""
    before = [held for held in person if held.covers(day - DAY) and held.is_councils]
    if before:
        return "qualified_in_post" if any(held.is_a("is_trainee") or held.in_service for held in before) else "joined_from_service"
    return "structural_transfer_in" if main_of(came).row["start_origin"] == "structural_transfer" else "starter"


def _how_went(main: Held, reason: str, after: list[Held]) -> str:
    """F2, F3, F5, F6, F8."""
    if reason == "structural_transfer" and not after:
        return "structural_transfer_out"
    return "change_of_role" if main.row["job_role"] == "director" or any(held.in_service for held in after) else "leaver"
