"""One static page per council for its board, and a page that lists them. The pages have no scripts and load nothing from other servers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import jinja2
from markupsafe import Markup

from reporting import figure_wording, sparklines
from reporting.figures import Council, Figure
from reporting.published_marts import Marts, left_out, overrides, publication_id

TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True)
class InShort:
    """The figures of a page, sorted by what a board must know first."""

    met: list[Figure]
    not_met: list[Figure]
    without_target: list[Figure]
    without_figure: list[Figure]
    older: list[Figure]


def write_scorecards(publication: Path) -> list[Path]:
    """Write `inside/scorecard/<organisation_id>.html` for every council of a publication, and `index.html`.

    Returns the councils' pages, then the index. Raises NothingPublished where there is no publication.
    The same publication gives the same pages, byte for byte.
    """
    pages = environment()
    folder = publication / "inside" / "scorecard"
    written = []
    with Marts(publication) as marts:
        known = {"publication": publication_id(publication), "month": marts.month()}
        listing = []
        folder.mkdir(parents=True, exist_ok=True)
        for council in marts.councils():
            figures = marts.figures(council.organisation_id)
            page = pages.get_template("scorecard.html.j2").render(
                **known, overrides=overrides(publication, council.organisation_id), **_contents(marts, council, figures)
            )
            path = folder / f"{council.organisation_id}.html"
            path.write_text(page, encoding="utf-8")
            written.append(path)
            listing.append((council, _in_short(figures)))
    index = folder / "index.html"
    index.write_text(pages.get_template("index.html.j2").render(**known, listing=listing, left_out=left_out(publication)), encoding="utf-8")
    return [*written, index]


def _contents(marts: Marts, council: Council, figures: list[Figure]) -> dict[str, object]:
    staffed_month, positions = marts.establishment(council.organisation_id)
    by_indicator = [list(group) for _, group in groupby(figures, key=lambda figure: figure.indicator_id)]
    drawn = {figure.key: Markup(sparklines.line(figure, sparklines.axis_top(group))) for group in by_indicator for figure in group}
    return {
        "council": council,
        "figures": figures,
        "themes": [(name, list(group)) for name, group in groupby(figures, key=lambda figure: figure_wording.theme(figure.indicator_id))],
        "differing": [group for group in by_indicator if len(group) > 1],
        "in_short": _in_short(figures),
        "lines": drawn,
        "comparison": marts.comparison(council.organisation_id),
        "restated": marts.restated(council.organisation_id),
        "positions": positions,
        "positions_month": staffed_month,
        "whole_posts": all(position.establishment == position.establishment.to_integral_value() for position in positions),
        "sources": marts.sources(council.organisation_id),
    }


def _in_short(figures: list[Figure]) -> InShort:
    def having(*statuses: str) -> list[Figure]:
        return [figure for figure in figures if figure.status in statuses]

    return InShort(
        met=having("met"),
        not_met=having("not_met"),
        without_target=having("no_target"),
        without_figure=having("not_available", "suppressed"),
        older=[figure for figure in figures if figure.older_month],
    )


def environment() -> jinja2.Environment:
    """Templates with the words that all pages share."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        month=figure_wording.month,
        day=figure_wording.day,
        reason=figure_wording.reason,
        source=figure_wording.source,
        severity=figure_wording.severity,
        legend=figure_wording.legend,
        definition=figure_wording.definition,
        amount=figure_wording.count,
        listed=figure_wording.listed,
        capitalize_first=figure_wording.capitalised,
        lower_first=figure_wording.continued,
    )
    environment.globals.update(counted=figure_wording.counted)
    return environment
