"""Months and days. A month is a whole number, year * 12 + month - 1."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
NEVER = date(9999, 12, 31)


def month_of(day: date) -> int:
    """The month that a day lies in."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, monthrange(month // 12, month % 12 + 1)[1])


def written(month: int) -> str:
    """A month as `YYYY-MM`."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month if it has no such day."""
    month = month_of(day) + months
    return min(first_day(month) + (day.day - 1) * DAY, last_day(month))


def whole_week_between(last: date, first: date) -> bool:
    """Whether a whole week, Sunday to Saturday, lies strictly between a last day and a first day."""
    sunday = last + DAY
    while sunday.weekday() != 6:
        sunday += DAY
    return sunday + 6 * DAY < first
