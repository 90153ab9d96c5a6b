"""The sums among figures of the marts, as a reader could use them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from disclosure.classes import MeasureGroup
from disclosure.linear import intervals
from disclosure.relations import Marts, Rolling
from disclosure.secondary import protect

ROLES = {"all": frozenset("abcd"), "social_worker": frozenset("abc"), "frontline": frozenset("a"), "other": frozenset("d")}
COSTS = MeasureGroup("cost", ("organisation_id", "month_end", "scope", "scope_id", "role_group"), "pay", ("cost",), people="people")
DAYS = MeasureGroup("days", ("organisation_id", "month_end", "scope", "scope_id"), "sensitive", ("days",), people="people")
MONTH = date(2025, 9, 30)
# Council, scope, id, service, and the figures that a test adds.
UNITS = [
    ("x", "organisation", "x", None),
    ("x", "service", "s", "s"),
    ("x", "service", "r", "r"),
    ("x", "team", "s1", "s"),
    ("x", "team", "s2", "s"),
    ("x", "team", "r1", "r"),
]


def of_units(*figures, units=UNITS, **more):
    """A mart with one row per unit of one month."""
    columns = ["organisation_id", "scope", "scope_id", "service_id"]
    table = pl.DataFrame([dict(zip(columns, unit, strict=True)) for unit in units]).with_columns(month_end=pl.lit(MONTH))
    names = list(more) if more else []
    for name in names:
        table = table.with_columns(pl.Series(name, more[name]))
    return table.with_columns(partnership_id=pl.lit("p"), region_id=pl.lit("east"))


def solved(marts, is_hidden, *, needed=lambda _group, values: np.maximum(2, 0.2 * values), least=10):
    """The cells that are hidden in the end, by measure, from those that `is_hidden` says of each measure."""
    there = np.ones(marts.cells, dtype=bool)
    system, is_extra = marts.system(needed, lambda _group: least, there)
    hidden = is_extra.copy()
    for measure in marts.measures:
        hidden[measure.cells(np.flatnonzero(is_hidden(measure)))] = True
    found = protect(system, hidden)
    return {measure.name: list(found.hidden[measure.cells(np.arange(measure.rows))]) for measure in marts.measures}, system, found


def few_people(marts, least=10):
    return lambda measure: (marts.people(measure.group) < least) & (marts.people(measure.group) > 0)


def test_a_team_does_not_come_out_of_its_service():
    days = of_units(days=[60.0, 35, 25, 5, 30, 25], people=[50, 30, 20, 6, 24, 20])
    marts = Marts({"days": days}, [DAYS], ROLES)
    hidden, _, found = solved(marts, few_people(marts))
    assert hidden["days"] == [False, False, False, True, True, False]
    assert not found.exposed.size


def test_a_service_that_has_one_team_is_hidden_with_it():
    days = of_units(days=[60.0, 55, 5, 20, 35, 5], people=[50, 44, 6, 20, 24, 6])
    marts = Marts({"days": days}, [DAYS], ROLES)
    hidden, _, found = solved(marts, few_people(marts))
    assert hidden["days"][2] and hidden["days"][5] and hidden["days"][1]
    assert not found.exposed.size


def test_people_in_no_team_are_a_cell_that_nobody_prints():
    # The service has 3 people more than its teams.
    days = of_units(days=[60.0, 35, 25, 10, 15, 25], people=[50, 30, 20, 13, 14, 20])
    marts = Marts({"days": days}, [DAYS], ROLES)
    hidden, *_ = solved(marts, few_people(marts))
    assert any(hidden["days"])


def test_the_director_does_not_come_out_of_the_role_groups():
    rows = [("all", 500.0, 31), ("social_worker", 400.0, 20), ("frontline", 250.0, 15), ("other", 90.0, 10)]
    table = of_units(
        units=UNITS[:1] * 4, role_group=[row[0] for row in rows], cost=[row[1] for row in rows], people=[row[2] for row in rows]
    )
    roles = ROLES | {"all": frozenset("abcde")}
    marts = Marts({"cost": table}, [COSTS], roles)
    system, is_extra = marts.system(lambda _group, values: 0.25 * values, lambda _group: 10, np.ones(marts.cells, dtype=bool))
    # Nobody prints what all staff have besides (1 person), nor what social workers have besides frontline ones (5 people).
    assert sorted(system.values[is_extra]) == [10, 150]
    hidden, _, found = solved(marts, few_people(marts), needed=lambda _group, values: 0.25 * values)
    assert hidden["cost"][1:] != [False, False, False]
    assert not found.exposed.size


def test_role_groups_that_cross_are_refused():
    with pytest.raises(ValueError, match="role groups one and other share some roles"):
        Marts({}, [], {"one": frozenset("ab"), "other": frozenset("bc")})


def test_one_figure_that_two_tables_print_is_hidden_in_both_or_neither():
    days = of_units(days=[60.0, 35, 25, 5, 30, 25], people=[50, 30, 20, 6, 24, 20])
    again = days.select(pl.exclude("people")).rename({"days": "lost"})
    same = MeasureGroup("again", DAYS.grain, "sensitive", ("lost",), same_as=(("lost", "days", "days"),), people=None)
    marts = Marts({"days": days, "again": again}, [DAYS, same], ROLES)
    hidden, _, found = solved(
        marts, lambda measure: few_people(marts)(measure) if measure.name == "days" else np.zeros(measure.rows, dtype=bool)
    )
    assert hidden["days"] == hidden["lost"]
    assert not found.exposed.size


def test_a_year_less_the_months_that_are_shown():
    months = [date(2025, n, 28) for n in range(1, 13)]
    days = pl.DataFrame(
        {
            "organisation_id": "x",
            "scope": "organisation",
            "scope_id": "x",
            "month_end": months,
            "days": [9.0] * 12,
            "people": [9, *[20] * 11],
        }
    )
    year = days.tail(1).select("organisation_id", "scope", "scope_id", "month_end", people="people", total=pl.lit(108.0))
    whole = MeasureGroup("year", DAYS.grain, "sensitive", ("total",), people="people")
    rolling = [Rolling(("year", "total"), ("days", "days"), 12)]
    marts = Marts({"days": days, "year": year}, [DAYS, whole], ROLES, rolling)
    hidden, system, found = solved(marts, few_people(marts))
    assert sum(hidden["days"]) + sum(hidden["total"]) == 2
    assert hidden["days"][0]
    assert not found.exposed.size
    # Without the companion the month comes out to the day.
    alone = np.zeros(len(system.values), dtype=bool)
    alone[0] = True
    assert intervals(system, alone)[0] == pytest.approx((9, 9))


def test_groups_of_a_strand_add_up_to_the_people_who_are_known():
    shares = MeasureGroup(
        "profile",
        ("organisation_id", "month_end", "group_name"),
        "sensitive",
        ("people",),
        people="known",
        counts_people=True,
        parts="group_name",
    )
    table = pl.DataFrame({"organisation_id": "x", "month_end": MONTH, "group_name": ["a", "b", "c"], "people": [3, 20, 30], "known": 53})
    marts = Marts({"profile": table}, [shares], ROLES)
    hidden, *_ = solved(marts, lambda _measure: np.array([True, False, False]))
    assert hidden["people"] == [True, True, False]


def test_columns_of_a_row_that_add_up():
    group = MeasureGroup("days", DAYS.grain, "sensitive", ("days", "long", "short"), people="people", sums=(("days", "long", "short"),))
    table = of_units(units=UNITS[:1], days=[30.0], long=[20.0], short=[10.0], people=[40])
    marts = Marts({"days": table}, [group], ROLES)
    hidden, *_ = solved(marts, lambda measure: np.array([measure.name == "short"]))
    assert hidden == {"days": [False], "long": [True], "short": [True]}


def test_a_figure_that_rows_repeat_is_one_cell():
    """The people of a strand stand in the row of each of its groups. Hidden in one row, they are hidden in all."""
    known = MeasureGroup("profile", ("organisation_id", "month_end", "group_name"), "staffing", ("known",), repeated_over="group_name")
    table = pl.DataFrame({"organisation_id": "x", "month_end": MONTH, "group_name": ["a", "b", "c"], "known": [3, 3, 3]})
    marts = Marts({"profile": table}, [known], ROLES)
    hidden, *_ = solved(marts, lambda _measure: np.array([False, True, False]))
    assert hidden["known"] == [True, True, True]


def test_a_part_that_is_not_given_at_all_leaves_nothing_to_subtract():
    days = of_units(days=[60.0, 35, 25, 5, 30, 25], people=[50, 30, 20, 6, 24, 20])
    marts = Marts({"days": days}, [DAYS], ROLES)
    # One of the two teams of the service s is not given, and the only team of the service r is.
    there = np.array([True, True, True, False, True, True])
    system, is_extra = marts.system(lambda _group, values: np.full(len(values), 2.0), lambda _group: 10, there)
    assert list(is_extra[:6]) == [False, False, False, True, False, False]
    # The council is its services, and r is its team. s is not told by its teams.
    found = [sorted(system.equations.row(number)[0]) for number in range(system.equations.coefficients.shape[0])]
    assert [cells for cells in found if cells] == [[2, 5], [0, 1, 2]]


def test_the_only_group_of_a_strand_is_hidden_with_the_people_underneath():
    """All three of them are in the one group: their number is that of the group."""
    shares = MeasureGroup(
        "profile",
        ("organisation_id", "month_end", "group_name"),
        "sensitive",
        ("people",),
        people="known",
        counts_people=True,
        parts="group_name",
    )
    known = MeasureGroup("profile", shares.grain, "staffing", ("known",), repeated_over="group_name")
    table = pl.DataFrame({"organisation_id": "x", "month_end": MONTH, "group_name": ["a"], "people": [3], "known": 3})
    marts = Marts({"profile": table}, [shares, known], ROLES)
    hidden, _, found = solved(marts, lambda measure: np.array([measure.name == "people"]))
    assert hidden == {"people": [True], "known": [True]}
    assert not found.exposed.size
