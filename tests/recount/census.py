"""The numerators and denominators that the Department publishes for a council at a 30 September, from the same count."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

from tests.recount.counts import Table, in_place, unit_months
from tests.recount.staff import Staff


@cache
def _units(staff: Staff) -> Table:
    return unit_months(staff)


def components(staff: Staff, year: int) -> dict[str, Decimal | int]:
    """The numerators and denominators of a year, as far as the extracts allow."""
    extracts, day, period = staff.extracts, date(year, 9, 30), f"{year}-09"
    unit = ("organisation", extracts.organisation_id)
    cells = {key[1]: cell for key, cell in _units(staff).items() if key[2:] == unit}
    census_year = [cell for end, cell in cells.items() if date(year - 1, 10, 1) <= end <= day]
    found: dict[str, Decimal | int] = {
        "inpost_fte": cells[day]["in_post_fte"],
        "inpost_headcount": int(cells[day]["in_post_heads"]),
        "leavers_fte": sum((cell["leavers_fte"] for cell in census_year), Decimal()),
        "leavers_headcount": int(sum(cell["leavers"] for cell in census_year)),
        "starters_fte": sum((cell["starters_fte"] for cell in census_year), Decimal()),
        "starters_headcount": int(sum(cell["starters"] for cell in census_year)),
    }
    workers: dict[str, Decimal] = {}
    if period in extracts.periods("agency"):
        booked = [row for row in extracts.rows("agency", period) if row["registered_social_worker"] and in_place(row, day)]
        workers = {row["worker_id"]: (row["weekly_hours"] or 0) / row["standard_hours"] for row in booked}
        cover = [(row["weekly_hours"] or 0) / row["standard_hours"] for row in booked if row["cover_reason"] == "vacancy"]
        found |= {
            "agency_fte": sum(workers.values(), Decimal()),
            "agency_headcount": len(workers),
            "agency_cover_fte": sum(cover, Decimal()),
        }
    if period in extracts.periods("establishment"):
        found["vacancy_fte"] = cells[day]["vacancy_fte"]
    if period in extracts.periods("caseload"):
        holders = [row for row in extracts.rows("caseload", period) if row["cases"] > 0 and not row["unallocated_in_team"]]
        found["cases"] = int(sum(row["cases"] for row in holders))
        found["case_holders_fte"] = sum((_fte_of_holder(staff, row["person_id"], day) for row in holders if row["person_id"]), Decimal())
        found["case_holders_fte"] += sum(workers[row["agency_worker_id"]] for row in holders if not row["person_id"])
    if any(date(year - 1, 10, 1) <= date.fromisoformat(f"{month}-01") <= day for month in extracts.periods("absence")):
        found["working_days_lost_fte"] = sum((cell["fte_days_lost"] for cell in census_year), Decimal())
    return found


def _fte_of_holder(staff: Staff, number: str, day: date) -> Decimal:
    return sum((held.fte for held in staff.held[staff.identity[number]] if held.in_post(day) and held.is_dfe), Decimal())
