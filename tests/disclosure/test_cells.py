"""Which figures of a build are cells, and which go with one another."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from disclosure.cells import Cells, sums_of_indicators
from disclosure.classes import MeasureGroup
from disclosure.linear import Equations, Flags, System, merge
from disclosure.relations import Rolling
from tests.disclosure.small_build import INSIDE, UNITS

METRICS = {
    "metrics": [
        {
            "name": "absence_rate",
            "type": "derived",
            "type_params": {"metrics": [{"name": "days_12", "alias": "numerator"}, {"name": "days_of_staff", "alias": "denominator"}]},
            "config": {"meta": {"indicator": "absence_rate", "definition": "dfe"}},
        },
        {"name": "absence_rate_withheld", "type": "simple", "type_params": {"measure": {"name": "withheld"}}},
        {
            "name": "days_12",
            "type": "cumulative",
            "type_params": {"measure": {"name": "days"}, "cumulative_type_params": {"window": {"count": 12, "granularity": "month"}}},
        },
        {"name": "days_of_staff", "type": "simple", "type_params": {"measure": {"name": "days_of_staff"}}},
    ],
    "semantic_models": [
        {"measures": [{"name": "days"}, {"name": "days_of_staff", "expr": "working_days * in_post_fte"}, {"name": "withheld", "expr": "1"}]}
    ],
}
GRAIN = ("organisation_id", "month_end", "scope", "scope_id")
MONTHS = MeasureGroup("org_unit_month", GRAIN, "sensitive", ("days",), people="people")
FIGURES = MeasureGroup(
    "indicator_value", (*GRAIN, "indicator_id", "definition_id"), "sensitive", ("numerator", "denominator"), people="people", together=True
)


def test_what_a_rate_is_made_of_is_read_from_its_metric(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS), encoding="utf-8")
    rows = "indicator_id = 'absence_rate' and definition_id = 'dfe'"
    # The denominator is a product, which no sum tells.
    assert sums_of_indicators(tmp_path / "metrics.json") == [
        Rolling(("indicator_value", "numerator"), ("org_unit_month", "days"), 12, rows)
    ]
    assert sums_of_indicators(tmp_path / "nothing.json") == []


@pytest.fixture
def cells(tmp_path: Path) -> tuple[Cells, Flags]:
    """Twelve months of a council, of which the third has few people, and the sum of the year; and what is hidden at first."""
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS), encoding="utf-8")
    with duckdb.connect(str(tmp_path / "build.duckdb")) as build:
        build.execute(UNITS)
        build.execute(
            "create table marts.org_unit_month as select 'a' as unit_key, 'a' as organisation_id, last_day(make_date(2025, month, 1)) as month_end, "
            "'organisation' as scope, 'a' as scope_id, 7.0 as days, if(month = 3, 9, 20) as people from range(1, 13) as months (month)"
        )
        build.execute(
            "create table marts.indicator_value as select 'a' as unit_key, 'a' as organisation_id, date '2025-12-31' as month_end, 'organisation' as scope, "
            "'a' as scope_id, 'absence_rate' as indicator_id, 'dfe' as definition_id, 84.0 as numerator, 4000.0 as denominator, 20 as people"
        )
    connection = duckdb.connect()
    connection.execute(f"attach '{tmp_path / 'build.duckdb'}' as built (read_only)")
    connection.execute("create temp table hidden as select 2 as row_id, 'days' as measure, 'floor' as why")
    connection.execute("create temp table nothing as select 0 as row_id, '' as measure, '' as why limit 0")
    hidden = {"org_unit_month": "hidden", "indicator_value": "nothing"}
    found = Cells(connection, INSIDE, (MONTHS, FIGURES), hidden, tmp_path / "metrics.json")
    return found, found.hidden(connection)


def test_all_months_are_hidden_if_one_is_and_their_sum_stays(cells: tuple[Cells, Flags]) -> None:
    every, first = cells
    flags = every.together(first)
    hidden = {(measure.group.table, measure.name): len(every.rows(measure, flags)) for measure in every.marts.measures}
    assert hidden == {("org_unit_month", "days"): 12, ("indicator_value", "numerator"): 0, ("indicator_value", "denominator"): 0}


def test_what_goes_together_is_hidden_together(cells: tuple[Cells, Flags]) -> None:
    every, first = cells
    numerator = next(measure for measure in every.marts.measures if measure.name == "numerator")
    flags = np.zeros_like(first)
    flags[numerator.cells(np.array([0]))] = True
    found = every.together(flags)
    assert {measure.name for measure in every.marts.measures if len(every.rows(measure, found))} == {"numerator", "denominator"}


def test_equal_figures_are_one_cell_with_the_cost_of_both_and_an_equation_stands_once() -> None:
    values = np.array([5.0, 5.0, 3.0, 2.0])
    rows = [([0, 1], [1.0, -1.0]), ([0, 2, 3], [1.0, -1.0, -1.0]), ([1, 2, 3], [1.0, -1.0, -1.0])]
    system = System(
        values,
        np.zeros(4),
        np.array([9, np.inf, np.inf, np.inf]),
        np.full(4, 2.0),
        np.array([1.0, 2.0, 1.0, 1.0]),
        Equations.of(rows, values),
    )
    merged = merge(system)
    assert merged.of_cell[0] == merged.of_cell[1]
    assert len(merged.system.values) == 3
    assert merged.system.equations.coefficients.shape[0] == 1
    one = merged.of_cell[0]
    assert (merged.system.cost[one], merged.system.upper[one]) == (3, 9)
    assert merged.hidden(np.array([False, True, False, False]))[one]
