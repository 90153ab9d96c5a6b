"""An indicator's last 24 months as a small line, drawn to SVG without a browser and without a script."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from reporting import figure_wording
from reporting.figures import Figure

if TYPE_CHECKING:
    import altair

WIDTH, HEIGHT = 236, 74
ROOM = {"left": 38, "right": 50, "top": 8, "bottom": 22}
AXIS_TOPS = (1, 2, 4, 6, 10, 16, 20, 30, 40, 50, 60, 80, 100, 150, 200, 500, 1000)
INK, GREY, LINE, TARGET = "#1a1f24", "#4a545d", "#1f4e8c", "#9a3412"
FONT = "Arial, Helvetica, sans-serif"
# Attributes that an SVG file needs, but not an SVG within a page.
_FILE_ATTRIBUTES = re.compile(r' (?:xmlns(?::xlink)?|version|class)="[^"]*"')


def line(figure: Figure, top: float) -> str:
    """The line as an SVG element with its text alternative. `top` is the upper end of the axis, which starts at 0.

    A month without a figure is a gap. The last value is written beside its point, the target is a dashed line.
    """
    import vl_convert

    if all(point.value is None for point in figure.line):
        return ""
    drawn: str = vl_convert.vegalite_to_svg(_chart(figure, top))
    opening, rest = drawn.split(">", 1)
    said = html.escape(in_words(figure))
    return f'{_FILE_ATTRIBUTES.sub("", opening)} role="img" aria-label="{said}"><title>{said}</title>{_FILE_ATTRIBUTES.sub("", rest)}'


def axis_top(figures: list[Figure]) -> float:
    """One upper end of the axis for all definitions of an indicator, so that their lines can be compared."""
    amounts = [point.value for figure in figures for point in figure.line if point.value is not None]
    amounts += [figure.target for figure in figures if figure.target is not None]
    highest = max(amounts, default=0)
    return next((top for top in AXIS_TOPS if highest <= top), highest)


def in_words(figure: Figure) -> str:
    """The text alternative: first, last, lowest and highest value with their months, and the target."""
    known = [(point.value, point.month_end) for point in figure.line if point.value is not None]
    lowest, highest = min(known), max(known)
    parts = [
        f"{name} {figure_wording.value(amount, figure.unit, figure.decimals)} in {figure_wording.month(day)}"
        for name, (amount, day) in (("first", known[0]), ("last", known[-1]), ("lowest", lowest), ("highest", highest))
    ]
    missing = len(figure.line) - len(known)
    goal = f" Target {figure.target_written}." if figure.target is not None else ""
    gaps = f" {figure_wording.counted(missing, 'month has', 'months have')} no figure." if missing else ""
    whose = f"{figure.title}, {figure_wording.continued(figure.definition)} definition"
    return f"{whose}, over {len(figure.line)} months: {figure_wording.listed(parts)}.{goal}{gaps}"


def _chart(figure: Figure, top: float) -> dict[str, Any]:
    import altair

    rows, first, last = _rows(figure), figure.line[0].month_end, figure.line[-1].month_end
    places = [0, len(rows) - 1]
    ending = "%" if figure.unit == "per_cent" else ""
    x = altair.X("n:Q").scale(domain=places, nice=False).title(None)
    x = x.axis(
        values=places,
        labelFlush=True,
        labelExpr=f"datum.value == 0 ? '{figure_wording.short_month(first)}' : '{figure_wording.short_month(last)}'",
        grid=False,
    )
    y = altair.Y("value:Q").scale(domain=[0, top], nice=False).title(None)
    y = y.axis(values=[0, top / 2, top], labelExpr=f"datum.label + '{ending}'", domain=False, ticks=False, gridColor="#dfe4e8")
    base = altair.Chart(altair.InlineData(values=rows))
    layers: list[Any] = [
        base.mark_line(color=LINE, strokeWidth=2, strokeJoin="round", invalid="break-paths-show-path-domains").encode(x, y),
        base.mark_circle(color=LINE, size=22, opacity=1).transform_filter("datum.alone").encode(x, y),
        base.mark_circle(color=LINE, size=34, opacity=1).transform_filter("datum.last").encode(x, y),
        *(
            base.mark_text(align="left", dx=7, fontWeight="bold", fontSize=12, **paint)
            .transform_filter("datum.last")
            .encode(x, y, text="written:N")
            for paint in ({"color": "white", "stroke": "white", "strokeWidth": 4}, {"color": INK})
        ),
    ]
    if figure.target is not None:
        start = next(point.value for point in figure.line if point.value is not None)
        layers = [*_target_layers(figure.target, x, y, above=start <= figure.target), *layers]
    chart = altair.layer(*layers).properties(width=WIDTH, height=HEIGHT, background="transparent", padding=ROOM, autosize="none")
    axis = {"labelColor": GREY, "labelFontSize": 11, "domainColor": "#8a949d", "tickColor": "#8a949d", "tickSize": 4}
    drawn: dict[str, Any] = chart.configure(aria=False, font=FONT, axis=axis, view={"stroke": None}).to_dict(validate=False)
    return drawn


def _target_layers(target: float, x: altair.X, y: altair.Y, *, above: bool) -> list[Any]:
    """The dashed line and its label, `above` it or below: on the side where the indicator's line does not start."""
    import altair

    base = altair.Chart(altair.InlineData(values=[{"n": 0, "value": target, "written": "target"}]))
    rule = base.mark_rule(color=TARGET, strokeDash=[5, 3], strokeWidth=1.5).encode(y)
    label = base.mark_text(color=TARGET, align="left", baseline="middle", dx=3, dy=-8 if above else 8, fontSize=11)
    label = label.encode(x, y, text="written:N")
    return [rule, label]


def _rows(figure: Figure) -> list[dict[str, Any]]:
    """One row per month: its place, the value, whether it stands alone between gaps, and the label beside the last value."""
    amounts = [point.value for point in figure.line]
    last = max(n for n, amount in enumerate(amounts) if amount is not None)
    beside = [None, *amounts, None]
    ending = "%" if figure.unit == "per_cent" else ""
    return [
        {
            "n": n,
            "value": amount,
            "alone": amount is not None and beside[n] is None and beside[n + 2] is None,
            "last": n == last,
            "written": f"{figure_wording.rounded(amount, figure.decimals):,}{ending}" if n == last and amount is not None else "",
        }
        for n, amount in enumerate(amounts)
    ]
