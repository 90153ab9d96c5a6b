"""FTE in whole hundredths: lists with an exact total, and subsets with an exact sum."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

FULL_TIME = 100
PART_TIME = (80, 80, 80, 60, 60, 60, 50, 50, 90, 70, 40, 81, 54)
USUAL = (100, 90, 80, 70, 60, 50, 40)
LOWEST_USUAL = 40
A_STEP = 50
TAIL = 90


class NoExactSum(ValueError):
    """No list or subset has the required total."""


def split(total: int, heads: int, random: Random, most: int = FULL_TIME) -> list[int]:
    """FTEs of `heads` people, 1 to `most` each, that add up to `total`: mostly full time, the rest usual part-time FTEs.

    Raises NoExactSum if that many people cannot have that FTE.
    """
    if heads == 0 and total == 0:
        return []
    if not heads <= total <= heads * most:
        raise NoExactSum(f"{heads} people cannot have {total} hundredths of FTE")
    mean = total / heads
    part_time = (FULL_TIME - mean) / (FULL_TIME - 65)
    drawn = [random.choice(PART_TIME) if random.random() < part_time else FULL_TIME for _ in range(heads)]
    changed = adjust(drawn, total, random, most=most)
    for place, value in changed.items():
        drawn[place] = value
    return drawn


def adjust(
    values: Sequence[int], total: int, random: Random, order: Sequence[int] | None = None, most: int | Sequence[int] = FULL_TIME
) -> dict[int, int]:
    """The few changes that give `values` the sum `total`: place in the list to new value, each 1 to `most`.

    Places are tried in `order` (random without it), so the first places are more likely to change. Changes go to usual
    FTEs. At most one is unusual, unless nothing else is possible. Raises NoExactSum.
    """
    limits = [most] * len(values) if isinstance(most, int) else list(most)
    if not len(values) <= total <= sum(limits):
        if not values and total == 0:
            return {}
        raise NoExactSum(f"{len(values)} people cannot have {total} hundredths of FTE")
    now = list(values)
    places = list(order) if order is not None else random.sample(range(len(now)), len(now))
    missing = total - sum(now)
    for place in places:
        if missing == 0:
            break
        goal = _usual_step(now[place], missing, limits[place])
        missing -= goal - now[place]
        now[place] = goal
    for floor in (LOWEST_USUAL, 1):
        for place in places:
            if missing == 0:
                break
            goal = max(min(now[place], floor), min(limits[place], now[place] + missing))
            missing -= goal - now[place]
            now[place] = goal
    return {place: value for place, value in enumerate(now) if value != values[place]}


def _usual_step(value: int, missing: int, limit: int) -> int:
    """The largest usual FTE step that does not exceed what is missing."""
    missing = max(-A_STEP, min(A_STEP, missing))
    if missing > 0:
        return max((usual for usual in USUAL if value < usual <= min(limit, value + missing)), default=value)
    return min((usual for usual in USUAL if value > usual >= value + missing), default=value)


def choose(values: Sequence[int], total: int, preferred: Sequence[int]) -> list[int] | None:
    """Places whose values add up to exactly `total`, the preferred ones first. None if there are none.

    Takes the preferred places while they fit, then searches the last few hundredths among the next ones.
    """
    for slack in (300, 1500, total):
        taken: list[int] = []
        left = total
        rest: list[int] = []
        for place in preferred:
            if left - values[place] >= slack and not rest:
                taken.append(place)
                left -= values[place]
            else:
                rest.append(place)
        for tail in (rest[:TAIL], [*taken[-TAIL // 2 :], *rest[:TAIL]], rest[::-1][:TAIL]):
            base = [place for place in taken if place not in tail]
            found = _exact_subset([(place, values[place]) for place in tail], total - sum(values[place] for place in base))
            if found is not None:
                return base + found
        if slack >= total:
            break
    return None


def _exact_subset(candidates: list[tuple[int, int]], total: int) -> list[int] | None:
    """Every sum that the first n candidates reach is a bit; the way back gives the subset."""
    if total < 0:
        return None
    reached = [1]
    mask = (1 << (total + 1)) - 1
    for _, value in candidates:
        reached.append((reached[-1] | (reached[-1] << value)) & mask)
        if reached[-1] >> total & 1:
            break
    if not reached[-1] >> total & 1:
        return None
    found = []
    for step in range(len(reached) - 1, 0, -1):
        place, value = candidates[step - 1]
        if reached[step - 1] >> total & 1:
            continue
        found.append(place)
        total -= value
    return found
