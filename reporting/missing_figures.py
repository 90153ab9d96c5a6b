"""Which figures a month lacks: those that somebody can correct, and those that are missing as expected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from reporting.figures import Figure

# There are not yet enough months, the source is not due yet, or there is nothing to divide by. Nobody can correct these.
EXPECTED = ("history_too_short", "not_yet_due", "z")
ONCE_A_YEAR = ("survey", "survey_means")
MONTHS_OF_A_YEAR = 12


def lacking(figures: Iterable[Figure], month: date) -> tuple[list[Figure], list[Figure]]:
    """The figures of a council that the month lacks: those that somebody can correct, and those that are missing as expected.

    A figure from the latest survey is not missing until the next survey is due, a year later.
    """
    found = [figure for figure in figures if figure.is_lacking and not _is_of_the_last_survey(figure, month)]
    return [figure for figure in found if figure.status_reason not in EXPECTED], [
        figure for figure in found if figure.status_reason in EXPECTED
    ]


def _is_of_the_last_survey(figure: Figure, month: date) -> bool:
    if figure.reason_source not in ONCE_A_YEAR or figure.status_reason != "source_missing" or figure.older_month is None:
        return False
    return (month.year - figure.older_month.year) * 12 + month.month - figure.older_month.month < MONTHS_OF_A_YEAR
