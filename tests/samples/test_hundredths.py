"""FTEs with exact totals."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.hundredths import NoExactSum, adjust, choose, split

FTES = st.lists(st.integers(1, 100), min_size=1, max_size=60)


@given(st.integers(1, 200), st.data())
def test_a_split_has_that_many_people_and_exactly_that_total(heads: int, draw: st.DataObject) -> None:
    total = draw.draw(st.integers(heads, heads * 100))
    found = split(total, heads, Random(draw.draw(st.integers())))
    assert len(found) == heads
    assert sum(found) == total
    assert all(1 <= fte <= 100 for fte in found)


@given(FTES, st.data())
def test_an_adjustment_reaches_the_total_and_keeps_everybody_between_nothing_and_full_time(ftes: list[int], draw: st.DataObject) -> None:
    total = draw.draw(st.integers(len(ftes), 100 * len(ftes)))
    changed = adjust(ftes, total, Random(1))
    after = [changed.get(place, fte) for place, fte in enumerate(ftes)]
    assert sum(after) == total
    assert all(1 <= fte <= 100 for fte in after)
    assert all(ftes[place] != fte for place, fte in changed.items())


@given(FTES, st.integers(0, 40))
def test_a_small_difference_changes_one_person_or_two(ftes: list[int], more: int) -> None:
    room = [*ftes, 50]
    assert len(adjust(room, sum(room) + more, Random(3), order=[len(ftes)])) <= 1


@given(FTES, st.data())
def test_a_chosen_subset_adds_up_exactly(ftes: list[int], draw: st.DataObject) -> None:
    wanted = draw.draw(st.lists(st.sampled_from(range(len(ftes))), unique=True))
    total = sum(ftes[place] for place in wanted)
    found = choose(ftes, total, range(len(ftes)))
    assert found is not None
    assert len(set(found)) == len(found)
    assert sum(ftes[place] for place in found) == total


def test_a_sum_that_nobody_gives_is_none() -> None:
    assert choose([100, 100, 80], 150, range(3)) is None


@pytest.mark.parametrize(("total", "heads"), [(301, 3), (2, 3), (1, 0)])
def test_what_cannot_be_is_refused(total: int, heads: int) -> None:
    with pytest.raises(NoExactSum):
        split(total, heads, Random(1))


def test_nobody_has_nothing() -> None:
    assert split(0, 0, Random(1)) == []
