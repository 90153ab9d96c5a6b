"""Rules G: posts, in cells."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.lives.cells import ZERO, Cells, fte
from tests.lives.days import last_day
from tests.lives.jobs import counts_for_dfe
from tests.lives.picture import Picture
from tests.lives.work import Work


def count_posts(picture: Picture, found: Cells, month: int) -> None:
    """Rules G: establishment, vacancies, unfilled and kept FTE."""
    if month not in picture.posts or month not in picture.staff:
        return
    booked = {row["swe_number"] for row in picture.in_place(month) if row["swe_number"]}
    holders: dict[str, list[Work]] = defaultdict(list)
    for work in picture.council.in_post(last_day(month)):
        if not (work.row["contract_type"] == "casual" and work.row["swe_number"] in booked):
            holders[work.row["post_id"]].append(work)
    staff = {work.row["swe_number"] for work in picture.stock[month] if work.row["swe_number"]}
    cover: dict[str, Decimal] = defaultdict(Decimal)
    for row in picture.in_place(month):
        if row["cover_reason"] == "vacancy" and row["swe_number"] not in staff:
            cover[row["post_id"]] += Decimal(str(row["weekly_hours"])) / Decimal(str(row["standard_hours"]))
    for post in picture.posts[month]:
        if not counts_for_dfe(post["job_role"]):
            continue
        budget = Decimal(str(post["budgeted_fte"]))
        empty = max(budget - fte(holders[post["post_id"]]), ZERO)
        is_kept = any(not work.fte and work.row["contract_type"] != "casual" for work in holders[post["post_id"]])
        vacancy = ZERO if is_kept else empty
        covered = min(vacancy, cover[post["post_id"]])
        for unit in picture.units(post["team_id"], month):
            at = ("org_unit_month", month, *unit)
            found.add((*at, "establishment_fte"), budget)
            found.add((*at, "vacancy_fte"), vacancy)
            found.add((*at, "unfilled_fte"), vacancy - covered if post["post_status"] == "active" else ZERO)
            found.add(("establishment_position", month, *unit, "kept_fte"), empty - vacancy)
