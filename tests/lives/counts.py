"""Rules E to I: from working lives as they can be known to the cells of the tables, every unit and month, before anything is suppressed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tests.lives.days import DAY, last_day, month_of, months_after
from tests.lives.extracts import Delivery, Row
from tests.lives.jobs import JOBS, TEAM_MANAGER_AND_BELOW, counts_for_dfe
from tests.lives.spells import spells_of_history, spells_of_snapshots
from tests.lives.told import in_force, one_person, told
from tests.lives.work import Council, Leaving, Start, Work, leaving_of, runs, seniority, start_of

# What a cell is: table, month, scope, unit, measure.
Key = tuple[str, int, str, str, str]
Value = Decimal | str | None
ORGANISATION, SERVICE, TEAM = "organisation", "service", "team"
AGE_BANDS = ((25, "under 25"), (35, "25 to 34"), (45, "35 to 44"), (55, "45 to 54"), (65, "55 to 64"), (200, "65 and over"))
YEAR, AVERAGED = 12, 13
BEYOND = timedelta(days=400)
ZERO = Decimal(0)
UNNAMED = ""
SHOWN_FOR = ("in_post_heads", "establishment_fte")  # a unit that has one of them in a month has a turnover, or the reason why not


@dataclass
class Cells:
    """Values by cell. A cell that is not there is 0, or empty. `unknowable` cells are not compared."""

    values: dict[Key, Value] = field(default_factory=dict)
    unknowable: set[Key] = field(default_factory=set)

    def add(self, key: Key, amount: Decimal | int) -> None:
        before = self.values.get(key)
        self.values[key] = (before if isinstance(before, Decimal) else ZERO) + amount


def cells(deliveries: list[Delivery], organisation_id: str, delivers: str, team_changes: dict[str, str]) -> Cells:
    """All cells of a council that can be known from what was delivered. `team_changes` gives a team's new name by its old one."""
    return _Counting(deliveries, organisation_id, delivers, team_changes).count()


class _Counting:
    def __init__(self, deliveries: list[Delivery], organisation_id: str, delivers: str, team_changes: dict[str, str]) -> None:
        self.organisation_id, self.team_changes = organisation_id, team_changes
        self.staff = in_force(deliveries, "hr_assignments")
        self.posts = {month: one.rows for month, one in in_force(deliveries, "establishment").items()}
        self.bookings = {month: one.rows for month, one in in_force(deliveries, "agency").items()}
        self.is_history = delivers == "history"
        self.ages = self._told_ages()
        spells = spells_of_history(deliveries) if self.is_history else spells_of_snapshots(told(deliveries))
        self.council = Council(spells)
        self.months = range(min(self.staff), max(self.staff) + 1)
        first = self.staff[self.months[0]].rows
        lists_a_leaver = any(row["end_date"] is not None and row["end_date"] <= last_day(self.months[0]) for row in first)
        self.leavers_from = self.months[0] if self.is_history or lists_a_leaver else self.months[0] + 1
        self.services = self._services()
        self.found = Cells()
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

    def count(self) -> Cells:
        for month in self.months:
            self._count_stock(month)
            self._count_events(month)
            self._count_tenure(month)
            self._count_posts(month)
            self._count_ages(month)
            if month > self.months[0]:
                self._count_movements(month)
        for month in self.staff:
            self._count_turnover(month)
        return self.found

    # Units

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

    def units(self, team: str, month: int) -> Iterator[tuple[str, str]]:
        """The units that a team (as extracts name it) belongs to in a month."""
        team = self.team(team)
        yield ORGANISATION, self.organisation_id
        yield TEAM, team
        yield SERVICE, self.services[team, month]

    def by_unit(self, works: Iterable[Work], month: int) -> dict[tuple[str, str], list[Work]]:
        found: dict[tuple[str, str], list[Work]] = defaultdict(list)
        for work in works:
            for unit in self.units(work.row["team_id"], month):
                found[unit].append(work)
        return found

    # Stock and events

    def _in_post(self, month: int) -> list[Work]:
        """Staff in post at a month end by `dfe`, without casual workers whom an agency books."""
        booked = {row["swe_number"] for row in self._in_place(month) if row["swe_number"]}
        works = self.council.in_post(last_day(month))
        return [
            work for work in works if work.is_in_dfe and not (work.row["contract_type"] == "casual" and work.row["swe_number"] in booked)
        ]

    def _in_place(self, month: int) -> list[Row]:
        """Agency bookings at a month end."""
        end = last_day(month)
        return [
            row for row in self.bookings.get(month, []) if row["start_date"] <= end and (row["end_date"] is None or row["end_date"] > end)
        ]

    def _count_stock(self, month: int) -> None:
        works = self.stock[month]
        for unit, those in self.by_unit(works, month).items():
            at = ("org_unit_month", month, *unit)
            kept = [work for work in those if work.row["contract_type"] in ("permanent", "fixed_term")]
            graded = [work for work in kept if work.row["job_role"] in TEAM_MANAGER_AND_BELOW]
            permanent = [work for work in those if work.row["contract_type"] == "permanent"]
            self.found.add((*at, "in_post_heads"), heads(those))
            self.found.add((*at, "in_post_fte"), fte(those))
            self.found.add((*at, "in_post_graded_fte"), agreed_fte(graded))
            self.found.add((*at, "permanent_fte"), agreed_fte(permanent))
        staff = {work.row["swe_number"] for work in works if work.row["swe_number"]}
        for row in self._in_place(month):
            if counts_for_dfe(row["job_role"]) and row["registered_social_worker"] and row["swe_number"] not in staff:
                for unit in self.units(row["team_id"], month):
                    self.found.add(
                        ("org_unit_month", month, *unit, "agency_fte"),
                        Decimal(str(row["weekly_hours"])) / Decimal(str(row["standard_hours"])),
                    )

    def _count_events(self, month: int) -> None:
        for start in self.starts:
            if month_of(start.day) == month and start.inflow != "structural_transfer_in":
                for unit, works in self.by_unit(start.works, month).items():
                    self.found.add(("org_unit_month", month, *unit, "starters"), 1)
                    self.found.add(("org_unit_month", month, *unit, "starters_fte"), fte(works))
        for leaving in self.leavings:
            if month_of(leaving.day) != month or not leaving.is_dfe:
                continue
            for unit, works in self.by_unit(leaving.works, month).items():
                self.found.add(("org_unit_month", month, *unit, "leavers"), 1)
                self.found.add(("org_unit_month", month, *unit, "leavers_fte"), fte(works))
                if leaving.is_board:
                    permanent = [work for work in works if work.row["contract_type"] == "permanent"]
                    self.found.add(("org_unit_month", month, *unit, "board_leavers_fte"), agreed_fte(permanent))

    def _count_turnover(self, month: int) -> None:
        """Rules I1 and I2: turnover of the twelve months, or that its history is too short."""
        units = {unit for team in {team for team, _ in self.services} for unit in self.units(team, month)}
        seen = {key[2:4] for key in self.found.values if key[:2] == ("org_unit_month", month) and key[4] in SHOWN_FOR}
        for unit in units:
            # No rule says whether a unit of which nothing can be counted in the month has a figure that says so.
            if unit not in seen:
                self.found.unknowable |= {
                    ("turnover", month, *unit, f"{definition} {cell}")
                    for definition in ("dfe", "heads", "board")
                    for cell in ("reason", "numerator", "denominator")
                }
                continue
            for definition, leavers, months in (
                ("dfe", "leavers_fte", YEAR),
                ("heads", "leavers", YEAR),
                ("board", "board_leavers_fte", AVERAGED),
            ):
                at = ("turnover", month, *unit)
                if month - YEAR + 1 < self.leavers_from or month - months + 1 < self.months[0]:
                    self.found.values[(*at, f"{definition} reason")] = "history_too_short"
                    continue
                stock = {"dfe": "in_post_fte", "heads": "in_post_heads"}.get(definition)
                below = self._sum(unit, month, 1, stock) if stock else self._sum(unit, month, AVERAGED, "permanent_fte") / AVERAGED
                if not below:
                    self.found.values[(*at, f"{definition} reason")] = "z"
                    continue
                self.found.values[(*at, f"{definition} numerator")] = self._sum(unit, month, YEAR, leavers)
                self.found.values[(*at, f"{definition} denominator")] = below

    def _sum(self, unit: tuple[str, str], month: int, months: int, measure: str) -> Decimal:
        values = [self.found.values.get(("org_unit_month", one, *unit, measure), ZERO) for one in range(month - months + 1, month + 1)]
        return sum((value for value in values if isinstance(value, Decimal)), ZERO)

    # Movements

    def _count_movements(self, month: int) -> None:
        opening = self.by_person_and_unit(self.stock[month - 1], month - 1)
        closing = self.by_person_and_unit(self.stock[month], month)
        came: dict[tuple[str, tuple[str, str]], list[tuple[str, str, list[Work]]]] = defaultdict(list)
        for start in self.starts:
            if month_of(start.day) == month:
                for unit, works in self.by_unit(start.works, month).items():
                    came[start.person, unit].append((start.inflow, "in", works))
        for leaving in self.leavings:
            if month_of(leaving.day) == month:
                name = "leaver" if leaving.is_dfe else "structural_transfer_out"
                for unit, works in self.by_unit(leaving.works, month).items():
                    came[leaving.person, unit].append((f"{name} {leaving.reason}", "out", works))
        council = (ORGANISATION, self.organisation_id)
        # The council first: whether somebody came into the stock otherwise decides what it is called below.
        of_council: dict[str, int] = {}
        for person, unit in sorted(opening.keys() | closing.keys() | came.keys(), key=lambda one: (one[1] != council, one)):
            before, after = opening.get((person, unit), []), closing.get((person, unit), [])
            rest_heads, rest_fte = heads(after) - heads(before), fte(after) - fte(before)
            for name, way, works in came.get((person, unit), []):
                sign = 1 if way == "in" else -1
                rest_heads, rest_fte = rest_heads - sign, rest_fte - sign * fte(works)
                self._move(month, unit, name, sign, sign * fte(works))
            if unit == council:
                of_council[person] = rest_heads
            if rest_heads or rest_fte:
                edges = came.get((person, council), [])
                was = [*opening.get((person, council), []), *(work for _, way, works in edges if way == "in" for work in works)]
                is_now = [*closing.get((person, council), []), *(work for _, way, works in edges if way == "out" for work in works)]
                stays = (person, council) in opening and (person, council) in closing
                name = self._rest(unit, rest_heads, month, was, is_now, stays, of_council.get(person, 0))
                if name == UNNAMED:
                    self._leave_open(month, unit)
                else:
                    self._move(month, unit, name, rest_heads, rest_fte)

    def by_person_and_unit(self, works: list[Work], month: int) -> dict[tuple[str, tuple[str, str]], list[Work]]:
        found: dict[tuple[str, tuple[str, str]], list[Work]] = defaultdict(list)
        for unit, those in self.by_unit(works, month).items():
            for work in those:
                found[work.spell.person, unit].append(work)
        return found

    def _leave_open(self, month: int, unit: tuple[str, str]) -> None:
        """No rule says what a change is called if a team changes its service in the month in which the person's posts change, if another post than
        the main one moves, or if somebody comes and goes between two month ends."""
        named = (f"{name}_{way}" for name in ("reorganised", "transfer", "change_of_role") for way in ("in", "out"))
        for name in (*named, "second_post_taken", "second_post_given_up"):
            self.found.unknowable |= {("movement", month, *unit, f"{name} {measure}") for measure in ("heads", "fte")}

    def _move(self, month: int, unit: tuple[str, str], name: str, number: int, amount: Decimal) -> None:
        self.found.add(("movement", month, *unit, f"{name} heads"), number)
        self.found.add(("movement", month, *unit, f"{name} fte"), amount)

    def _rest(self, unit: tuple[str, str], rest: int, month: int, was: list[Work], is_now: list[Work], stays: bool, of_council: int) -> str:
        """What a change within a unit that is neither start nor end is called.

        `was`: the person's work in the council at the opening, or on starting; `is_now`: at the closing, or on leaving. `stays`: at both ends in
        post. `of_council`: what the change is in the whole council.
        """
        if rest == 0:
            return "fte_change"
        way = "in" if rest > 0 else "out"
        if unit[0] == ORGANISATION or of_council * rest > 0:
            return f"change_of_role_{way}"
        teams = [{self.team(work.row["team_id"]) for work in works} for works in (was, is_now)]
        if unit[0] == SERVICE and any(self._moved(self.team(work.row["team_id"]), unit[1], month) for work in (*was, *is_now)):
            return f"reorganised_{way}" if teams[0] == teams[1] else UNNAMED
        if stays and len({self.team(min(works, key=seniority).row["team_id"]) for works in (was, is_now)}) > 1:
            return f"transfer_{way}"
        if teams[0] - teams[1] and teams[1] - teams[0]:
            return UNNAMED  # a post moved that is not the main one, or of somebody who came or went in the month
        return "second_post_taken" if rest > 0 else "second_post_given_up"

    def _moved(self, team: str, service: str, month: int) -> bool:
        """Whether a team came into a service, or went out of it, in a month."""
        services = {self.services[team, month - 1], self.services[team, month]}
        return len(services) > 1 and service in services

    # Tenure

    def _count_tenure(self, month: int) -> None:
        """Rule T4: 36 months in the team of the main assignment, permanent and fixed-term staff."""
        for person, work in self.mains[month].items():
            since = self._in_team_since(person, self.team(work.row["team_id"]), month)
            has_36_months = months_after(since, 36) <= last_day(month) + DAY
            for unit in self.units(work.row["team_id"], month):
                self.found.add(("org_unit_month", month, *unit, "with_a_team"), 1)
                if has_36_months:
                    self.found.add(("org_unit_month", month, *unit, "with_36_months_in_team"), 1)

    def _mains(self, month: int) -> dict[str, Work]:
        """The main assignment of each permanent or fixed-term person in post."""
        of_person: dict[str, list[Work]] = defaultdict(list)
        for work in self.stock[month]:
            if work.row["contract_type"] in ("permanent", "fixed_term"):
                of_person[work.spell.person].append(work)
        return {person: min(works, key=seniority) for person, works in of_person.items()}

    def _in_team_since(self, person: str, team: str, month: int) -> date:
        """The earliest day in the team that is told over the unbroken stay in it."""
        since = date.max
        while month in self.stock:
            work = self.mains[month].get(person)
            if work is None or self.team(work.row["team_id"]) != team:
                break
            since = min(since, work.row["team_start_date"] or work.spell.held_since)
            month -= 1
        return since

    # Posts

    def _count_posts(self, month: int) -> None:
        if month not in self.posts or month not in self.staff:
            return
        booked = {row["swe_number"] for row in self._in_place(month) if row["swe_number"]}
        holders: dict[str, list[Work]] = defaultdict(list)
        for work in self.council.in_post(last_day(month)):
            if not (work.row["contract_type"] == "casual" and work.row["swe_number"] in booked):
                holders[work.row["post_id"]].append(work)
        staff = {work.row["swe_number"] for work in self.stock[month] if work.row["swe_number"]}
        cover: dict[str, Decimal] = defaultdict(Decimal)
        for row in self._in_place(month):
            if row["cover_reason"] == "vacancy" and row["swe_number"] not in staff:
                cover[row["post_id"]] += Decimal(str(row["weekly_hours"])) / Decimal(str(row["standard_hours"]))
        for post in self.posts[month]:
            if not counts_for_dfe(post["job_role"]):
                continue
            budget = Decimal(str(post["budgeted_fte"]))
            empty = max(budget - fte(holders[post["post_id"]]), ZERO)
            is_kept = any(not work.fte and work.row["contract_type"] != "casual" for work in holders[post["post_id"]])
            vacancy = ZERO if is_kept else empty
            covered = min(vacancy, cover[post["post_id"]])
            for unit in self.units(post["team_id"], month):
                at = ("org_unit_month", month, *unit)
                self.found.add((*at, "establishment_fte"), budget)
                self.found.add((*at, "vacancy_fte"), vacancy)
                self.found.add((*at, "unfilled_fte"), vacancy - covered if post["post_status"] == "active" else ZERO)
                self.found.add(("establishment_position", month, *unit, "kept_fte"), empty - vacancy)

    # Ages

    def _count_ages(self, month: int) -> None:
        """Rule I3: ages as they were, of everybody employed, at the end of a quarter of which the extract came."""
        if month not in self.staff or month % 3 != 2:
            return
        booked = {row["swe_number"] for row in self._in_place(month) if row["swe_number"]}
        of_person: dict[str, list[Work]] = defaultdict(list)
        for work in self.council.in_post(last_day(month)):
            if work.row["contract_type"] != "seconded_in":
                of_person[work.spell.person].append(work)
        for works in of_person.values():
            main = min(works, key=seniority)
            is_booked = main.row["contract_type"] == "casual" and main.row["swe_number"] in booked
            level = JOBS[main.row["job_role"]].level if main.is_in_dfe and not is_booked else "other_staff"
            self.found.add(("age", month, ORGANISATION, self.organisation_id, f"{level}: {self._age(main, month)}"), 1)

    def _age(self, main: Work, month: int) -> str:
        """The age as last told of the person: a snapshot tells it at its month end, a full history at every month end."""
        if self.is_history:
            return band(main.row["date_of_birth"], last_day(month))
        told_in = self.ages[main.spell.person]
        last = max((one for one in told_in if one <= month), default=min(told_in))
        return band(told_in[last], last_day(last))

    def _told_ages(self) -> dict[str, dict[int, date | None]]:
        """The date of birth that each month's extract gives of each person."""
        people = one_person(one.rows for one in self.staff.values())
        ages: dict[str, dict[int, date | None]] = defaultdict(dict)
        for month, extract in self.staff.items():
            for row in extract.rows:
                ages[people[row["person_id"]]][month] = row["date_of_birth"]
        return ages


def heads(works: Iterable[Work]) -> int:
    return len({work.spell.person for work in works})


def fte(works: Iterable[Work]) -> Decimal:
    return sum((work.fte for work in works if work.fte is not None), ZERO)


def agreed_fte(works: Iterable[Work]) -> Decimal:
    return sum((work.agreed_fte for work in works if work.agreed_fte is not None), ZERO)


def band(born: date | None, day: date) -> str:
    """The age band of somebody on a day."""
    if born is None:
        return "not known"
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return next(name for below, name in AGE_BANDS if age < below)
