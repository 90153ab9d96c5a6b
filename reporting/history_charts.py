"""Lines of figures as SVG, drawn without a browser: a small one for the summary, and one over all months with limits or a target."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reporting import figure_wording
from reporting.chart_colours import FONT, GREY, INK, LINE, TARGET

if TYPE_CHECKING:
    import altair

SMALL = (116, 34)
FULL = (760, 250)
ROOM = {"left": 56, "right": 74, "top": 14, "bottom": 26}
LIMITS, WORSE = "#6b5b00", "#9a3412"
_ATTRIBUTES_OF_A_FILE = re.compile(r' (?:xmlns(?::xlink)?|version|class)="[^"]*"')
# Vega gives the groups within a chart roles of their own. The chart is one image with one text, so they go.
_INNER_ROLES = re.compile(r' (?:role|aria-roledescription|aria-label|aria-hidden|pointer-events)="[^"]*"')


@dataclass(frozen=True)
class Dotted:
    """A month of a line: its value, its limits if it has any, and whether a rule names it."""

    month_end: date
    value: float | None
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    is_named: bool = False


def small(months: Sequence[Dotted], said: str) -> Markup:
    """A line without axes, 24 months wide. Its scale is from the lowest to the highest month."""
    import altair

    if all(month.value is None for month in months):
        return Markup("")
    rows = _rows(months, 0, "")
    known = [row["value"] for row in rows if row["value"] is not None]
    low, high = _ends(min(known), max(known))
    x = altair.X("n:Q").scale(domain=[0, max(1, len(rows) - 1)], nice=False).axis(None)
    y = altair.Y("value:Q").scale(domain=[low, high], nice=False, zero=False).axis(None)
    base = altair.Chart(altair.InlineData(values=rows))
    chart = altair.layer(
        base.mark_line(color=LINE, strokeWidth=1.8, invalid="break-paths-show-path-domains").encode(x, y),
        base.mark_circle(color=LINE, size=16, opacity=1).transform_filter("datum.alone || datum.last").encode(x, y),
    ).properties(width=SMALL[0], height=SMALL[1], background="transparent", padding=4)
    return _svg(chart, said, "spark")


def full(months: Sequence[Dotted], said: str, unit: str, decimals: int, target: float | None = None) -> Markup:
    """A line over all months. The axis starts where the figures need it to, and says so. Limits are dashed, and so is a target."""
    import altair

    if all(month.value is None for month in months):
        return Markup("")
    ending = "%" if unit == "per_cent" else ""
    rows = _rows(months, decimals, ending)
    amounts = [row[name] for row in rows for name in ("value", "lower", "upper") if row[name] is not None] + (
        [target] if target is not None else []
    )
    low, high = _ends(min(amounts), max(amounts))
    places = _ticks(len(rows))
    labels = {place: figure_wording.short_month(months[place].month_end) for place in places}
    expression = " : ".join([*(f"datum.value == {place} ? '{label}'" for place, label in labels.items()), "''"])
    x = altair.X("n:Q").scale(domain=[0, max(1, len(rows) - 1)], nice=False).title(None)
    x = x.axis(values=list(places), labelExpr=expression, grid=False, labelFlush=True)
    scale: dict[str, Any] = {"domain": [low, high], "nice": False, "zero": False}
    y = altair.Y("value:Q").scale(**scale).title(None)
    y = y.axis(tickCount=5, labelExpr=f"datum.label + '{ending}'", domain=False, ticks=False, gridColor="#dfe4e8")
    base = altair.Chart(altair.InlineData(values=rows))
    layers: list[Any] = []
    for name, dash in (("lower", [4, 3]), ("upper", [4, 3]), ("mean", [1, 0])):
        if any(row[name] is not None for row in rows):
            line = base.mark_line(color=LIMITS, strokeWidth=1.3, strokeDash=dash, invalid="break-paths-show-path-domains")
            layers.append(line.encode(x, altair.Y(f"{name}:Q").scale(**scale).title(None), detail="part:N"))
    if target is not None:
        goal = altair.Chart(altair.InlineData(values=[{"value": target, "n": len(rows) - 1, "written": "target"}]))
        layers.append(goal.mark_rule(color=TARGET, strokeDash=[7, 3], strokeWidth=1.5).encode(y))
        layers.append(_label(goal, x, y, TARGET))
    layers += [
        base.mark_line(color=LINE, strokeWidth=2.2, strokeJoin="round", invalid="break-paths-show-path-domains").encode(x, y),
        base.mark_circle(color=LINE, size=28, opacity=1).transform_filter("datum.alone || datum.last || datum.limited").encode(x, y),
        base.mark_point(color=WORSE, shape="diamond", filled=True, size=110, opacity=1).transform_filter("datum.named").encode(x, y),
        base.mark_text(align="left", dx=8, dy=_aside(rows, target, high - low), fontWeight="bold", fontSize=13, color=INK)
        .transform_filter("datum.last")
        .encode(x, y, text="written:N"),
    ]
    chart = altair.layer(*layers).properties(
        width=FULL[0] - ROOM["left"] - ROOM["right"], height=FULL[1] - ROOM["top"] - ROOM["bottom"], background="transparent", padding=ROOM
    )
    return _svg(chart.properties(autosize="none"), said, "chart")


def starts_at(months: Sequence[Dotted], target: float | None = None) -> float:
    """Where the axis of the full line starts."""
    amounts = [amount for month in months for amount in (month.value, month.lower, month.upper) if amount is not None]
    return _ends(min(amounts, default=0), max([*amounts, *([target] if target is not None else [])], default=0))[0]


def _label(goal: altair.Chart, x: altair.X, y: altair.Y, colour: str) -> altair.Chart:
    drawn: altair.Chart = goal.mark_text(color=colour, align="left", dx=8, fontSize=12).encode(x, y, text="written:N")
    return drawn


def _aside(rows: Sequence[dict[str, Any]], target: float | None, height: float) -> int:
    """How far the last value's label moves up or down, so that it does not lie on the target's."""
    last = next(row["value"] for row in rows if row["last"])
    if target is None or abs(last - target) > height * 0.08:
        return 0
    return -11 if last >= target else 11


def _ends(lowest: float, highest: float) -> tuple[float, float]:
    """The ends of an axis, with a little room. It starts at 0 if the lowest value is near 0 beside the spread."""
    room = (highest - lowest) * 0.12 or abs(highest) * 0.1 or 1
    low = lowest - room
    if 0 <= lowest <= (highest - lowest) * 0.75:
        low = 0
    step = 10 ** len(str(int(max(1, (highest - low) / 10)))) / 10
    return (low if low == 0 else (low // (step / 2)) * (step / 2)), highest + room


def _ticks(number: int) -> tuple[int, ...]:
    """The places of the months that are named on the axis: the last, and every sixth before it."""
    return tuple(sorted(range(number - 1, -1, -6 if number > 8 else -2)))


def _rows(months: Sequence[Dotted], decimals: int, ending: str) -> list[dict[str, Any]]:
    amounts = [month.value for month in months]
    last = max(n for n, amount in enumerate(amounts) if amount is not None)
    beside = [None, *amounts, None]
    part, found = 0, []
    for n, month in enumerate(months):
        if n and month.mean != months[n - 1].mean:
            part += 1
        found.append(
            {
                "n": n,
                "value": month.value,
                "mean": month.mean,
                "lower": month.lower,
                "upper": month.upper,
                "part": part,
                "named": month.is_named,
                "limited": month.mean is not None,
                "alone": month.value is not None and beside[n] is None and beside[n + 2] is None,
                "last": n == last,
                "written": f"{figure_wording.rounded(month.value, decimals):,}{ending}" if n == last and month.value is not None else "",
            }
        )
    return found


def _svg(chart: Any, said: str, kind: str) -> Markup:
    import vl_convert

    axis = {"labelColor": GREY, "labelFontSize": 12, "domainColor": "#8a949d", "tickColor": "#8a949d", "tickSize": 4}
    drawn = chart.configure(aria=False, font=FONT, axis=axis, view={"stroke": None}).to_dict(validate=False)
    text: str = vl_convert.vegalite_to_svg(drawn)
    opening, rest = text.split(">", 1)
    words = html.escape(said)
    opening = _ATTRIBUTES_OF_A_FILE.sub("", opening)
    inner = _INNER_ROLES.sub("", _ATTRIBUTES_OF_A_FILE.sub("", rest))
    return Markup(f'{opening} class="{kind}" role="img" aria-label="{words}"><title>{words}</title>{inner}')
