"""Pay of a month: basic pay and the employer's costs, retention payments, and deductions that the contract does not ask for."""

from __future__ import annotations

from datetime import date

from samples.layout import Row
from samples.truth import Assignment, Council, Person

SALARIES = {
    "director": 138_000,
    "service_manager": 68_000,
    "principal_social_worker": 62_000,
    "iro": 54_000,
    "cp_chair": 54_000,
    "team_manager": 56_000,
    "assistant_team_manager": 51_000,
    "advanced_practitioner": 48_000,
    "senior_social_worker": 44_500,
    "social_worker": 40_000,
    "asye_social_worker": 34_500,
}
OTHER_SALARY = 28_500
RETENTION = 166.67
NATIONAL_INSURANCE = 0.11
PENSION = 0.21
DEDUCTIONS = (("Deduction 01", -14.38), ("Deduction 02", -52.0))


def pay(council: Council, month_end: date) -> list[tuple[Person, Row]]:
    """Rows for everybody who was employed on any day of the month: element, amount in pounds, FTE on basic pay."""
    first = month_end.replace(day=1)
    paid: dict[Person, list[Assignment]] = {}
    for assignment in council.assignments:
        if assignment.start <= month_end and (assignment.end is None or assignment.end >= first):
            paid.setdefault(assignment.person, []).append(assignment)
    rows: list[tuple[Person, Row]] = []
    for person, assignments in paid.items():
        basic, fte = 0.0, 0
        for assignment in assignments:
            last = min(month_end, assignment.end or month_end)
            share = ((last - max(first, assignment.start)).days + 1) / month_end.day
            basic += SALARIES.get(assignment.role.at(last), OTHER_SALARY) / 12 * assignment.fte.at(last) / 100 * share
            fte += assignment.fte.at(last) if assignment.end is None or assignment.end >= month_end or len(assignments) == 1 else 0
        if not basic:
            continue  # a career break is not paid
        rows.append((person, {"element": "basic_pay", "paid_fte": fte / 100, "amount": round(basic, 2)}))
        if person.number % 7 == 0 and assignments[0].registered.at(month_end):
            rows.append((person, {"element": "retention_payment", "amount": RETENTION}))
        rows.append((person, {"element": "employer_ni", "amount": round(basic * NATIONAL_INSURANCE, 2)}))
        rows.append((person, {"element": "employer_pension", "amount": round(basic * PENSION, 2)}))
        for place, (element, amount) in enumerate(DEDUCTIONS):
            if person.number % 5 == place:
                rows.append((person, {"element": element, "amount": amount}))
    return rows
