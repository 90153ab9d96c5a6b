"""What a board must know first of a council: what is worse than chance, what is late, what is missing, and one row per indicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foundation.page_notes import PageNotes, PlanNote
from reporting import figure_wording
from reporting.figures import Beside, Figure
from reporting.flows import Flow, behind
from reporting.published_history import CostOfAnFte, Counted, Described, SourceInForce, TargetLine

PERIODS = ((1, "month"), (3, "3 months"), (12, "year"))
WORSE, BETTER, STEADY, UNKNOWN = "worse", "better", "steady", "unknown"
# Only here is the numerator what a better figure would have less or more of, with the denominator unchanged.
IN_FTE = ("agency_rate", "vacancy_rate", "turnover_rate")
COST_OF = "agency_rate"
COUNTED_IN = {"per_cent": "points", "cases": "cases", "score": "points"}


@dataclass(frozen=True)
class Change:
    """How an indicator differs from an earlier month, in words, the same without its unit, and whether that is better or worse."""

    over: str
    words: str
    short: str
    kind: str


@dataclass(frozen=True)
class TargetState:
    """A target as it stands: in force, expired with its plan, or none. `months_late`: since the date by which it should have been reached."""

    is_in_force: bool
    words: str
    plan: PlanNote | None
    months_late: int
    missed_since: date | None
    gap: str
    costs: str


@dataclass(frozen=True)
class Row:
    """One indicator by one definition, as the summary has it."""

    figure: Figure
    described: Described
    changes: tuple[Change, ...]
    target: TargetState | None
    flow: Flow | None
    beside: Beside | None

    @property
    def is_late(self) -> bool:
        return self.target is not None and self.target.is_in_force and self.figure.status == "not_met"

    @property
    def over_the_year(self) -> Change:
        return self.changes[-1]

    @property
    def page(self) -> str:
        return f"{self.figure.indicator_id}.html"

    @property
    def standing(self) -> str:
        """What the row says: by its target if one is in force, otherwise by its change over a year."""
        if self.figure.value is None:
            return UNKNOWN
        if self.target is not None and self.target.is_in_force:
            return self.figure.status
        return self.over_the_year.kind


STANDINGS = (
    ("not_met", "Target not met"),
    ("met", "Target met"),
    (WORSE, "No target in force: worse than a year ago"),
    (STEADY, "No target in force: no better or worse than a year ago"),
    (BETTER, "No target in force: better than a year ago"),
    (UNKNOWN, "No figure, or none to compare with"),
)


def rows(
    figures: Sequence[Figure],
    history: Mapping[tuple[str, str], Sequence[Counted]],
    described: Mapping[tuple[str, str], Described],
    targets: Sequence[TargetLine],
    flows: Sequence[Flow],
    beside: Mapping[tuple[str, str], Beside],
    notes: PageNotes,
    cost: CostOfAnFte | None,
    organisation_id: str,
) -> list[Row]:
    """One row per figure, in the figures' order."""
    found = []
    for figure in figures:
        key = figure.indicator_id, figure.definition_id
        about = described.get(key, Described("none", ""))
        months = history.get(key, ())
        found.append(
            Row(
                figure,
                about,
                tuple(_change(figure, about.better, months, number, over) for number, over in PERIODS),
                _target_state(figure, months, targets, notes, cost, organisation_id),
                behind(figure.indicator_id, flows),
                beside.get(key),
            )
        )
    return found


def by_standing(found: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows under what they say, without headings that have none."""
    grouped = [(heading, [row for row in found if row.standing == standing]) for standing, heading in STANDINGS]
    return [(heading, those) for heading, those in grouped if those]


def owed(deliveries: Sequence[SourceInForce], lacking: Sequence[Figure]) -> list[tuple[SourceInForce, list[Figure]]]:
    """Each source that the month lacks and that a missing figure waits for, with those figures."""
    waiting = [(delivery, [figure for figure in lacking if figure.reason_source == delivery.source]) for delivery in deliveries]
    return [(delivery, those) for delivery, those in waiting if those]


def change_words(now: float | None, then: float | None, better: str, unit: str, decimals: int) -> tuple[str, str, str]:
    """A difference in words, the same without its unit, and its kind: "1.2 points worse". From unrounded figures, then rounded."""
    if now is None or then is None:
        return "not known", "not known", UNKNOWN
    size = figure_wording.rounded(now, 9) - figure_wording.rounded(then, 9)
    written = figure_wording.rounded(abs(size), decimals)
    if not written:
        return "no change", "no change", STEADY
    counted_in = COUNTED_IN.get(unit, unit.replace("_", " "))
    said = f"{written:,} {counted_in if written != 1 else counted_in.removesuffix('s')}"
    if better not in ("higher", "lower"):
        way = "up" if size > 0 else "down"
        return f"{way} {said}", f"{way} {written:,}", STEADY
    kind = BETTER if (size > 0) == (better == "higher") else WORSE
    return f"{said} {kind}", f"{written:,} {kind}", kind


def months_between(earlier: date, later: date) -> int:
    """Whole months from one month to another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _change(figure: Figure, better: str, months: Sequence[Counted], number: int, over: str) -> Change:
    then = next((counted.measured for counted in months if months_between(counted.month_end, figure.month_end) == number), None)
    now = None if figure.older_month else figure.value
    return Change(over, *change_words(now, then, better, figure.unit, figure.decimals))


def _target_state(
    figure: Figure,
    months: Sequence[Counted],
    targets: Sequence[TargetLine],
    notes: PageNotes,
    cost: CostOfAnFte | None,
    organisation_id: str,
) -> TargetState | None:
    line = next((t for t in targets if (t.indicator_id, t.definition_id) == (figure.indicator_id, figure.definition_id)), None)
    if line is None:
        return None
    plan = notes.plan_of(organisation_id, line.source)
    words = figure_wording.target(line.value, figure.unit, line.comparison, line.by_date)
    if plan is not None and plan.to_date is not None and plan.to_date < figure.month_end:
        return TargetState(False, words, plan, 0, None, "", "")
    late = max(0, months_between(line.by_date, figure.month_end)) if line.by_date and figure.status == "not_met" else 0
    since = None
    for counted in reversed(months):
        if counted.status != "not_met" or counted.month_end < line.from_date:
            break
        since = counted.month_end
    gap, costs = _gap(figure, line, cost)
    return TargetState(True, words, plan, late, since if figure.status == "not_met" else None, gap, costs)


def _gap(figure: Figure, line: TargetLine, cost: CostOfAnFte | None) -> tuple[str, str]:
    """How far a missed target is, in its own unit and in FTE, and what that costs in a year in pounds."""
    if figure.status != "not_met" or figure.value is None:
        return "", ""
    away = figure_wording.rounded(abs(figure.value - line.value), figure.decimals)
    words = f"{away:,} {COUNTED_IN.get(figure.unit, figure.unit)} away"
    if figure.indicator_id not in IN_FTE or not figure.denominator or figure.numerator is None:
        return words, ""
    fte = abs(figure.numerator - figure.denominator * Decimal(str(line.value)) / 100)
    words += f": {figure_wording.rounded(fte, 1):,} FTE"
    if figure.indicator_id != COST_OF or cost is None or cost.agency <= cost.permanent:
        return words, ""
    pounds = figure_wording.rounded(float(fte) * (cost.agency - cost.permanent) / 1000, 0) * 1000
    return words, f"{figure_wording.rounded(fte, 1):,} FTE of agency workers cost about £{pounds:,} a year more than permanent staff"
