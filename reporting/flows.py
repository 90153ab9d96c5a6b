"""Flows within a month, which have process limits: their names, what they count, and the indicators that they move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from foundation.page_notes import RebaseNote
from reporting import figure_wording
from reporting.published_history import TargetLine
from reporting.variation import Measure, Rebase, Variation, variation

NET_CHANGE = "net_change"


@dataclass(frozen=True)
class FlowKind:
    """A flow: what it counts, which side is better, and the indicators that it moves."""

    flow_id: str
    title: str
    counts: str
    better: str
    decimals: int
    moves: tuple[str, ...]


FLOWS = (
    FlowKind("leavers", "Leavers", "Registered social workers who left in the month, people", "lower", 0,
             ("turnover_rate", "turnover_rate_headcount", "team_tenure_36m", "team_retention_36m")),
    FlowKind("starters", "Starters", "Registered social workers who started in the month, people", "higher", 0, ()),
    FlowKind(NET_CHANGE, "Net change in post", "Registered social workers at the end of the month, less those at its start, people", "higher", 0,
             ("vacancy_rate", "agency_rate", "agency_rate_headcount", "caseload")),
    FlowKind("days_lost", "Days lost to sickness", "FTE days that registered social workers lost to sickness in the month", "lower", 1, ("absence_rate",)),
    FlowKind("training_completed", "Training completed", "Courses that were completed in the month", "higher", 0, ("training_compliance",)),
    FlowKind("sessions_with_partners", "Sessions with partners", "Days and courses on which somebody was trained together with partners", "higher", 0, ()),
)  # fmt: skip


@dataclass(frozen=True)
class Flow:
    """A flow of a council over all months, read by the rules."""

    kind: FlowKind
    months: tuple[Measure, ...]
    found: Variation
    target: TargetLine | None

    @property
    def latest(self) -> Measure:
        return self.months[-1]

    def written(self, value: object) -> str:
        return figure_wording.ABSENT if value is None else f"{figure_wording.rounded(float(str(value)), self.kind.decimals):,}"

    def at(self, month_end: date) -> Measure | None:
        return next((measure for measure in self.months if measure.month_end == month_end), None)

    @property
    def target_written(self) -> str:
        if self.target is None:
            return "none"
        plain = f"{figure_wording.rounded(self.target.value, 2):f}".rstrip("0").rstrip(".")
        return f"{figure_wording.COMPARISONS.get(self.target.comparison, '')} {plain} a month".strip()

    @property
    def usual_range(self) -> str:
        """The limits in words: "0 to 9, on average 4.2". Empty if there are none."""
        last = self.found.last
        if self.found.sign is None or last is None or last.mean is None or last.lower is None or last.upper is None:
            return ""
        return f"{self.limit(last.lower)} to {self.limit(last.upper)}, on average {self.limit(last.mean)}"

    def limit(self, value: Fraction) -> str:
        """A limit or an average, to one decimal."""
        return f"{figure_wording.rounded(self.shown(value), 1):,}"

    def shown(self, value: Fraction) -> float:
        """A limit as it is drawn: what is counted cannot fall below 0, but a net change can."""
        return float(value if self.kind.flow_id == NET_CHANGE else max(value, Fraction(0)))


def flows(
    organisation_id: str, amounts: Mapping[str, Sequence[Measure]], rebases: Iterable[RebaseNote], targets: Sequence[TargetLine]
) -> list[Flow]:
    """A council's flows that have at least one month, in the page's order. The target with the latest start counts."""
    written = [note for note in rebases if note.organisation_id == organisation_id]
    found = []
    for kind in FLOWS:
        months = tuple(amounts.get(kind.flow_id, ()))
        if not any(measure.value is not None for measure in months):
            continue
        goal = next((target for target in targets if target.indicator_id == kind.flow_id), None)
        starts = [Rebase(note.from_date, note.reason, note.by) for note in written if note.series == kind.flow_id]
        found.append(Flow(kind, months, variation(months, kind.better, starts, goal.value if goal else None), goal))
    return found


def behind(indicator_id: str, those: Iterable[Flow]) -> Flow | None:
    """The flow that moves an indicator. None if no flow does."""
    return next((flow for flow in those if indicator_id in flow.kind.moves), None)
