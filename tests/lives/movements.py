"""Rules J: the movements of a unit, in cells."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.lives.cells import ORGANISATION, SERVICE, TEAM, Cells, Unit, fte, heads
from tests.lives.days import month_of
from tests.lives.picture import Picture
from tests.lives.work import Work, seniority


def count_movements(picture: Picture, found: Cells, month: int) -> None:
    """How the people of each unit at the previous month end became those at this month end."""
    opening = picture.by_person_and_unit(picture.stock[month - 1], month - 1)
    closing = picture.by_person_and_unit(picture.stock[month], month)
    came: dict[tuple[str, Unit], list[tuple[str, str, list[Work]]]] = defaultdict(list)
    for start in picture.starts:
        if month_of(start.day) == month:
            for unit, works in picture.by_unit(start.works, month).items():
                came[start.person, unit].append((start.inflow, "in", works))
    for leaving in picture.leavings:
        if month_of(leaving.day) == month:
            name = "leaver" if leaving.is_dfe else "structural_transfer_out"
            for unit, works in picture.by_unit(leaving.works, month).items():
                came[leaving.person, unit].append((f"{name} {leaving.reason}", "out", works))
    rests: dict[tuple[str, Unit], tuple[int, Decimal]] = {}
    for person, unit in opening.keys() | closing.keys() | came.keys():
        before, after = opening.get((person, unit), []), closing.get((person, unit), [])
        rest_heads, rest_fte = heads(after) - heads(before), fte(after) - fte(before)
        for name, way, works in came.get((person, unit), []):
            sign = 1 if way == "in" else -1
            rest_heads, rest_fte = rest_heads - sign, rest_fte - sign * fte(works)
            _move(found, month, unit, name, sign, sign * fte(works))
        rests[person, unit] = rest_heads, rest_fte
    council = (ORGANISATION, picture.organisation_id)
    of_teams: dict[str, list[int]] = defaultdict(list)
    for (person, unit), (rest_heads, _) in rests.items():
        if unit[0] == TEAM:
            of_teams[person].append(rest_heads)
    for (person, unit), (rest_heads, rest_fte) in rests.items():
        if rest_heads or rest_fte:
            moves = _main_team(picture, opening.get((person, council), [])) != _main_team(picture, closing.get((person, council), []))
            stays = (person, council) in opening and (person, council) in closing
            name = _name_of_rest(unit, rest_heads, rests[person, council][0], of_teams[person], stays and moves)
            _move(found, month, unit, name, rest_heads, rest_fte)


def _move(found: Cells, month: int, unit: Unit, name: str, number: int, amount: Decimal) -> None:
    found.add(("movement", month, *unit, f"{name} heads"), number)
    found.add(("movement", month, *unit, f"{name} fte"), amount)


def _main_team(picture: Picture, works: list[Work]) -> str | None:
    return picture.team(min(works, key=seniority).row["team_id"]) if works else None


def _name_of_rest(unit: Unit, rest: int, of_council: int, of_teams: list[int], moves: bool) -> str:
    """Rule J3: the name of the rest of a person's change in a unit, after events.

    `of_council` and `of_teams`: the rest in heads, in the whole council and in each team. `moves`: whether the main assignment
    changed its team.
    """
    if rest == 0:
        return "fte_change"
    way = "in" if rest > 0 else "out"
    if of_council * rest > 0:
        return f"change_of_role_{way}"
    if unit[0] == SERVICE and not any(of_teams):
        return f"reorganised_{way}"
    if moves or (min(of_teams) < 0 < max(of_teams)):
        return f"transfer_{way}"
    return "second_post_taken" if rest > 0 else "second_post_given_up"
