"""The edges of figures over several months, by MetricFlow on rows written here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.metrics import Metrics

YEAR = [date(2023, month, 1) for month in range(9, 13)] + [date(2024, month, 1) for month in range(1, 10)]
A_TEAM = {"organisation_id": "a", "scope": "team", "scope_id": "t", "org_unit": "a/team/t"}
# The values of a month with ten people.
TEN = {
    "in_post_fte": 10,
    "in_post_heads": 10,
    "permanent_fte": 10,
    "leavers_fte": 0,
    "leavers": 0,
    "board_leavers_fte": 0,
    "fte_days_lost": 0,
    "working_days": 250,
    "withheld": ",",
}


class Units:
    """An empty publication that takes rows of `org_unit_month` and gives the metric for September 2024."""

    def __init__(self, build: Path, metrics: Metrics) -> None:
        self.metrics = metrics
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("attach ':memory:' as workforce")
        self.connection.execute(f"attach '{build}' as built (read_only)")
        self.connection.execute("create schema workforce.marts")
        self.connection.execute("create table workforce.marts.org_unit_month as from built.marts.org_unit_month limit 0")
        self.connection.execute("detach built")
        self.connection.execute("create table workforce.marts.month (month_end date)")
        self.connection.executemany("insert into workforce.marts.month values (last_day(?))", [[month] for month in YEAR])

    def month(self, month: date, **columns: Any) -> None:
        """A row of the team's month."""
        row = {**A_TEAM, **columns}
        self.connection.execute(
            f"insert into workforce.marts.org_unit_month (month_end, {', '.join(row)}) values (last_day(?), {', '.join('?' for _ in row)})",
            [month, *row.values()],
        )

    def september(self, metric: str) -> float | None:
        """The metric in September 2024."""
        asked = self.metrics.sql([metric], ["metric_time__month", "org_unit"])
        row = self.connection.execute(f"select {metric} from ({asked}) where metric_time__month = date '2024-09-01'").fetchone()
        return None if row is None or row[0] is None else float(row[0])


@pytest.fixture(scope="module")
def metrics(built_once: Path) -> Metrics:
    return Metrics(built_once / "build" / "dbt" / "semantic_manifest.json")


@pytest.fixture
def units(built_once: Path, metrics: Metrics) -> Iterator[Units]:
    made = Units(built_once / "build" / "workforce.duckdb", metrics)
    yield made
    made.connection.close()


def test_twelve_months_of_leavers_begin_with_the_twelfth_month_back(units: Units) -> None:
    before, first, *_, last = YEAR
    units.month(before, **{**TEN, "leavers_fte": 5, "leavers": 5, "board_leavers_fte": 5})
    units.month(first, **{**TEN, "leavers_fte": 1, "leavers": 1, "board_leavers_fte": 1})
    units.month(last, **{**TEN, "leavers_fte": 0.5, "leavers": 2})
    assert units.september("turnover_rate") == 15
    assert units.september("turnover_rate_headcount") == 30


def test_the_average_is_of_thirteen_month_ends_and_a_month_without_anybody_counts_as_nought(units: Units) -> None:
    before, *_, last = YEAR
    units.month(before, **{**TEN, "permanent_fte": 13})
    units.month(last, **{**TEN, "permanent_fte": 26, "board_leavers_fte": 1.5})
    assert units.september("average_permanent_fte") == 3
    assert units.september("turnover_rate_board") == 50


def test_a_metric_that_is_withheld_for_its_month_gives_no_figure_and_another_does(units: Units) -> None:
    for month in YEAR:
        units.month(
            month, **{**TEN, "withheld": ",turnover_rate_board,turnover_rate_headcount," if month == YEAR[-1] else ",turnover_rate,"}
        )
    assert units.september("turnover_rate_board") is None
    assert units.september("turnover_rate_headcount") is None
    assert units.september("turnover_rate") == 0


def test_one_month_below_the_floor_hides_the_twelve_months_that_it_is_part_of(units: Units) -> None:
    for month in YEAR[1:]:
        units.month(month, **{**TEN, "fte_days_lost": 10})
    assert units.september("absence_rate") == 100 * 120 / 2500
    units.connection.execute(
        "update workforce.marts.org_unit_month set fte_days_lost = null, in_post_heads = 9 where month_end = date '2023-11-30'"
    )
    assert units.september("absence_rate") is None
