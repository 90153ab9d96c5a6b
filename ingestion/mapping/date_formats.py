"""What date formats say and leave open: `%m/%Y` is a month, `%Y` a year, and `%y` a year without its century."""

from __future__ import annotations

import re

HAS_DAY = re.compile(r"%[deFDxj]")
HAS_MONTH = re.compile(r"%[mbBhFDxj]")
HAS_YEAR = re.compile(r"%[YyFDxG]")
ISO_WEEK, ISO_DAY = ("%G", "%V"), "%u"
HAS_TIME = re.compile(r"%[HIMSTR]")
# A zone after a time, or the letters for UTC.
ZONE = re.compile(r"\s*(?:%[:#]?z|(?<=[HMSTRfp])\s?(?:Z|UTC|GMT))$")
# A month in words. A day before or after it may be written 1st.
IN_WORDS = re.compile(r"%[bBh]")
WITH_ENDING = re.compile(r"%[de](?:st|nd|rd|th)")
TWO_DIGITS = re.compile(r"%[yDx]")
DIRECTIVE = re.compile(r"%[-_0^#]?[.:]*\d*.?")
# The directives of a date format. Everything else in it is text.
OF_A_DAY = {"%d": "day", "%m": "month", "%b": "Sep", "%B": "September", "%Y": "2025", "%y": "25", "%j": "day of the year"}
OF_A_WEEK = ("%G-W%V-%u",)
OF_A_TIME = ("%H", "%I", "%M", "%S", "%p", "%T", "%R", "%f", "%.f")
LISTED = (*OF_A_DAY, "%e", "%h", "%F", "%D", "%x", "%a", "%A", "%%", *OF_A_TIME, *ISO_WEEK, ISO_DAY, "%z", "%:z", "%#z")


def has_day(form: str) -> bool:
    return HAS_DAY.search(form) is not None or is_of_a_week(form)


def is_of_a_week(form: str) -> bool:
    """Whether the whole format is an ISO week date."""
    return all(directive in form for directive in (*ISO_WEEK, ISO_DAY))


def half_of_a_week(form: str) -> bool:
    """Whether a format has only some parts of an ISO week date, so that it gives no day."""
    return any(directive in form for directive in ISO_WEEK) and not is_of_a_week(form)


def zoned(form: str) -> str | None:
    """A format whose times have a zone, with the directive that reads any spelling of a zone. None for other formats."""
    found = ZONE.search(form)
    return f"{form[: found.start()]}%#z" if found else None


def has_time(form: str) -> bool:
    return HAS_TIME.search(form) is not None


def is_in_words(form: str) -> bool:
    """Whether the month is a word, so that a day may be written 1st."""
    return IN_WORDS.search(form) is not None and has_day(form)


def writes_an_ending(form: str) -> bool:
    """Whether a format writes out the ending of a day, such as that of 1st, which differs from day to day."""
    return WITH_ENDING.search(form) is not None


def has_month(form: str) -> bool:
    return has_day(form) or HAS_MONTH.search(form) is not None


def has_year(form: str) -> bool:
    return HAS_YEAR.search(form) is not None


def unlisted(form: str) -> list[str]:
    """The directives of a format that cannot read a date."""
    return [directive for directive in DIRECTIVE.findall(form) if directive not in LISTED]


def has_two_digit_year(form: str) -> bool:
    return TWO_DIGITS.search(form) is not None


def completed(form: str, month: str = "01") -> tuple[str, str]:
    """The format completed to a day, and the text to add to a value: the first of the month, and `month` (MM)."""
    if has_day(form):
        return form, ""
    if has_month(form):
        return f"{form} %d", " 01"
    return f"{form} %m %d", f" {month} 01"
