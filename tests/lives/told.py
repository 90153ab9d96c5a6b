"""Rules A: which extracts are in force, who is one person, and what each extract reports about each assignment number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.lives.days import last_day
from tests.lives.extracts import Delivery, Row

FILLER_FROM = 3  # if one extract gives a registration number to so many people, the number is nobody's from then on


@dataclass(frozen=True)
class Told:
    """What extracts in force report.

    `staff` has the rows of each number by month (rule A2). Rejected rows have the values last accepted.
    """

    extracts: list[int]
    staff: dict[str, dict[int, Row]]
    people: dict[str, str]
    others: dict[str, dict[int, list[Row]]]

    def person(self, employee: str) -> str:
        """The person behind an employee number."""
        return self.people[employee]


def in_force(deliveries: Iterable[Delivery], source: str) -> dict[int, Delivery]:
    """Rule A1: for each month, the delivery received last that is not held."""
    chosen: dict[int, Delivery] = {}
    for delivery in deliveries:
        if (
            delivery.source == source
            and not delivery.is_held
            and (delivery.month not in chosen or chosen[delivery.month].order < delivery.order)
        ):
            chosen[delivery.month] = delivery
    return dict(sorted(chosen.items()))


def told(deliveries: list[Delivery]) -> Told:
    """The reports of staff snapshots, number by number. For full histories use `history_rows`."""
    staff = in_force(deliveries, "hr_assignments")
    of_number: dict[str, dict[int, Row]] = defaultdict(dict)
    accepted: dict[str, tuple[int, list[Row]]] = {}  # of each employee number, the rows of the last extract that has any
    for month, extract in staff.items():
        for row in extract.rows:
            of_number[row["assignment_id"]][month] = row
        for row in extract.rejected:
            for number in _meant(row, of_number, accepted, month):
                of_number[number][month] = of_number[number][max(of_number[number])]
        for row in extract.rows:
            last, rows = accepted.get(row["person_id"], (0, []))
            accepted[row["person_id"]] = (month, [*rows, row] if last == month else [row])
    others = {
        source: {month: delivery.rows for month, delivery in in_force(deliveries, source).items()}
        for source in ("establishment", "agency", "payroll", "absence")
    }
    people = one_person(delivery.rows for delivery in staff.values())
    return Told(list(staff), _under_the_old_numbers(dict(of_number), people), people, others)


def _under_the_old_numbers(of_number: dict[str, dict[int, Row]], people: dict[str, str]) -> dict[str, dict[int, Row]]:
    """Rule A4: the rows of each number, with those of the new numbers that continue it."""

    def groups(end: Callable[[Iterable[int]], int]) -> dict[object, dict[int, list[str]]]:
        """The numbers by the content of their first or last row, then by its month. Numbers of one month are in order."""
        found: dict[object, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        rows_of = {number: (end(rows), rows[end(rows)]) for number, rows in of_number.items()}
        for number, (month, row) in sorted(
            rows_of.items(), key=lambda of: (of[1][1]["fte"] or 0, of[1][1]["job_role"], of[1][1]["contract_type"])
        ):
            found[people[row["person_id"]], row["post_id"], row["start_date"]][month].append(number)
        return found

    first, last = groups(min), groups(max)
    earlier: dict[str, str] = {}
    for known, by_month in last.items():
        for month, olds in by_month.items():
            news = [(later, those) for later, those in first[known].items() if later > month and len(those) == len(olds)]
            if not news:
                continue
            coming, those = min(news)
            nearest = max(other for other, before in by_month.items() if other < coming and len(before) == len(those))
            if nearest == month:
                earlier |= dict(zip(those, olds, strict=True))
    together: dict[str, dict[int, Row]] = defaultdict(dict)
    for number, rows in of_number.items():
        oldest = number
        while oldest in earlier:
            oldest = earlier[oldest]
        together[oldest] |= {month: {**row, "assignment_id": oldest} for month, row in rows.items()}
    return dict(together)


def _meant(rejected: Row, of_number: dict[str, dict[int, Row]], accepted: dict[str, tuple[int, list[Row]]], month: int) -> list[str]:
    """Rule A2: the numbers that a rejected row reports."""
    if rejected["readable"] == "nothing":
        return []
    if rejected["readable"] == "number":
        number = rejected["assignment_id"]
        return [number] if number in of_number and month not in of_number[number] else []
    last, rows = accepted.get(rejected["person_id"], (0, []))
    there = [row["assignment_id"] for row in rows if row["end_date"] is None or row["end_date"] > last_day(last)]
    return [number for number in there if month not in of_number[number]]


def one_person(extracts: Iterable[list[Row]]) -> dict[str, str]:
    """Each employee number's person. Numbers with one registration number are one, unless an extract gives it to three or more."""
    employees: set[str] = set()
    holders: dict[str, set[str]] = defaultdict(set)
    fillers: set[str] = set()
    for rows in extracts:
        of_extract: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            employees.add(row["person_id"])
            if row["swe_number"]:
                of_extract[row["swe_number"]].add(row["person_id"])
        for swe, those in of_extract.items():
            holders[swe] |= those
            if len(those) >= FILLER_FROM:
                fillers.add(swe)
    person = {employee: employee for employee in employees}

    def root(employee: str) -> str:
        while person[employee] != employee:
            employee = person[employee]
        return employee

    for swe, those in holders.items():
        if swe not in fillers:
            first, *rest = sorted(those)
            for other in rest:
                person[root(other)] = root(first)
    return {employee: root(employee) for employee in employees}
