"""Process limits of a monthly series, and what its latest month says, by the rules that the NHS publishes for XmR charts.

Only flows within a month get limits: starters, leavers, days lost. A stock at a month end, or a rate over 12 months, hardly differs from
the month before, so its moving ranges are too small and its limits flag what is nothing.

Source of the rules: NHS England, Making Data Count, as the package NHSRplotthedots counts them with `screen_outliers = FALSE`. One rule
differs on purpose: of two points out of three near a limit, a point beyond the limit counts as near. The package leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

LIMIT = Fraction("2.66")
NEAR = LIMIT * 2 / 3
RUN = 7
FEWEST_POINTS = 12


class Rule(StrEnum):
    """Why a point is unlike chance. The first of these that holds names the point."""

    OUTSIDE = "outside"
    TREND = "trend"
    NEAR_LIMIT = "near_limit"
    SHIFT = "shift"


class Sign(StrEnum):
    """What the latest point says: chance alone, better or worse than chance, or only unlike it."""

    USUAL = "usual"
    BETTER = "better"
    WORSE = "worse"
    UNUSUAL = "unusual"


class Assurance(StrEnum):
    """Whether the process as it is will meet its target in a month."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


@dataclass(frozen=True)
class Measure:
    """A series at a month end. None if the month has no figure."""

    month_end: date
    value: Decimal | int | float | None


@dataclass(frozen=True)
class Rebase:
    """From this day the limits start again. The reason is what changed in the process."""

    from_date: date
    reason: str
    by: str = ""


@dataclass(frozen=True)
class Dot:
    """A month with its value, the limits of its part of the series, and the rule that it breaks, upwards or downwards."""

    month_end: date
    value: Fraction
    mean: Fraction | None
    lower: Fraction | None
    upper: Fraction | None
    rule: Rule | None
    is_up: bool


@dataclass(frozen=True)
class Variation:
    """A series read by the rules. `dots` has the months with a figure. `sign` is None if the latest part has fewer than 12 points."""

    dots: tuple[Dot, ...]
    rebases: tuple[Rebase, ...]
    sign: Sign | None
    rule: Rule | None
    is_up: bool
    assurance: Assurance | None

    @property
    def last(self) -> Dot | None:
        return self.dots[-1] if self.dots else None


def variation(series: Sequence[Measure], better: str, rebases: Iterable[Rebase] = (), target: float | None = None) -> Variation:
    """Read a series whose months stand in order. `better`: higher, lower or none.

    A month without a figure has no moving range and ends a run. Values are compared exactly, so that equal months are equal.
    """
    first_day, last_day = (series[0].month_end, series[-1].month_end) if series else (date.max, date.min)
    used = tuple(sorted((rebase for rebase in rebases if first_day < rebase.from_date <= last_day), key=lambda rebase: rebase.from_date))
    starts = [date.min, *(rebase.from_date for rebase in used)]
    parts: list[list[Measure]] = [[] for _ in starts]
    for measure in series:
        parts[sum(start <= measure.month_end for start in starts) - 1].append(measure)
    dots = [dot for part in parts for dot in _dots(part)]
    last = dots[-1] if dots and parts[-1] and parts[-1][-1].value is not None else None
    if last is None or last.mean is None:
        return Variation(tuple(dots), used, None, None, False, None)
    sign = Sign.USUAL if last.rule is None else _sign(last.is_up, better)
    return Variation(tuple(dots), used, sign, last.rule, last.is_up, _assurance(last, better, target))


def _sign(is_up: bool, better: str) -> Sign:
    if better not in ("higher", "lower"):
        return Sign.UNUSUAL
    return Sign.BETTER if is_up == (better == "higher") else Sign.WORSE


def _assurance(last: Dot, better: str, target: float | None) -> Assurance | None:
    if target is None or better not in ("higher", "lower") or last.lower is None or last.upper is None:
        return None
    goal = Fraction(str(target))
    if last.lower <= goal <= last.upper:
        return Assurance.SOMETIMES
    return Assurance.ALWAYS if (goal < last.lower) == (better == "higher") else Assurance.NEVER


def _dots(part: Sequence[Measure]) -> list[Dot]:
    """A part of a series between two rebases. Without limits and rules if it has fewer than 12 points."""
    values = [None if measure.value is None else Fraction(str(measure.value)) for measure in part]
    known = [value for value in values if value is not None]
    if len(known) < FEWEST_POINTS:
        return [
            Dot(measure.month_end, value, None, None, None, None, False)
            for measure, value in zip(part, values, strict=True)
            if value is not None
        ]
    mean = sum(known, Fraction(0)) / len(known)
    ranges = [abs(later - earlier) for earlier, later in pairwise(values) if earlier is not None and later is not None]
    spread = sum(ranges, Fraction(0)) / len(ranges) if ranges else Fraction(0)
    lower, upper = mean - LIMIT * spread, mean + LIMIT * spread
    shifts, trends, nears = _shifts(values, mean), _trends(values), _nears(values, mean, NEAR * spread)
    found = []
    for place, (measure, value) in enumerate(zip(part, values, strict=True)):
        if value is None:
            continue
        rule, is_up = None, value > mean
        if value < lower or value > upper:
            rule = Rule.OUTSIDE
        elif trends[place]:
            rule, is_up = Rule.TREND, trends[place] > 0
        elif nears[place]:
            rule = Rule.NEAR_LIMIT
        elif shifts[place]:
            rule = Rule.SHIFT
        found.append(Dot(measure.month_end, value, mean, lower, upper, rule, is_up))
    return found


def _shifts(values: Sequence[Fraction | None], mean: Fraction) -> list[bool]:
    """Whether each point is one of seven in a row on one side of the mean. A point on the mean is on no side."""
    sides = [0 if value is None else (value > mean) - (value < mean) for value in values]
    return _in_a_run(sides, RUN)


def _trends(values: Sequence[Fraction | None]) -> list[int]:
    """1 or -1 for each point of seven in a row that rise or fall. Where a rise meets a fall, the point belongs to what comes after it."""
    steps = [0 if earlier is None or later is None else (later > earlier) - (later < earlier) for earlier, later in pairwise(values)]
    in_trend = _in_a_run(steps, RUN - 1)
    found = [0] * len(values)
    for place, (step, is_part) in enumerate(zip(steps, in_trend, strict=True)):
        if is_part:
            found[place], found[place + 1] = step, step
    return found


def _nears(values: Sequence[Fraction | None], mean: Fraction, near: Fraction) -> list[bool]:
    """Whether each point is near or beyond a limit, with another such point among three in a row on one side of the mean."""
    found = [False] * len(values)
    for start in range(len(values) - 2):
        distances = [value - mean for value in values[start : start + 3] if value is not None]
        if len(distances) < 3 or not (all(distance > 0 for distance in distances) or all(distance < 0 for distance in distances)):
            continue
        places = [start + offset for offset, distance in enumerate(distances) if abs(distance) > near]
        if len(places) >= 2:
            for place in places:
                found[place] = True
    return found


def _in_a_run(signs: Sequence[int], length: int) -> list[bool]:
    """Whether each sign is part of a run of this length or longer of the same sign. 0 is no sign."""
    found = [False] * len(signs)
    start = 0
    for place in range(1, len(signs) + 1):
        if place < len(signs) and signs[place] == signs[start]:
            continue
        if signs[start] and place - start >= length:
            found[start:place] = [True] * (place - start)
        start = place
    return found
