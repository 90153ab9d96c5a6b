"""Cases per worker: at each 30 September the holders' FTE and their cases add up exactly."""

from __future__ import annotations

from datetime import date
from itertools import product
from random import Random

from samples.agency import Planned
from samples.calibrate import Figures
from samples.hundredths import choose
from samples.months import ONE_DAY, census_end, census_start, end_of_month
from samples.population import Moves, Staff
from samples.truth import FRONTLINE, Assignment, Booking, Council, Person, Team

MOST_CASES = 60
FULL_TIME = 100
FEW_TOTALS = 3
SHARE_OF_TEAMS, MOST_WAITING = 0.3, 5
CHANGED_SHARE = 0.04  # share of a worker's cases that another worker held a month ago


def choose_case_holders(staff: Staff, moves: Moves, planned: list[Planned], figures: Figures) -> set[Person]:
    """Employees who hold cases at 30 September. Agency workers who do are marked in the plan.

    Chooses people whose FTEs add up exactly to one of the FTEs that give the published caseload. If there are none, two people change
    their hours (in post stays the same). Raises ValueError if that is impossible too.
    """
    if not figures.case_holders_fte:
        return set()
    last = census_end(figures.year)
    held: dict[Person, int] = {}
    roles: dict[Person, str] = {}
    for assignment in staff.stock:
        held[assignment.person] = held.get(assignment.person, 0) + assignment.fte.at(last)
        roles.setdefault(assignment.person, assignment.role.last)
    holders: list[Person | Planned] = [*held, *planned]
    values = [*held.values(), *(booking.fte for booking in planned)]
    preferred = _preferred(holders, roles, staff.random)
    for total in figures.case_holders_fte:
        places = choose(values, total, preferred)
        if places is not None:
            return _mark(holders, places)
    for part in range(1, FULL_TIME):
        for total in figures.case_holders_fte[:FEW_TOTALS]:
            for change in (part, -part):
                places = choose(values, total - change, preferred)
                if places is not None and _shift_hours(staff, moves, holders, values, places, change, figures.year):
                    return _mark(holders, places)
    raise ValueError(f"{figures.year}: no people have FTEs that add up to {figures.case_holders_fte[0]} hundredths of case holders")


def _preferred(holders: list[Person | Planned], roles: dict[Person, str], random: Random) -> list[int]:
    """Frontline staff and agency workers first, managers and reviewing officers last. No agency worker without hours."""

    def rank(place: int) -> float:
        holder = holders[place]
        if isinstance(holder, Planned):
            return random.random()
        return random.random() + (0 if roles[holder] in FRONTLINE else 1 if roles[holder] == "assistant_team_manager" else 2)

    able = [place for place, holder in enumerate(holders) if isinstance(holder, Person) or holder.fte > 0]
    ranks = {place: rank(place) for place in able}
    return sorted(able, key=lambda place: ranks[place])


def _mark(holders: list[Person | Planned], places: list[int]) -> set[Person]:
    for place in places:
        holder = holders[place]
        if isinstance(holder, Planned):
            holder.case_holder = True
    return {holder for place in places if isinstance(holder := holders[place], Person)}


def _shift_hours(
    staff: Staff, moves: Moves, holders: list[Person | Planned], values: list[int], chosen: list[int], change: int, year: int
) -> bool:
    """Move hours from somebody without cases to one of the chosen (or back, where `change` is negative); totals stay.

    Both are employees, or both agency workers booked for the same kind of reason. False if no two people can.
    """
    last = census_end(year)
    others = [place for place in range(len(holders)) if place not in set(chosen)]
    held: dict[Person, list[Assignment]] = {}
    for worker in staff.stock:
        held.setdefault(worker.person, []).append(worker)

    def kind(place: int) -> str | None:
        holder = holders[place]
        if isinstance(holder, Planned):
            return f"agency {holder.covers_vacancy}"
        found = held[holder]
        alone = found[0].post is None or len(found[0].post.last.holders) == 1
        free = len(found) == 1 and alone and end_of_month(found[0].start) < last
        return "employee" if free else None

    for gains, gives in product(chosen, others):
        if kind(gains) is None or kind(gains) != kind(gives):
            continue
        if not (0 < values[gains] + change <= FULL_TIME and 0 < values[gives] - change <= FULL_TIME):
            continue
        for place, value in ((gains, values[gains] + change), (gives, values[gives] - change)):
            holder = holders[place]
            if isinstance(holder, Planned):
                holder.fte = value
                continue
            assignment = held[holder][0]
            start = max(census_start(year), end_of_month(assignment.start) + ONE_DAY, assignment.fte.days[-1])
            staff.change_hours(moves, assignment, start + (last - start) * staff.random.uniform(0.1, 0.9), value)
        return True
    return False


def share_cases(cases: int, ftes: list[int], random: Random) -> list[int]:
    """Cases of each holder, in proportion to FTE with some spread, at least one each, adding up to `cases`."""
    weights = [max(fte, 5) * random.uniform(0.75, 1.25) for fte in ftes]
    total = sum(weights)
    spare = cases - len(ftes)
    shares = [1 + int(spare * weight / total) for weight in weights]
    for place in random.sample(range(len(shares)), len(shares)) * 2:
        if sum(shares) == cases:
            break
        shares[place] += 1
    return shares


def waiting(council: Council, month_end: date, seed: str) -> list[tuple[Team, int]]:
    """Cases that no worker holds, by the front-line team where they wait. The Department's figures do not count them."""
    random = Random(f"{seed}:waiting:{month_end}")
    teams = {post.team.at(month_end) for post in council.posts if post.stands(month_end) and post.role.at(month_end) in FRONTLINE}
    ordered = sorted(teams, key=lambda team: team.number.at(month_end))
    return [(team, random.randint(1, MOST_WAITING)) for team in ordered if random.random() < SHARE_OF_TEAMS]


def record_september(council: Council, holders: set[Person], planned: list[Planned], staff: Staff, figures: Figures) -> None:
    """Record the cases of 30 September, with some workers who hold none."""
    last = census_end(figures.year)
    if figures.cases is None or not figures.case_holders_fte:
        return
    people = {assignment.person: 0 for assignment in staff.stock}
    for assignment in staff.stock:
        people[assignment.person] += assignment.fte.at(last)
    ordered: list[tuple[Person | Booking, int]] = [(person, fte) for person, fte in people.items() if person in holders]
    ordered += [(booking.booking, booking.fte) for booking in planned if booking.case_holder and booking.booking]
    shares = share_cases(figures.cases, [fte for _, fte in ordered], staff.random)
    rows = [(holder, count) for (holder, _), count in zip(ordered, shares, strict=True)]
    without = [assignment.person for assignment in staff.stock if assignment.person not in holders and assignment.role.last in FRONTLINE]
    rows += [(person, 0) for person in without[:6]]
    council.cases[last] = rows


def record_other_months(council: Council, month_ends: list[date], random: Random) -> None:
    """Record cases of the months between. People who hold cases in both Septembers hold them all year, the others for a part of it."""
    septembers = sorted(council.cases)
    if not septembers:
        return
    assignments: dict[Person, list[Assignment]] = {}
    for assignment in council.assignments:
        if assignment.registered.last:
            assignments.setdefault(assignment.person, []).append(assignment)
    known = {day: dict(council.cases[day]) for day in septembers}
    changes_at = {holder: random.random() for rows in known.values() for holder in rows}
    for month_end in month_ends:
        if month_end in known:
            continue
        before = max((day for day in septembers if day < month_end), default=septembers[0])
        after = min((day for day in septembers if day > month_end), default=septembers[-1])
        passed = (month_end - before).days / max(1, (after - before).days)
        rows: list[tuple[Person | Booking, int]] = []
        for holder in known[before] | known[after]:
            first, second = known[before].get(holder), known[after].get(holder)
            if first is None or second is None:
                count = (second if passed >= changes_at[holder] else first) or 0
                if count == 0:
                    continue
            else:
                count = round(first + (second - first) * passed)
            there = holder.in_place(month_end) if isinstance(holder, Booking) else _registered(assignments.get(holder, []), month_end)
            if there:
                rows.append((holder, count))
        if not rows:
            rows += [(assignment.person, 0) for assignment in council.assignments if assignment.in_place(month_end)][:1]
        held = sum(count for _, count in rows)
        expected = sum(known[before].values()) * (1 - passed) + sum(known[after].values()) * passed
        factor = min(1.3, max(0.7, expected / max(1, held)))
        council.cases[month_end] = [(holder, min(MOST_CASES, round(count * factor * random.uniform(0.9, 1.1)))) for holder, count in rows]


def _registered(assignments: list[Assignment], day: date) -> bool:
    return any(assignment.in_place(day) and assignment.registered.at(day) for assignment in assignments)


def changed_worker(seed: str, cases: int) -> int:
    """How many of a worker's cases came from another worker in the month."""
    random = Random(seed)
    return sum(random.random() < CHANGED_SHARE for _ in range(cases))
