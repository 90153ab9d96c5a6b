"""Simulated councils: the models have every cell as the written rules give it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.lives.council import OF_ANY, OF_SNAPSHOTS
from tests.lives.events import EVENTS
from tests.lives.faults import found_of_each
from tests.lives.shrinking import explained, shrink
from tests.lives.simulation import Outcome, simulate

AT_ONCE = 100
THROUGH_FILES = 10
LEAST_LIVES = 100
MOST_UNKNOWABLE = 0.05
FIRST_OF_A_FEW, A_FEW, A_FEW_FILES, LEAST_CELLS = 9_100_000, 24, 3, 1_000


def compare_drawn_councils(builds: int, folder: Path) -> Outcome:
    """What came of so many builds of a hundred councils each, whose seeds hypothesis draws.

    A council that differs fails the test, shrunk to the few lives that make it differ: hypothesis would have to build them all again.
    """
    total = Outcome()

    @settings(max_examples=builds, derandomize=True, deadline=None, database=None, phases=[Phase.generate])
    @given(drawn=st.lists(st.integers(0, 10**6), min_size=AT_ONCE, max_size=AT_ONCE, unique=True))
    def compare(drawn: list[int]) -> None:
        nonlocal total
        first = folder / "first"
        outcome = simulate(drawn, compiled=first) if first.exists() else simulate(drawn, through_files=THROUGH_FILES, keep=first)
        for seed, _ in outcome.councils.values():
            lives, found = shrink(seed, first)
            says = f"{len(outcome.councils)} of {outcome.drawn} councils differ. One of them, shrunk:\n{explained(seed, lives, found)}"
            pytest.fail(says, pytrace=False)
        total += outcome

    compare()
    return total


def assert_that_much_was_seen(total: Outcome, least_lives: int) -> None:
    """Every event occurs in many lives, and little is unknowable."""
    seldom = {event: total.events[event] for event in (*EVENTS, *OF_ANY, *OF_SNAPSHOTS) if total.events[event] < least_lives}
    assert seldom == {}
    assert total.unknowable_share <= MOST_UNKNOWABLE


def test_the_models_count_the_lives_of_a_few_councils_as_the_rules_say(tmp_path: Path) -> None:
    outcome = simulate(range(FIRST_OF_A_FEW, FIRST_OF_A_FEW + A_FEW), through_files=A_FEW_FILES, keep=tmp_path / "first")
    assert outcome.councils == {}
    assert outcome.drawn == A_FEW
    assert outcome.compared > A_FEW * LEAST_CELLS
    assert outcome.unknowable_share <= MOST_UNKNOWABLE


@pytest.mark.lives
def test_the_models_count_lives_as_the_rules_say(tmp_path: Path) -> None:
    total = compare_drawn_councils(builds=2, folder=tmp_path)
    assert total.drawn == 2 * AT_ONCE
    assert_that_much_was_seen(total, LEAST_LIVES)


@pytest.mark.lives
def test_the_models_count_many_lives_as_the_rules_say(tmp_path: Path) -> None:
    total = compare_drawn_councils(builds=5, folder=tmp_path)
    assert total.drawn == 5 * AT_ONCE
    assert_that_much_was_seen(total, 5 * LEAST_LIVES // 2)


@pytest.mark.lives
def test_each_old_fault_is_found_when_it_is_put_back(tmp_path: Path) -> None:
    simulate([0], keep=tmp_path / "first")
    missed = [fault.says for fault, found in found_of_each(tmp_path / "first", tmp_path / "broken") if not found]
    assert missed == []
