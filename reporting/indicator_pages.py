"""One page per indicator and per flow of a council: all months, both definitions, services and teams, and where the figures come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import sqrt
from pathlib import Path
from typing import Any

import jinja2

from foundation.page_notes import PageNotes
from reporting import figure_wording, history_charts
from reporting.board_summary import Row, months_between
from reporting.figures import Council, Restated
from reporting.flows import Flow
from reporting.history_charts import Dotted
from reporting.published_history import Counted, OfUnit, SourceInForce, TargetLine
from reporting.variation_icons import assurance_icon, assurance_words, rule_words, sign_icon, sign_words

MONTHS_OF_A_SPARK = 24
# A service or team is marked if chance alone would hardly give it its figure, at the council's own rate.
STANDARD_ERRORS = 3


@dataclass(frozen=True)
class CouncilMonths:
    """What the pages of a council are made from."""

    council: Council
    rows: Sequence[Row]
    flows: Sequence[Flow]
    history: Mapping[tuple[str, str], Sequence[Counted]]
    by_unit: Mapping[tuple[str, str], Sequence[OfUnit]]
    targets: Sequence[TargetLine]
    restated: Sequence[Restated]
    deliveries: Sequence[SourceInForce]
    sources_of: Mapping[str, Sequence[str]]
    notes: PageNotes
    month: date


def write_indicator_pages(pages: jinja2.Environment, folder: Path, known: Mapping[str, object], those: CouncilMonths) -> list[Path]:
    """Write `<indicator>.html` for each indicator, with all its definitions, and `<flow>.html` for each flow. Returns the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for indicator_id, group in groupby(those.rows, key=lambda row: row.figure.indicator_id):
        text = pages.get_template("indicator.html.j2").render(**known, **_indicator(those, indicator_id, list(group)))
        written.append(_write(folder / f"{indicator_id}.html", text))
    for flow in those.flows:
        text = pages.get_template("flow.html.j2").render(**known, **_flow(those, flow))
        written.append(_write(folder / f"{flow.kind.flow_id}.html", text))
    return written


def sparks(those: CouncilMonths) -> dict[str, object]:
    """The small lines of the summary, by figure and by flow."""
    drawn: dict[str, object] = {}
    for row in those.rows:
        months = [Dotted(point.month_end, point.value) for point in row.figure.line]
        drawn[row.figure.key] = history_charts.small(months, _in_short(months, row.figure.unit, row.figure.decimals))
    for flow in those.flows:
        months = _flow_dots(flow)[-MONTHS_OF_A_SPARK:]
        drawn[flow.kind.flow_id] = history_charts.small(months, _in_short(months, "", flow.kind.decimals))
    return drawn


def is_hot(unit: OfUnit, whole: float | None, better: str, unit_of_value: str) -> bool:
    """Whether a unit's rate is worse than the council's by more than three standard errors of a share of its size."""
    if whole is None or unit.value is None or not unit.denominator or unit_of_value != "per_cent" or better not in ("higher", "lower"):
        return False
    share = whole / 100
    if not 0 < share < 1:
        return False
    away = (unit.value - whole) / 100 * (1 if better == "lower" else -1)
    return away > STANDARD_ERRORS * sqrt(share * (1 - share) / float(unit.denominator))


def _indicator(those: CouncilMonths, indicator_id: str, group: list[Row]) -> dict[str, Any]:
    keys = [(indicator_id, row.figure.definition_id) for row in group]
    months = sorted({counted.month_end for key in keys for counted in those.history.get(key, ())}, reverse=True)
    by_month = {key: {counted.month_end: counted for counted in those.history.get(key, ())} for key in keys}
    sources = those.sources_of.get(indicator_id, ())
    titles = {(row.figure.title, row.figure.definition_id) for row in group}
    return {
        "council": those.council,
        "group": group,
        "title": group[0].figure.title,
        "charts": [_chart(row, those.history.get(key, ())) for row, key in zip(group, keys, strict=True)],
        "months": months,
        "by_month": [by_month[key] for key in keys],
        "differences": _differences(group),
        "units": _units(those, group, keys),
        "goals": [target for target in those.targets if target.indicator_id == indicator_id],
        "restated": [figure for figure in those.restated if (figure.title, figure.definition_id) in titles],
        "deliveries": [delivery for delivery in those.deliveries if delivery.source in sources],
        "comments": those.notes.comments_on(those.council.organisation_id, indicator_id, those.month),
        "flow": group[0].flow,
    }


def _chart(row: Row, months: Sequence[Counted]) -> tuple[object, str]:
    """The line of a definition over all months, and the sentence that says what it shows."""
    figure = row.figure
    dots = [Dotted(counted.month_end, counted.measured) for counted in months]
    first = next((place for place, dot in enumerate(dots) if dot.value is not None), 0)
    dots = dots[first:]  # a definition may begin later than the council's first month
    goal = figure.target if row.target is not None and row.target.is_in_force else None
    if all(dot.value is None for dot in dots):
        return "", "There is no month with a figure."
    start = figure_wording.value(history_charts.starts_at(dots, goal), figure.unit, figure.decimals)
    said = f"{figure.title}, {figure_wording.continued(figure.definition)} definition: {_in_words(dots, figure.unit, figure.decimals)}"
    said += f" The dashed line is the target, {figure.target_written}." if goal is not None else ""
    return history_charts.full(dots, said, figure.unit, figure.decimals, goal), f"{said} The axis starts at {start}."


def _differences(group: Sequence[Row]) -> list[str]:
    """In what the definitions of an indicator differ."""
    parts = (
        ("numerator", {row.figure.numerator_words for row in group}),
        ("denominator", {row.figure.denominator_words for row in group}),
        ("population", {row.figure.population for row in group}),
        ("period", {row.figure.period for row in group}),
    )
    return [name for name, words in parts if len(words) > 1]


def _units(
    those: CouncilMonths, group: Sequence[Row], keys: Sequence[tuple[str, str]]
) -> list[tuple[str, str, list[tuple[OfUnit | None, bool]]]]:
    """Services, then teams, with the figure of each definition and whether it is a hot spot."""
    found: dict[tuple[str, str], dict[int, OfUnit]] = {}
    for place, key in enumerate(keys):
        for unit in those.by_unit.get(key, ()):
            found.setdefault((unit.scope, unit.name), {})[place] = unit
    listed = []
    for (scope, name), figures in sorted(found.items()):
        cells = []
        for place, row in enumerate(group):
            theirs = figures.get(place)
            whole = None if row.figure.older_month else row.figure.value
            cells.append((theirs, theirs is not None and is_hot(theirs, whole, row.described.better, row.figure.unit)))
        if any(theirs is not None and (theirs.value is not None or theirs.status_reason != "z") for theirs, _ in cells):
            listed.append((scope, name, cells))
    return listed


def _flow(those: CouncilMonths, flow: Flow) -> dict[str, Any]:
    dots = _flow_dots(flow)
    by_month = {dot.month_end: dot for dot in flow.found.dots}
    said = f"{flow.kind.title}: {_in_words(dots, '', flow.kind.decimals)}"
    if flow.usual_range:
        said += f" A usual month has {flow.usual_range}."
    start = flow.written(history_charts.starts_at(dots))
    return {
        "council": those.council,
        "flow": flow,
        "chart": history_charts.full(dots, said, "", flow.kind.decimals),
        "said": f"{said} The axis starts at {start}.",
        "months": list(reversed([(measure, by_month.get(measure.month_end)) for measure in flow.months])),
        "moved": [row for row in those.rows if row.flow is flow],
    }


def _flow_dots(flow: Flow) -> list[Dotted]:
    by_month = {dot.month_end: dot for dot in flow.found.dots}
    found = []
    for measure in flow.months:
        dot = by_month.get(measure.month_end)
        if dot is None:
            found.append(Dotted(measure.month_end, None))
        else:
            mean, lower, upper = (None if limit is None else flow.shown(limit) for limit in (dot.mean, dot.lower, dot.upper))
            found.append(Dotted(measure.month_end, float(dot.value), mean, lower, upper, dot.rule is not None))
    return found


def _in_words(months: Sequence[Dotted], unit: str, decimals: int) -> str:
    known = [(month.value, month.month_end) for month in months if month.value is not None]
    if not known:
        return "no month has a figure."

    def said(name: str, amount: float, day: date) -> str:
        return f"{name} {_written(amount, unit, decimals)} in {figure_wording.month(day)}"

    parts = [said("first", *known[0]), said("last", *known[-1]), said("lowest", *min(known)), said("highest", *max(known))]
    missing = months_between(months[0].month_end, months[-1].month_end) + 1 - len(known)
    gaps = f" {figure_wording.counted(missing, 'month has', 'months have')} no figure." if missing else ""
    return f"{figure_wording.listed(parts)}.{gaps}"


def _in_short(months: Sequence[Dotted], unit: str, decimals: int) -> str:
    known = [(month.value, month.month_end) for month in months if month.value is not None]
    if not known:
        return "no figure"
    (first, since), (last, until) = known[0], known[-1]
    return (
        f"from {_written(first, unit, decimals)} in {figure_wording.month(since)} to {_written(last, unit, decimals)} in {figure_wording.month(until)}, "
        f"lowest {_written(min(known)[0], unit, decimals)}, highest {_written(max(known)[0], unit, decimals)}"
    )


def _written(amount: float, unit: str, decimals: int) -> str:
    return figure_wording.value(amount, unit, decimals) if unit else f"{figure_wording.rounded(amount, decimals):,}"


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


WORDS = {
    "sign_words": sign_words,
    "rule_words": rule_words,
    "sign_icon": sign_icon,
    "assurance_words": assurance_words,
    "assurance_icon": assurance_icon,
}
