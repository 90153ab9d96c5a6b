"""From a council that differs to the few lives that make it differ, printed with what the extracts report about them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tests.lives.comparison import Difference
from tests.lives.days import written
from tests.lives.extracts import Row, say
from tests.lives.simulated_council import LIVES, draw
from tests.lives.simulation import differing

MOST_CELLS = 25
SHOWN = [
    "person_id",
    "assignment_id",
    "start_date",
    "end_date",
    "leaving_reason",
    "post_id",
    "team_id",
    "job_role",
    "registered_social_worker",
    "contract_type",
    "fte",
    "fte_from",
    "weeks_a_year",
    "hours_worked",
    "cost_share_percent",
    "team_start_date",
    "long_absence",
    "effective_from",
    "effective_to",
]


def shrink(seed: int, compiled: Path) -> tuple[list[int], list[Difference]]:
    """The fewest lives found with which a council still differs:

    single lives, then halves, then leaving one out. Only that council is built.
    """
    everybody = list(range(LIVES))
    lives, found = everybody, differing(seed, [everybody], compiled)[0]
    for choose in (_alone, _halves, _but_one):
        while len(lives) > 1:
            variants = choose(lives)
            differ = [(some, cells) for some, cells in zip(variants, differing(seed, variants, compiled), strict=True) if cells]
            if not differ:
                break
            lives, found = min(differ, key=lambda choice: (len(choice[0]), len(choice[1])))
    return lives, found


def _alone(lives: list[int]) -> list[list[int]]:
    return [[life] for life in lives]


def _halves(lives: list[int]) -> list[list[int]]:
    return [lives[: len(lives) // 2], lives[len(lives) // 2 :]]


def _but_one(lives: list[int]) -> list[list[int]]:
    return [[other for other in lives if other != life] for life in lives]


def explained(seed: int, lives: Collection[int], found: list[Difference]) -> str:
    """The lives, what the extracts report about them, and the cells that differ, as text."""
    council = draw(seed, lives)
    lines = [
        f"Seed {seed}: {council.kind}, months {written(council.months[0])} to {written(council.months[-1])}, sources {', '.join(council.sources)}"
    ]
    lines += [f"  in {written(month)}: {name}" for name, month in council.happens.items()]
    for life in council.lives:
        lines += [f"Life {life.name}: {', '.join(life.events)}", *(f"  {told}" for told in life.story)]
    lines.append("What the extracts say (a cell is left out if it is empty)")
    said_before: dict[tuple[str, str], str] = {}
    for delivery in say(council):
        if delivery.source not in ("hr_assignments", "agency", "payroll", "absence"):
            continue
        held = ", held" if delivery.is_held else ""
        for row, note in [
            *((row, "") for row in delivery.rows),
            *((row, f", rejected, {row['readable']} readable") for row in delivery.rejected),
        ]:
            text = _row(row, delivery.source)
            of = (delivery.source, str(row.get("assignment_id") or row.get("booking_id") or row.get("person_id")))
            same = said_before.get(of) == text and not note and not held
            said_before[of] = text
            lines.append(f"  {written(delivery.month)} {delivery.source}{held}{note}: {of[1] + ' as before' if same else text}")
    lines.append("Cells that differ")
    lines += [f"  {difference}" for difference in found[:MOST_CELLS]]
    if len(found) > MOST_CELLS:
        lines.append(f"  and {len(found) - MOST_CELLS} more")
    return "\n".join(lines)


def _row(row: Row, source: str) -> str:
    names = SHOWN if source == "hr_assignments" else list(row)
    return " ".join(f"{name}={row[name]}" for name in names if row.get(name) is not None)
