"""What the written rules can say about a council: its work, its starters and leavers, and the units in which they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from tests.lives.cells import ORGANISATION, SERVICE, TEAM, Unit
from tests.lives.days import last_day
from tests.lives.extracts import Delivery, Row
from tests.lives.spells import spells_of_history, spells_of_snapshots
from tests.lives.told import in_force, one_person, told
from tests.lives.work import CouncilSpells, Leaving, Start, Work, leaving_of, runs, seniority, start_of

BEYOND = timedelta(days=400)


class Picture:
    """A council as its extracts report it. `team_changes` gives a team's new name by its old one."""

    def __init__(self, deliveries: list[Delivery], organisation_id: str, delivers: str, team_changes: dict[str, str]) -> None:
        self.organisation_id, self.team_changes = organisation_id, team_changes
        self.staff = in_force(deliveries, "hr_assignments")
        self.posts = {month: delivery.rows for month, delivery in in_force(deliveries, "establishment").items()}
        self.bookings = {month: delivery.rows for month, delivery in in_force(deliveries, "agency").items()}
        self.is_history = delivers == "history"
        spells = spells_of_history(deliveries) if self.is_history else spells_of_snapshots(told(deliveries))
        self.council = CouncilSpells(spells)
        self.months = range(min(self.staff), max(self.staff) + 1)
        first = self.staff[self.months[0]].rows
        lists_a_leaver = any(row["end_date"] is not None and row["end_date"] <= last_day(self.months[0]) for row in first)
        self.leavers_from = self.months[0] if self.is_history or lists_a_leaver else self.months[0] + 1
        self.services = self._services()
        horizon = last_day(self.months[-1]) + BEYOND
        self.starts: list[Start] = []
        self.leavings: list[Leaving] = []
        for person in self.council.of_person:
            for run in runs(self.council, person, horizon):
                start, leaving = start_of(self.council, run), leaving_of(self.council, run)
                self.starts += [start] if start else []
                self.leavings += [leaving] if leaving else []
        self.stock = {month: self._in_post(month) for month in self.months}
        self.mains = {month: self._mains(month) for month in self.months}
        self.ages = self._told_ages()

    def team(self, team: str) -> str:
        """A team under its present name."""
        while team in self.team_changes:
            team = self.team_changes[team]
        return team

    def _services(self) -> dict[tuple[str, int], str]:
        said: dict[tuple[str, int], str] = {}
        last: dict[str, str] = {}
        for month in range(min(self.posts), self.months[-1] + 1):
            last |= {self.team(row["team_id"]): row["service_id"] for row in self.posts.get(month, [])}
            said |= {(team, month): service for team, service in last.items()}
        return said

    def units(self, team: str, month: int) -> Iterator[Unit]:
        """The units that a team (as extracts name it) belongs to in a month."""
        team = self.team(team)
        yield ORGANISATION, self.organisation_id
        yield TEAM, team
        yield SERVICE, self.services[team, month]

    def by_unit(self, works: Iterable[Work], month: int) -> dict[Unit, list[Work]]:
        """Work by each unit that its team belongs to in a month."""
        found: dict[Unit, list[Work]] = defaultdict(list)
        for work in works:
            for unit in self.units(work.row["team_id"], month):
                found[unit].append(work)
        return found

    def by_person_and_unit(self, works: list[Work], month: int) -> dict[tuple[str, Unit], list[Work]]:
        """Work by person and unit."""
        found: dict[tuple[str, Unit], list[Work]] = defaultdict(list)
        for unit, those in self.by_unit(works, month).items():
            for work in those:
                found[work.spell.person, unit].append(work)
        return found

    def _in_post(self, month: int) -> list[Work]:
        """Staff in post at a month end by `dfe`, without casual workers whom an agency books."""
        booked = {row["swe_number"] for row in self.in_place(month) if row["swe_number"]}
        works = self.council.in_post(last_day(month))
        return [
            work for work in works if work.is_in_dfe and not (work.row["contract_type"] == "casual" and work.row["swe_number"] in booked)
        ]

    def in_place(self, month: int) -> list[Row]:
        """Agency bookings at a month end."""
        end = last_day(month)
        return [
            row for row in self.bookings.get(month, []) if row["start_date"] <= end and (row["end_date"] is None or row["end_date"] > end)
        ]

    def _mains(self, month: int) -> dict[str, Work]:
        """The main assignment of each permanent or fixed-term person in post."""
        of_person: dict[str, list[Work]] = defaultdict(list)
        for work in self.stock[month]:
            if work.row["contract_type"] in ("permanent", "fixed_term"):
                of_person[work.spell.person].append(work)
        return {person: min(works, key=seniority) for person, works in of_person.items()}

    def _told_ages(self) -> dict[str, dict[int, date | None]]:
        """The date of birth that each month's extract gives of each person."""
        people = one_person(delivery.rows for delivery in self.staff.values())
        ages: dict[str, dict[int, date | None]] = defaultdict(dict)
        for month, delivery in self.staff.items():
            for row in delivery.rows:
                ages[people[row["person_id"]]][month] = row["date_of_birth"]
        return ages
