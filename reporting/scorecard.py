"""One static page per council for its board, and a page that lists them. The pages have no scripts and load nothing from other servers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import jinja2
from markupsafe import Markup

from foundation.page_notes import PageNotes, kept_page_notes
from reporting import board_summary, figure_wording
from reporting.figures import Council, Figure
from reporting.flows import flows
from reporting.indicator_pages import WORDS, CouncilMonths, sparks, write_indicator_pages
from reporting.missing_figures import lacking
from reporting.published_history import HistoryMarts
from reporting.published_marts import left_out, made_on, overrides, publication_id

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
    """Write `inside/scorecard/<organisation_id>.html` for every council of a publication, a folder with a page for each of its
    indicators and flows, and `index.html`.

    Returns the councils' first pages, then the index. Raises NothingPublished where there is no publication.
    The same publication gives the same pages, byte for byte.
    """
    pages = environment()
    folder = publication / "inside" / "scorecard"
    written = []
    notes = kept_page_notes(publication / "inside")
    with HistoryMarts(publication) as marts:
        known = {"publication": publication_id(publication), "month": marts.month(), "made_on": made_on(publication)}
        listing = []
        folder.mkdir(parents=True, exist_ok=True)
        for council in marts.councils():
            figures = marts.figures(council.organisation_id)
            months = _months(marts, council, figures, notes)
            page = pages.get_template("scorecard.html.j2").render(
                **known, overrides=overrides(publication, council.organisation_id), **_contents(marts, months, figures)
            )
            write_indicator_pages(pages, folder / council.organisation_id, known, months)
            path = folder / f"{council.organisation_id}.html"
            path.write_text(page, encoding="utf-8")
            written.append(path)
            listing.append((council, _in_short(figures)))
    index = folder / "index.html"
    index.write_text(pages.get_template("index.html.j2").render(**known, listing=listing, left_out=left_out(publication)), encoding="utf-8")
    return [*written, index]


def _months(marts: HistoryMarts, council: Council, figures: list[Figure], notes: PageNotes) -> CouncilMonths:
    mine = council.organisation_id
    targets, history = marts.targets(mine), marts.history(mine)
    moving = flows(mine, marts.flows(mine), notes.rebases, targets)
    comparison = marts.comparison(mine)
    titled = {row.title: row for row in comparison.rows} if comparison else {}
    beside = {(figure.indicator_id, figure.definition_id): titled[figure.title] for figure in figures if figure.title in titled}
    cost = marts.cost_of_an_fte(mine)
    return CouncilMonths(
        council=council,
        rows=board_summary.rows(figures, history, marts.described(), targets, moving, beside, notes, cost, mine),
        flows=moving,
        history=history,
        by_unit=marts.by_unit(mine),
        targets=targets,
        restated=marts.restated(mine),
        deliveries=marts.deliveries(mine),
        sources_of=marts.sources_of(),
        notes=notes,
        month=marts.month(),
    )


def _contents(marts: HistoryMarts, months: CouncilMonths, figures: list[Figure]) -> dict[str, object]:
    mine = months.council.organisation_id
    staffed_month, positions = marts.establishment(mine)
    by_indicator = [list(group) for _, group in groupby(figures, key=lambda figure: figure.indicator_id)]
    to_correct, expected = lacking(figures, months.month)
    return {
        "council": months.council,
        "figures": figures,
        "differing": [group for group in by_indicator if len(group) > 1],
        "rows": months.rows,
        "standings": board_summary.by_standing(months.rows),
        "late": [row for row in months.rows if row.is_late],
        "flows": months.flows,
        "to_correct": to_correct,
        "expected": expected,
        "owed": board_summary.owed(months.deliveries, to_correct),
        "comments": months.notes.comments_on(mine, "", months.month),
        "sparks": sparks(months),
        "in_short": _in_short(figures),
        "comparison": marts.comparison(mine),
        "restated": months.restated,
        "positions": positions,
        "positions_month": staffed_month,
        "whole_posts": all(position.establishment == position.establishment.to_integral_value() for position in positions),
        "sources": marts.sources(mine),
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


def _css_text(title: str) -> Markup:
    """A title for the running foot of a printed page: within quotes of a style sheet, where `&amp;` would stay as it is."""
    plain = Markup(title).unescape()
    return Markup("".join(letter if letter.isalnum() or letter in " .,:;()-" else f"\\{ord(letter):x} " for letter in plain))


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
        css_text=_css_text,
        listed=figure_wording.listed,
        capitalize_first=figure_wording.capitalised,
        lower_first=figure_wording.continued,
    )
    environment.globals.update(
        counted=figure_wording.counted, written=figure_wording.value, months_between=board_summary.months_between, **WORDS
    )
    return environment
