"""What date formats say and leave unsaid: `%m/%Y` is a month, `%Y` a year, `%y` a year of no hundred years."""

from __future__ import annotations

import re

HAS_DAY = re.compile(r"%[deFDxj]")
HAS_MONTH = re.compile(r"%[mbBhFDxj]")
TWO_DIGITS = re.compile(r"%[yDx]")


def has_day(form: str) -> bool:
    return HAS_DAY.search(form) is not None


def has_month(form: str) -> bool:
    return has_day(form) or HAS_MONTH.search(form) is not None


def has_two_digit_year(form: str) -> bool:
    return TWO_DIGITS.search(form) is not None


def completed(form: str, month: str = "01") -> tuple[str, str]:
    """The format with what it lacks to be a day, and the text to put behind a value: the first of the month, and `month` (MM)."""
    if has_day(form):
        return form, ""
    if has_month(form):
        return f"{form} %d", " 01"
    return f"{form} %m %d", f" {month} 01"
