"""Working days in England: Monday to Friday, without bank holidays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

# The board's figures of a month are published on this working day of the next month, at this hour in England.
PUBLICATION_DAY, PUBLICATION_HOUR = 8, 6
# Then it is late: a run of three councils takes minutes, and at 9:00 somebody can still correct what the board reads that day.
HOURS_UNTIL_LATE = 3
SATURDAY = 5


def working_day(year: int, month: int, number: int) -> date:
    """The working day of a month with a number, counted from 1. Raises ValueError if the month has fewer."""
    first = date(year, month, 1)
    days = [day for day in (first + timedelta(days=ahead) for ahead in range(31)) if day.month == month and is_working_day(day)]
    if not 1 <= number <= len(days):
        raise ValueError(f"{first:%B %Y} has {len(days)} working days, and none with the number {number}")
    return days[number - 1]


def is_working_day(day: date) -> bool:
    """Whether people in English councils work on a day. Of future years, only the holidays that are known by rule."""
    return day.weekday() < SATURDAY and day not in _bank_holidays(day.year)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
