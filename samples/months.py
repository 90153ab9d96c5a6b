"""Months, census years and working days."""

from __future__ import annotations

from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return (date(year + month // 12, month % 12 + 1, 1)) - ONE_DAY


def end_of_month(day: date) -> date:
    """The last day of the month in which a day lies."""
    return month_end(day.year, day.month)


def month_after(day: date) -> date:
    """The last day of the month after the one in which a day lies."""
    return end_of_month(end_of_month(day) + ONE_DAY)


def month_before(day: date) -> date:
    """The last day of the month before the one in which a day lies."""
    return day.replace(day=1) - ONE_DAY


def month_ends(first: date, last: date) -> list[date]:
    """All month ends from `first` to `last`, both month ends themselves."""
    found = []
    day = end_of_month(first)
    while day <= last:
        found.append(day)
        day = month_after(day)
    return found


def period(day: date) -> str:
    """`YYYY-MM`."""
    return f"{day:%Y-%m}"


def census_start(year: int) -> date:
    """The first day of a census year, 1 October."""
    return date(year - 1, 10, 1)


def census_end(year: int) -> date:
    """The census date, 30 September."""
    return date(year, 9, 30)


def census_year(day: date) -> int:
    """The census year in which a day lies: October belongs to the next one."""
    return day.year + (day.month >= 10)


def weekdays(first: date, last: date) -> int:
    """Mondays to Fridays from `first` to `last`, both included."""
    if last < first:
        return 0
    whole, rest = divmod((last - first).days + 1, 7)
    return whole * 5 + sum((first.weekday() + offset) % 7 < 5 for offset in range(rest))
