"""Rules E, F and I: stock, starters, leavers and turnover, in cells."""

from __future__ import annotations

from decimal import Decimal

from tests.lives.cells import ZERO, Cells, Unit, agreed_fte, fte, heads
from tests.lives.days import month_of
from tests.lives.jobs import TEAM_MANAGER_AND_BELOW, counts_for_dfe
from tests.lives.picture import Picture

YEAR, AVERAGED = 12, 13
SHOWN_FOR = ("in_post_heads", "establishment_fte")  # a unit that has one of these in a month has a turnover, or the reason why not


def count_stock(picture: Picture, found: Cells, month: int) -> None:
    """Rules E: who is in post at a month end, and agency workers."""
    works = picture.stock[month]
    for unit, those in picture.by_unit(works, month).items():
        at = ("org_unit_month", month, *unit)
        kept = [work for work in those if work.row["contract_type"] in ("permanent", "fixed_term")]
        graded = [work for work in kept if work.row["job_role"] in TEAM_MANAGER_AND_BELOW]
        permanent = [work for work in those if work.row["contract_type"] == "permanent"]
        found.add((*at, "in_post_heads"), heads(those))
        found.add((*at, "in_post_fte"), fte(those))
        found.add((*at, "in_post_graded_fte"), agreed_fte(graded))
        found.add((*at, "permanent_fte"), agreed_fte(permanent))
    staff = {work.row["swe_number"] for work in works if work.row["swe_number"]}
    for row in picture.in_place(month):
        if counts_for_dfe(row["job_role"]) and row["registered_social_worker"] and row["swe_number"] not in staff:
            for unit in picture.units(row["team_id"], month):
                found.add(
                    ("org_unit_month", month, *unit, "agency_fte"),
                    Decimal(str(row["weekly_hours"])) / Decimal(str(row["standard_hours"])),
                )


def count_events(picture: Picture, found: Cells, month: int) -> None:
    """Rules F: starters and leavers of a month."""
    for start in picture.starts:
        if month_of(start.day) == month and start.inflow != "structural_transfer_in":
            for unit, works in picture.by_unit(start.works, month).items():
                found.add(("org_unit_month", month, *unit, "starters"), 1)
                found.add(("org_unit_month", month, *unit, "starters_fte"), fte(works))
    for leaving in picture.leavings:
        if month_of(leaving.day) != month or not leaving.is_dfe:
            continue
        for unit, works in picture.by_unit(leaving.works, month).items():
            found.add(("org_unit_month", month, *unit, "leavers"), 1)
            found.add(("org_unit_month", month, *unit, "leavers_fte"), fte(works))
            if leaving.is_board:
                permanent = [work for work in works if work.row["contract_type"] == "permanent"]
                found.add(("org_unit_month", month, *unit, "board_leavers_fte"), agreed_fte(permanent))


def count_turnover(picture: Picture, found: Cells, month: int) -> None:
    """Rules I1 and I2: turnover of the twelve months, or that its history is too short."""
    units = {unit for team in {team for team, _ in picture.services} for unit in picture.units(team, month)}
    for unit in units:
        # If nothing of a unit can be counted in the month, no rule says whether it has a figure that says so.
        if not any(("org_unit_month", month, *unit, measure) in found.values for measure in SHOWN_FOR):
            found.unknowable |= {
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
            if month - YEAR + 1 < picture.leavers_from or month - months + 1 < picture.months[0]:
                found.values[(*at, f"{definition} reason")] = "history_too_short"
                continue
            stock = {"dfe": "in_post_fte", "heads": "in_post_heads"}.get(definition)
            below = _sum(found, unit, month, 1, stock) if stock else _sum(found, unit, month, AVERAGED, "permanent_fte") / AVERAGED
            if not below:
                found.values[(*at, f"{definition} reason")] = "z"
                continue
            found.values[(*at, f"{definition} numerator")] = _sum(found, unit, month, YEAR, leavers)
            found.values[(*at, f"{definition} denominator")] = below


def _sum(found: Cells, unit: Unit, month: int, months: int, measure: str) -> Decimal:
    values = [found.values.get(("org_unit_month", earlier, *unit, measure), ZERO) for earlier in range(month - months + 1, month + 1)]
    return sum((value for value in values if isinstance(value, Decimal)), ZERO)
