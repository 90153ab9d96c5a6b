"""Simulated councils: every cell of the models is as the written rules give it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.lives.events import EVENTS
from tests.lives.faults import found_of_each
from tests.lives.shrinking import explained, shrink
from tests.lives.simulated_council import OF_ANY, OF_SNAPSHOTS
from tests.lives.simulation import Outcome, simulate

AT_ONCE = 100
THROUGH_FILES = 10
LEAST_LIVES = 100  # of two hundred councils, in which each event occurs
MOST_UNKNOWABLE = 0.05


def compare_drawn_councils(builds: int, compiled: Path) -> Outcome:
    """The result of so many builds of a hundred councils each, whose seeds hypothesis draws. Ten councils of the first go through files.

    A council that differs fails the test, reduced to the few lives that make it differ. hypothesis itself would have to build all
    councils again.
    """
    total = Outcome()

    @settings(max_examples=builds, derandomize=True, deadline=None, database=None, phases=[Phase.generate])
    @given(drawn=st.lists(st.integers(0, 10**6), min_size=AT_ONCE, max_size=AT_ONCE, unique=True))
    def compare(drawn: list[int]) -> None:
        nonlocal total
        outcome = simulate(drawn, compiled, through_files=0 if total.drawn else THROUGH_FILES)
        for seed, _ in outcome.councils.values():
            lives, found = shrink(seed, compiled)
            says = f"{len(outcome.councils)} of {outcome.drawn} councils differ. One of them, shrunk:\n{explained(seed, lives, found)}"
            pytest.fail(says, pytrace=False)
        total += outcome

    compare()
    return total


def assert_that_much_was_seen(total: Outcome) -> None:
    """Every event occurs in many lives, and few cells are unknowable."""
    least = LEAST_LIVES * total.drawn // 200
    seldom = {event: total.events[event] for event in (*EVENTS, *OF_ANY, *OF_SNAPSHOTS) if total.events[event] < least}
    assert seldom == {}
    assert total.unknowable_share <= MOST_UNKNOWABLE


def test_the_models_count_the_lives_of_two_hundred_councils_as_the_rules_say(built_once: Path) -> None:
    total = compare_drawn_councils(2, built_once)
    assert total.drawn == 200
    assert_that_much_was_seen(total)


@pytest.mark.wide
def test_the_models_count_the_lives_of_five_hundred_councils_as_the_rules_say(built_once: Path) -> None:
    total = compare_drawn_councils(5, built_once)
    assert total.drawn == 500
    assert_that_much_was_seen(total)


@pytest.mark.wide
def test_each_old_fault_is_found_when_it_is_put_back(built_once: Path, tmp_path: Path) -> None:
    missed = [fault.says for fault, found in found_of_each(built_once, tmp_path) if not found]
    assert missed == []
