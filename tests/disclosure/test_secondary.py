"""Hidden cells stay hidden: intervals by another solver's own programme, on tables with totals, role groups that contain one another and rolling sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from disclosure.linear import Equations, System, intervals
from disclosure.secondary import Protected, exposed, protect


def a_system(values, rows, *, cost=None, lower=None, upper=None, needed=None):
    numbers = np.array(values, dtype=float)
    count = len(numbers)
    return System(
        values=numbers,
        lower=np.zeros(count) if lower is None else np.array(lower, dtype=float),
        upper=np.full(count, np.inf) if upper is None else np.array(upper, dtype=float),
        needed=np.maximum(2, 0.2 * numbers) if needed is None else np.array(needed, dtype=float),
        cost=np.ones(count) if cost is None else np.array(cost, dtype=float),
        equations=Equations.of(rows, numbers),
    )


def hidden_cells(count, *cells):
    flags = np.zeros(count, dtype=bool)
    flags[list(cells)] = True
    return flags


def what_another_solver_finds(system: System, hidden):
    """The interval of each hidden cell, from scratch: all cells are unknown, and shown ones are bounded by their value on both sides."""
    matrix = system.equations.coefficients.toarray()
    bounds = [
        (min(low, value), max(high, value) if np.isfinite(high) else None) if is_hidden else (value, value)
        for value, low, high, is_hidden in zip(system.values, system.lower, system.upper, hidden, strict=True)
    ]
    found = {}
    for cell in np.flatnonzero(hidden):
        ends = []
        for sign in (1, -1):
            direction = np.zeros(len(system.values))
            direction[cell] = sign
            solved = linprog(direction, A_eq=matrix, b_eq=system.equations.constants, bounds=bounds, method="highs")
            ends.append(sign * solved.fun if solved.status == 0 else sign * -np.inf)
        found[int(cell)] = tuple(ends)
    return found


def assert_intervals(found, expected):
    assert found.keys() == expected.keys()
    for cell, ends in expected.items():
        assert found[cell] == pytest.approx(ends, abs=1e-5)


def assert_safe(system: System, found: Protected):
    for cell, (smallest, largest) in what_another_solver_finds(system, found.hidden).items():
        if cell in found.exposed or system.needed[cell] < 0:
            continue
        value = system.values[cell]
        assert max(value - smallest, largest - value) > system.needed[cell], (cell, value, smallest, largest)


def test_one_hidden_cell_of_a_sum_takes_the_cheapest_with_it():
    # total = 3 + 20 + 30; the total is dearest
    system = a_system([53, 3, 20, 30], [([0, 1, 2, 3], [1, -1, -1, -1])], cost=[9, 1, 1, 1])
    found = protect(system, hidden_cells(4, 1))
    assert list(np.flatnonzero(found.hidden)) == [1, 2]
    assert list(np.flatnonzero(found.secondary)) == [2]
    assert not found.exposed.size
    assert_intervals(intervals(system, found.hidden), {1: (0, 23), 2: (0, 23)})


def test_two_hidden_zeros_of_a_known_sum_are_exact_until_a_third_is_hidden():
    system = a_system([10, 0, 0, 10], [([0, 1, 2, 3], [1, -1, -1, -1])], cost=[9, 1, 1, 1])
    found = protect(system, hidden_cells(4, 1, 2))
    assert found.hidden[3] or found.hidden[0]
    assert_safe(system, found)


def test_a_year_less_eleven_months_does_not_give_the_twelfth():
    months = [5.0] * 24
    months[7] = 3
    rolling = [sum(months[end - 11 : end + 1]) for end in range(11, 24)]
    rows = [([24 + n, *range(n, n + 12)], [1.0, *[-1.0] * 12]) for n in range(13)]
    system = a_system([*months, *rolling], rows, cost=[*[1] * 24, *[5] * 13])
    found = protect(system, hidden_cells(37, 7))
    assert found.secondary.any()
    assert not found.exposed.size
    assert_safe(system, found)


def test_a_role_group_less_one_that_it_contains():
    # all staff 40, social workers 38: the two others are a cell that nobody prints
    system = a_system([40, 38, 2], [([0, 1, 2], [1, -1, -1])], cost=[5, 1, np.inf])
    found = protect(system, hidden_cells(3, 2))
    assert list(np.flatnonzero(found.hidden)) == [1, 2]


def test_a_cell_that_nothing_can_hide_is_named():
    system = a_system([4, 4], [([0, 1], [1, -1])], cost=[np.inf, 1])
    found = protect(system, hidden_cells(2, 1))
    assert list(found.exposed) == [1]


def test_a_hidden_cell_is_at_most_what_is_known_of_it():
    # one person, who is there or not: both may be true
    system = a_system([1, 1, 0], [([0, 1, 2], [1, -1, -1])], upper=[np.inf, 1, 1], needed=[2, 0, 0], cost=[np.inf, 1, 1])
    found = protect(system, hidden_cells(3, 1))
    assert list(np.flatnonzero(found.hidden)) == [1, 2]
    assert_intervals(intervals(system, found.hidden), {1: (0, 1), 2: (0, 1)})


def test_a_known_difference_between_a_total_and_its_parts_is_taken_as_known():
    # Eleven people, of whom one is counted in both teams.
    system = a_system([11, 4, 8], [([0, 1, 2], [1, -1, -1])], cost=[np.inf, 1, 1])
    assert_intervals(intervals(system, hidden_cells(3, 1)), {1: (4, 4)})


@settings(deadline=None, max_examples=60)
@given(
    table=st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=3, max_size=5),
    least=st.integers(1, 9),
)
def test_of_any_table_with_totals_no_hidden_cell_can_be_narrowed(table, least):
    inner = np.array(table)
    whole = np.block([[inner, inner.sum(axis=1, keepdims=True)], [inner.sum(axis=0, keepdims=True), np.array([[inner.sum()]])]])
    rows, columns = whole.shape
    number = np.arange(whole.size).reshape(whole.shape)
    sums = [([number[r, -1], *number[r, :-1]], [1.0, *[-1.0] * (columns - 1)]) for r in range(rows)]
    sums += [([number[-1, c], *number[:-1, c]], [1.0, *[-1.0] * (rows - 1)]) for c in range(columns)]
    cost = np.ones(whole.shape)
    cost[-1, :] = cost[:, -1] = 3
    cost[-1, -1] = np.inf
    system = a_system(whole.ravel(), sums, cost=cost.ravel())
    primary = (whole.ravel() > 0) & (whole.ravel() <= least)
    primary[-1] = False
    found = protect(system, primary)
    assert (found.hidden >= primary).all()
    assert_safe(system, found)
    assert_intervals(intervals(system, found.hidden), what_another_solver_finds(system, found.hidden))


def test_a_figure_that_is_hidden_in_one_place_and_printed_in_another_is_exposed():
    system = a_system([9, 9], [([0, 1], [1, -1])])
    assert list(exposed(system, hidden_cells(2, 0))) == [0]
    assert list(exposed(system, hidden_cells(2, 0, 1))) == []


def test_a_dear_figure_with_room_is_hidden_rather_than_many_cheap_ones_without():
    # The total of 61 is known. The second figure is cheap, but can hide half a person of the ten.
    system = a_system([10, 0.5, 50.5], [([0, 1, 2], [1, 1, 1])], cost=[1, 1, 3], needed=[4, 0, 0])
    assert list(np.flatnonzero(protect(system, hidden_cells(3, 0)).hidden)) == [0, 2]
