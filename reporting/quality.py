"""One page per council on the quality of its data: what is open today, the trend, by source and owner, and what the council accepts."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reporting import figure_wording
from reporting.chart_colours import FONT, GREY
from reporting.missing_figures import lacking
from reporting.published_marts import publication_id
from reporting.published_quality import MonthOfChecks, OpenProblem, QualityMarts
from reporting.scorecard import environment

WIDTH, HEIGHT = 720, 150
NO_FILE = "FILE-MISSING"  # the checks' name for a missing month
COLOURS = {"Held": "#a3261c", "To correct": "#8a6100"}
_FILE_ATTRIBUTES = re.compile(r' (?:xmlns(?::xlink)?|version|class|aria-hidden|aria-roledescription|pointer-events|role)="[^"]*"')


def write_quality_pages(publication: Path) -> list[Path]:
    """Write `inside/quality/<organisation_id>.html` for every council of a publication, and return the pages.

    Raises NothingPublished if there is no publication. The same publication gives the same pages, byte for byte.
    """
    template = environment().get_template("quality.html.j2")
    folder = publication / "inside" / "quality"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with QualityMarts(publication) as marts:
        for council in marts.councils():
            problems = marts.problems(council.organisation_id)
            failing = [problem for problem in problems if problem.outcome == "failed"]
            months = marts.months_of_checks(council.organisation_id)
            to_mend, expected = lacking(marts.figures(council.organisation_id), marts.month())
            page = template.render(
                publication=publication_id(publication),
                month=marts.month(),
                council=council,
                by_severity=[(heading, list(those)) for heading, those in groupby(_files_first(failing), key=_heading)],
                counts=Counter(problem.severity for problem in failing),
                files_held=len(
                    {
                        (problem.source, problem.month_end)
                        for problem in failing
                        if problem.severity == "block" and problem.rule_id != NO_FILE
                    }
                ),
                files_missing=sum(problem.rule_id == NO_FILE for problem in failing),
                owners=_by_owner(failing),
                lacking=to_mend,
                expected=expected,
                errored=[problem for problem in problems if problem.outcome == "errored"],
                accepted=[problem for problem in problems if problem.outcome == "accepted"],
                exceptions=marts.exceptions(council.organisation_id),
                limits=marts.changed_limits(council.organisation_id),
                trend=Markup(trend(months)),
                months=months,
            )
            path = folder / f"{council.organisation_id}.html"
            path.write_text(page, encoding="utf-8")
            written.append(path)
    return written


def _files_first(failing: Sequence[OpenProblem]) -> list[OpenProblem]:
    """The problems in order, with missing files first."""
    return sorted(failing, key=lambda problem: problem.rule_id != NO_FILE)


def _heading(problem: OpenProblem) -> str:
    return "Missing" if problem.rule_id == NO_FILE else figure_wording.severity(problem.severity)


def _by_owner(failing: Sequence[OpenProblem]) -> list[dict[str, Any]]:
    """How much of each kind an owner has open, by source."""
    counted = Counter((problem.owner or "not named", problem.source, problem.severity) for problem in failing)
    keys = sorted({(owner, source) for owner, source, _ in counted})
    return [
        {"owner": owner, "source": source, **{severity: counted[owner, source, severity] for severity in ("block", "hold", "warn", "note")}}
        for owner, source in keys
    ]


def trend(months: Sequence[MonthOfChecks]) -> str:
    """Rules that fail, by month of the extracts, as an SVG element with its text alternative. Empty if none fails."""
    import altair
    import vl_convert

    if not any(month.held or month.to_correct for month in months):
        return ""
    rows = [
        {"month": month.month_end.isoformat(), "rules": rules, "kind": kind, "place": place}
        for place, month in enumerate(months)
        for kind, rules in (("Held", month.held), ("To correct", month.to_correct))
    ]
    most = max(month.held + month.to_correct for month in months)
    step = max(1, -(-most // 4))
    marks = list(range(0, most + step, step))
    first, last = figure_wording.short_month(months[0].month_end), figure_wording.short_month(months[-1].month_end)
    ends = f"datum.value == 0 ? '{first}' : '{last}'"
    chart = (
        altair.Chart(altair.InlineData(values=rows))
        .mark_bar(width=WIDTH / len(months) * 0.7)
        .encode(
            altair.X("place:Q")
            .scale(domain=[-0.5, len(months) - 0.5], nice=False)
            .title(None)
            .axis(values=[0, len(months) - 1], labelExpr=ends, grid=False),
            altair.Y("rules:Q").scale(domain=[0, marks[-1]], nice=False).title(None).axis(values=marks, format="d", domain=False),
            altair.Color("kind:N").scale(domain=list(COLOURS), range=list(COLOURS.values())).legend(None),
        )
        .properties(width=WIDTH, height=HEIGHT, background="transparent")
        .configure(aria=False, font=FONT, axis={"labelColor": GREY, "labelFontSize": 12}, view={"stroke": None})
    )
    drawn: str = vl_convert.vegalite_to_svg(chart.to_dict(validate=False))
    opening, rest = drawn.split(">", 1)
    said = html.escape(in_words(months))
    return f'{_FILE_ATTRIBUTES.sub("", opening)} role="img" aria-label="{said}"><title>{said}</title>{_FILE_ATTRIBUTES.sub("", rest)}'


def in_words(months: Sequence[MonthOfChecks]) -> str:
    """The text alternative of the trend."""
    worst = max(months, key=lambda month: (month.held + month.to_correct, month.month_end))
    last = months[-1]
    clean = sum(not (month.held or month.to_correct) for month in months)
    return (
        f"Rules that fail, over {len(months)} months: {last.held + last.to_correct} in {figure_wording.month(last.month_end)}, "
        f"most in {figure_wording.month(worst.month_end)} with {worst.held + worst.to_correct}; {figure_wording.counted(clean, 'month has', 'months have')} none."
    )
