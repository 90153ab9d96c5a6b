"""The latest indicators as plain text, for the end of a run in a terminal."""

from __future__ import annotations

import textwrap
from pathlib import Path

from reporting import figure_wording
from reporting.figures import Figure
from reporting.published_marts import Marts, publication_id

WIDTH = 100
COLUMNS = (("Indicator", 42), ("By", 5), ("Value", 10), ("Target", 12), ("Status", 13), ("As at", 8))


def latest_indicators(publication: Path) -> str:
    """Every council's indicators at the publication's month, at most 100 columns wide. Raises NothingPublished."""
    with Marts(publication) as marts:
        heading = f"Indicators of {figure_wording.month(marts.month())}, publication {publication_id(publication)}"
        tables = [_table(council.name, marts.figures(council.organisation_id)) for council in marts.councils()]
    return "\n\n".join([textwrap.shorten(heading, WIDTH, placeholder=".."), *tables])


def _table(council: str, figures: list[Figure]) -> str:
    written = [_cells(figure) for figure in figures]
    without = [figure for figure in figures if figure.reason_written]
    notes = [f"{figure.title} ({figure.definition}): {figure.reason_written}." for figure in without]
    lines = [textwrap.shorten(council, WIDTH, placeholder=".."), _line([name for name, _ in COLUMNS]), "-" * len(_line([]))]
    lines += [_line(cells) for cells in written]
    signs = figure_wording.legend(cells[2] for cells in written)
    notes += [f"In place of a figure: {'; '.join(signs)}."] if signs else []
    lines += [part for note in notes for part in textwrap.wrap(note, WIDTH, initial_indent="  ", subsequent_indent="    ")]
    return "\n".join(lines)


def _cells(figure: Figure) -> list[str]:
    as_at = figure_wording.short_month(figure.older_month or figure.month_end) if figure.value is not None else figure_wording.ABSENT
    target = figure_wording.ABSENT if figure.target is None else figure_wording.target(figure.target, figure.unit, figure.comparison, None)
    cells = [figure.title, figure.definition, figure.written, target, figure.status_written, as_at]
    return [cell.removesuffix(" out of 100") for cell in cells]


def _line(cells: list[str]) -> str:
    padded = cells + [""] * (len(COLUMNS) - len(cells))
    shown = [_fitted(cell, width, number=name == "Value") for cell, (name, width) in zip(padded, COLUMNS, strict=True)]
    return "  ".join(shown).rstrip() if cells else "  ".join(shown)


def _fitted(cell: str, width: int, *, number: bool) -> str:
    short = cell if len(cell) <= width else cell[: width - 2] + ".."
    return short.rjust(width) if number else short.ljust(width)
