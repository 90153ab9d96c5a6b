"""The figures of the marts, counted from working lives, absences, posts and pay: cells by table and key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.recount.extracts import Row, last_day
from tests.recount.staff import ROLES, Held, Staff, main_of

Key = tuple[Any, ...]
Cell = defaultdict[str, Decimal]
Table = defaultdict[Key, Cell]
CAME = ("starter", "qualified_in_post", "joined_from_service")
LEVELS = dict(
    enumerate(
        ["senior_manager", "middle_manager", "first_line_manager", "senior_practitioner", "case_holder", "qualified_without_cases"], 1
    )
)
AGES = {25: "under 25", 35: "25 to 34", 45: "35 to 44", 55: "45 to 54", 65: "55 to 64", 999: "65 and over"}
GROUPS = {
    "frontline_social_worker": "is_frontline",
    "social_worker": "is_in_dfe",
    "trainee": "is_trainee",
    "iro": "is_iro",
    "early_help": "is_early_help",
    "education_send": "is_education_send",
}
_CODES = yaml.safe_load((Path(__file__).parents[2] / "contracts" / "codes.yaml").read_text(encoding="utf-8"))
STRANDS = {
    "age": list(AGES.values()),
    "sex": ["female", "male"],
    "ethnicity": ["asian", "black", "mixed", "other", "white"],
    "disability": ["disabled", "not disabled"],
    "working_time": ["full time", "part time"],
}
LONG = 28


def recounted(staff: Staff) -> dict[str, Table]:
    """Every counted table of a council by the name of its mart."""
    units = unit_months(staff)
    return {
        "org_unit_month": units,
        "movement_month": movements(staff),
        "indicator_value": indicators(staff, units),
        "absence_rate_month": sickness(staff),
        "workforce_profile": profile(staff),
        "payroll_cost_month": pay(staff),
        "staff_cost_month": staff_cost(staff),
    }


def _table() -> Table:
    return defaultdict(lambda: defaultdict(Decimal))


def _units(staff: Staff, month: str, held: Iterable[Held]) -> Iterator[tuple[Key, Held]]:
    """Each assignment under every unit that it counts in."""
    for assignment in held:
        for scope in staff.scopes(assignment.row["team_id"], month):
            yield (staff.extracts.organisation_id, last_day(month), *scope), assignment


def _groups(job_role: str) -> list[str]:
    return [group for group, flag in GROUPS.items() if ROLES[job_role][flag] == "true"]


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def in_place(row: Row, day: date) -> bool:
    """Whether a booking or an assignment, as one row reports it, goes on at the end of a day."""
    return row["start_date"] <= day and (row["end_date"] is None or row["end_date"] > day)


def _stock(staff: Staff, day: date) -> list[Held]:
    return [held for held in staff.in_post(day) if held.is_dfe]


def unit_months(staff: Staff) -> Table:
    """Stock, starters, leavers, vacancies and sickness of units."""
    cells = _table()
    graded = {row["job_role"] for row in staff.extracts.table("post_grades") if row["list"] == "team_manager_and_below"}
    heads: defaultdict[tuple[Key, str], set[str]] = defaultdict(set)
    for month in staff.months:
        for key, held in _units(staff, month, _stock(staff, last_day(month))):
            contract = held.row["contract_type"]
            cells[key]["in_post_fte"] += held.fte
            cells[key]["permanent_fte"] += held.agreed_fte if contract == "permanent" else 0
            if held.row["job_role"] in graded and contract in ("permanent", "fixed_term"):
                cells[key]["in_post_graded_fte"] += held.agreed_fte
            heads[key, "in_post_heads"].add(held.person)
    for event in staff.events:
        month = _month(event.day)
        if staff.months[0] <= month <= staff.months[-1] and event.kind in (*CAME, "leaver"):
            column = "leavers" if event.kind == "leaver" else "starters"
            for key, held in _units(staff, month, event.held):
                cells[key][f"{column}_fte"] += held.fte
                heads[key, column].add(f"{held.person} {event.day}")
                if event.is_board and held.row["contract_type"] == "permanent":
                    cells[key]["board_leavers_fte"] += held.agreed_fte
    for (key, column), people in heads.items():
        cells[key][column] += len(people)
    _add_posts(staff, cells)
    for key, cell in sickness(staff).items():
        cells[key]["fte_days_lost"] = cell["fte_days_lost"]
    return cells


def _add_posts(staff: Staff, cells: Table) -> None:
    """G1, G2, G4: budget, vacancies, and the part of them that no agency worker covers."""
    for month in staff.extracts.periods("establishment"):
        day = last_day(month)
        holders: defaultdict[str, list[Held]] = defaultdict(list)
        for held in staff.in_post(day):
            holders[held.row["post_id"]].append(held)
        cover: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in staff.extracts.rows("agency", month) if month in staff.extracts.periods("agency") else []:
            if row["cover_reason"] == "vacancy" and in_place(row, day):
                cover[row["post_id"]] += (row["weekly_hours"] or 0) / row["standard_hours"]
        for post in staff.extracts.rows("establishment", month):
            here = holders[post["post_id"]]
            is_kept = any(not held.fte and held.row["contract_type"] != "casual" for held in here)
            vacant = Decimal() if is_kept else max(Decimal(), post["budgeted_fte"] - sum(held.fte for held in here))
            if ROLES[post["job_role"]]["is_in_dfe"] == "true":
                for scope in staff.scopes(post["team_id"], month):
                    cell = cells[(staff.extracts.organisation_id, day, *scope)]
                    cell["establishment_fte"] += post["budgeted_fte"]
                    cell["vacancy_fte"] += vacant
                    if post["post_status"] != "frozen":
                        cell["unfilled_fte"] += vacant - min(vacant, cover[post["post_id"]])


def movements(staff: Staff) -> Table:
    """The month's opening and closing, and who came and went, by role group, from the first month for which both are known."""
    cells = _table()
    heads: defaultdict[Key, set[str]] = defaultdict(set)

    def add(month: str, movement: str, held: Iterable[Held]) -> None:
        for unit, assignment in _units(staff, month, held):
            for group in _groups(assignment.row["job_role"]):
                cells[(*unit, group, movement)]["fte"] += assignment.fte
                heads[(*unit, group, movement)].add(assignment.person)

    first = staff.months[0 if staff.knows_leavers_of_first_month else 1]
    for before, month in zip(staff.months, staff.months[1:], strict=False):
        add(month, "opening", _stock(staff, last_day(before)))
        add(month, "closing", _stock(staff, last_day(month)))
    for event in staff.events:
        if first <= _month(event.day) <= staff.months[-1] and event.kind != "change_of_role":
            add(_month(event.day), event.kind, event.held)
    for key, people in heads.items():
        cells[key]["headcount"] += len(people)
    return cells


def indicators(staff: Staff, units: Table) -> Table:
    """Numerators and denominators of turnover, sickness and vacancies."""
    cells = _table()
    ends = [last_day(month) for month in staff.months]
    first = 11 if staff.knows_leavers_of_first_month else 12
    sick, posts = ({last_day(month) for month in staff.extracts.periods(source)} for source in ("absence", "establishment"))
    for unit in {(key[0], *key[2:]) for key in units}:
        at = [units[unit[0], end, *unit[1:]] for end in ends]
        for place, end in enumerate(ends):
            year = at[max(0, place - 11) : place + 1]

            def put(name: str, definition: str, above: Decimal, below: Decimal, key: Key = (unit[0], end, *unit[1:])) -> None:
                cells[(*key, name, definition)].update(numerator=above, denominator=below)

            if place >= first:
                put("turnover_rate", "dfe", _total("leavers_fte", year), at[place]["in_post_fte"])
                put("turnover_rate_headcount", "dfe", _total("leavers", year), at[place]["in_post_heads"])
            if place >= 12:
                put("turnover_rate", "board", _total("board_leavers_fte", year), _total("permanent_fte", at[place - 12 : place + 1]) / 13)
            if place >= 11 and sick >= set(ends[place - 11 : place + 1]):
                put("absence_rate", "dfe", _total("fte_days_lost", year), _working_days(end) * at[place]["in_post_fte"])
            if end in posts:
                put("vacancy_rate", "dfe", at[place]["vacancy_fte"], at[place]["vacancy_fte"] + at[place]["in_post_fte"])
                put("vacancy_rate", "board", at[place]["unfilled_fte"], at[place]["establishment_fte"])
    return cells


def _total(column: str, of: list[Cell]) -> Decimal:
    return sum((cell[column] for cell in of), Decimal())


def _working_days(day: date) -> int:
    """Working days of the census year, which ends on 30 September."""
    return 254 if (day.year + (day.month > 9)) % 4 == 0 else 253


def _held_last(staff: Staff, number: str, month: str) -> list[Held]:
    """All assignments that somebody held last in a month (H1)."""
    day = last_day(month)
    held = [
        assignment
        for assignment in staff.held[staff.identity.get(number, number)]
        if assignment.begin <= day and assignment.last >= day.replace(day=1)
    ]
    latest = max((min(assignment.last, day) for assignment in held), default=day)
    return [assignment for assignment in held if min(assignment.last, day) == latest]


def sickness(staff: Staff) -> Table:
    """FTE days lost to sickness of people who held a registered post in the month; long term is 28 days or more, all of its days."""
    cells = _table()
    extracts = staff.extracts
    lasted: dict[str, int] = {}
    for month in sorted(extracts.periods("absence")):
        for row in extracts.rows("absence", month):
            lasted[row["absence_id"]] = ((row["end_date"] or last_day(month)) - row["start_date"]).days + 1
        for key, held in _units(staff, month, _stock(staff, last_day(month))):
            cells[key]["in_post_fte"] += held.fte
    for month in extracts.periods("absence"):
        for row in extracts.rows("absence", month):
            held = [assignment for assignment in _held_last(staff, row["person_id"], month) if assignment.is_dfe]
            if row["absence_type"] == "sickness" and held:
                term = "long_term" if lasted[row["absence_id"]] >= LONG else "short_term"
                for key, _ in _units(staff, month, [main_of(held)]):
                    cells[key]["fte_days_lost"] += row["fte_days_lost"]
                    cells[key][f"{term}_fte_days_lost"] += row["fte_days_lost"]
    return cells


def profile(staff: Staff) -> Table:
    """Who works here at the end of each quarter, by level: everybody except people seconded in."""
    cells = _table()
    for month in staff.months:
        day = last_day(month)
        here: defaultdict[str, list[Held]] = defaultdict(list)
        for held in staff.in_post(day) if day.month % 3 == 0 else []:
            if held.row["contract_type"] != "seconded_in":
                here[held.person].append(held)
        for person in here.values():
            held = main_of([assignment for assignment in person if assignment.is_dfe] or person)
            levels = [LEVELS[int(ROLES[held.row["job_role"]]["dfe_role"])], "social_worker"] if held.is_dfe else ["other_staff"]
            for strand, group in _strands(person, held, day).items():
                for level in (*levels, "all_staff"):
                    for name in STRANDS[strand]:
                        cell = cells[staff.extracts.organisation_id, day, level, strand, name]
                        cell["people"] += name == group
                        cell["people_known"] += group in STRANDS[strand]
                        cell["people_not_known"] += group not in STRANDS[strand]
    return cells


def _strands(person: list[Held], main: Held, day: date) -> dict[str, str | None]:
    """The groups that somebody is in."""
    row, born = main.row, main.row["date_of_birth"]
    years = born and day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    is_full = None if any(held.row["fte"] is None for held in person) else sum(held.fte for held in person) >= 1
    return {
        "age": None if years is None else next(name for below, name in AGES.items() if years < below),
        "sex": row.get("sex"),
        "ethnicity": _CODES["ethnicity"]["codes"].get(row.get("ethnicity"), {}).get("group"),
        "disability": _CODES["disability"]["codes"].get(row.get("disability"), {}).get("group"),
        "working_time": {None: None, True: "full time", False: "part time"}[is_full],
    }


def pay(staff: Staff) -> Table:
    """Pay by element."""
    cells = _table()
    for month in staff.extracts.periods("payroll"):
        for row in _of_people(staff, staff.extracts.rows("payroll", month), lambda row: (row["element"], row["person_id"])):
            cell = cells[staff.extracts.organisation_id, last_day(month), row[0]["element"]]
            cell["people_paid"] += 1
            cell["amount"] += sum(line["amount"] for line in row)
            cell["paid_fte"] += sum(line["paid_fte"] or 0 for line in row)
    return cells


def staff_cost(staff: Staff) -> Table:
    """People paid, their FTE and cost, beside people in post, each person once, by the main assignment.

    Somebody seconded in counts if paid.
    """
    cells = _table()

    def under(month: str, held: list[Held]) -> Iterator[Cell]:
        main = main_of(held) if held else None
        contract = main and ("permanent" if main.row["contract_type"] == "permanent" else "fixed_term_and_other")
        groups = (
            ["all"]
            if main is None
            else ["all", "social_worker" if ROLES[main.row["job_role"]]["is_in_dfe"] == "true" else "not_social_worker"]
        )
        for group in groups:
            yield cells[staff.extracts.organisation_id, last_day(month), group, contract or "not_in_hr"]

    for month in staff.extracts.periods("payroll"):
        paid = set()
        for rows in _of_people(staff, staff.extracts.rows("payroll", month), lambda row: row["person_id"]):
            paid.add(staff.identity.get(rows[0]["person_id"], rows[0]["person_id"]))
            for cell in under(month, _held_last(staff, rows[0]["person_id"], month)):
                cell["paid_people"] += 1
                cell["cost"] += sum(row["amount"] for row in rows)
                cell["paid_fte"] += sum(row["paid_fte"] or 0 for row in rows if row["element"] == "basic_pay")
        here: defaultdict[str, list[Held]] = defaultdict(list)
        for held in staff.in_post(last_day(month)):
            here[held.person].append(held)
        for number, person in here.items():
            if main_of(person).row["contract_type"] == "seconded_in" and number not in paid:
                continue
            for cell in under(month, person):
                cell["in_post_people"] += 1
                cell["in_post_fte"] += sum(held.fte for held in person)
    return cells


def _of_people(staff: Staff, rows: list[Row], by: Any) -> list[list[Row]]:
    """Rows of one person together, and also by another column if `by` names it."""
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[by(row | {"person_id": staff.identity.get(row["person_id"], row["person_id"])})].append(row)
    return list(found.values())
