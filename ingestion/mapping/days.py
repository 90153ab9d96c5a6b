"""What date formats say and leave unsaid: `%m/%Y` is a month, `%Y` a year, `%y` a year of no hundred years."""

from __future__ import annotations

import re

HAS_DAY = re.compile(r"%[deFDxj]")
HAS_MONTH = re.compile(r"%[mbBhFDxj]")
HAS_YEAR = re.compile(r"%[YyFDx]")
TWO_DIGITS = re.compile(r"%[yDx]")
DIRECTIVE = re.compile(r"%[-_0^#]?[.:]*\d*.?")
# What a date format may be made of; the rest of a text stands as it is written.
OF_A_DAY = {"%d": "day", "%m": "month", "%b": "Sep", "%B": "September", "%Y": "2025", "%y": "25", "%j": "day of the year"}
OF_A_TIME = ("%H", "%I", "%M", "%S", "%p", "%T", "%R", "%f", "%.f")
LISTED = (*OF_A_DAY, "%e", "%h", "%F", "%D", "%x", "%a", "%A", "%%", *OF_A_TIME)


def has_day(form: str) -> bool:
    return HAS_DAY.search(form) is not None


def has_month(form: str) -> bool:
    return has_day(form) or HAS_MONTH.search(form) is not None


def has_year(form: str) -> bool:
    return HAS_YEAR.search(form) is not None


def unlisted(form: str) -> list[str]:
    """The directives of a format that no date is read by."""
    return [one for one in DIRECTIVE.findall(form) if one not in LISTED]


def has_two_digit_year(form: str) -> bool:
    return TWO_DIGITS.search(form) is not None


def completed(form: str, month: str = "01") -> tuple[str, str]:
    """The format with what it lacks to be a day, and the text to put behind a value: the first of the month, and `month` (MM)."""
    if has_day(form):
        return form, ""
    if has_month(form):
        return f"{form} %d", " 01"
    return f"{form} %m %d", f" {month} 01"
