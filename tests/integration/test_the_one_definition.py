"""Every figure of `indicator_value` is what its metric gives, for every indicator, definition, month and unit of the sample councils."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.metrics import Metrics

# A double's rounding: far below what is printed.
SAME = 1e-9


@pytest.fixture
def metrics(three_home: Path) -> Metrics:
    return Metrics(three_home / "build" / "dbt" / "semantic_manifest.json")


@pytest.fixture
def beside(three: duckdb.DuckDBPyConnection, metrics: Metrics) -> duckdb.DuckDBPyRelation:
    """A row a figure of the table or of a metric: both of the row's own month, and the metric's of the month that stands in."""
    names = [name for (name,) in three.execute("select metric from marts.indicator").fetchall()]
    asked = metrics.sql(names, ["metric_time__month", "org_unit"])
    return three.sql(
        f"""
        with asked as materialized (
            unpivot (select last_day(metric_time__month) as month_end, org_unit, {", ".join(names)} from ({asked}))
            on {", ".join(names)} into name metric value given
        ),
        units as (select organisation_id, scope, scope_id, any_value(org_unit) as org_unit from marts.org_unit_month group by all),
        told as (
            select units.org_unit, indicator.metric, figure.*
            from marts.indicator_value as figure
            inner join marts.indicator as indicator using (indicator_id, definition_id)
            inner join units using (organisation_id, scope, scope_id)
        )
        select
            coalesce(told.metric, own.metric) as metric, coalesce(told.org_unit, own.org_unit) as org_unit,
            coalesce(told.month_end, own.month_end) as month_end,
            told.scope, told.value, told.status, told.as_at_month, own.given, stands_in.given as given_as_at
        from told
        full join asked as own on told.metric = own.metric and told.org_unit = own.org_unit and told.month_end = own.month_end
        left join asked as stands_in
            on told.metric = stands_in.metric and told.org_unit = stands_in.org_unit and told.as_at_month = stands_in.month_end
        """
    )


def test_a_figure_of_its_month_is_what_the_metric_gives(beside: duckdb.DuckDBPyRelation) -> None:
    figures = beside.filter("value is not null and as_at_month is null")
    assert figures.filter(f"given is null or abs(value - given) > {SAME}").fetchall() == []
    counted = dict(figures.aggregate("scope, count(distinct metric)").fetchall())
    with_a_team = {"organisation": 15, "service": 14, "team": 14}
    assert counted == with_a_team, "every indicator by every definition was compared in every scope; survey answers have no team"


def test_a_figure_that_stands_in_is_what_the_metric_gives_for_its_month_and_the_metric_gives_none_for_the_row(
    beside: duckdb.DuckDBPyRelation,
) -> None:
    figures = beside.filter("value is not null and as_at_month is not null")
    assert figures.filter(f"given is not null or given_as_at is null or abs(value - given_as_at) > {SAME}").fetchall() == []
    assert figures.fetchone()


def test_no_metric_gives_a_figure_that_the_table_does_not_show(beside: duckdb.DuckDBPyRelation) -> None:
    assert beside.filter("value is null and given is not null").fetchall() == []
    assert beside.filter("status = 'suppressed'").fetchone()


def test_a_suppressed_month_is_empty_in_the_sums_too(three: duckdb.DuckDBPyConnection) -> None:
    fewest = three.execute(
        "select min(in_post_heads) filter (fte_days_lost is not null), min(survey_respondents), "
        "count(*) filter (in_post_heads > 0 and fte_days_lost is null and withheld not like '%,absence_rate,%'), count(*) filter (fte_days_lost is not null) from marts.org_unit_month"
    ).fetchone()
    floors = three.execute(
        "select max(people_floor) filter (indicator_id = 'absence_rate'), max(people_floor) filter (indicator_id = 'survey_score') "
        "from marts.indicator"
    ).fetchone()
    assert fewest and floors
    assert fewest[0] >= floors[0]
    assert fewest[1] >= floors[1]
    assert fewest[2] > 0
    assert fewest[3] > 0


@pytest.mark.parametrize("group_by", ["metric_time__month", "metric_time__quarter,org_unit", "metric_time__month,org_unit__scope"])
def test_a_rate_over_more_than_one_unit_or_month_is_empty_rather_than_wrong(
    three: duckdb.DuckDBPyConnection, metrics: Metrics, group_by: str
) -> None:
    names = [name for (name,) in three.execute("select metric from marts.indicator").fetchall()]
    asked = metrics.sql([*names, "unit_months"], group_by.split(","))
    many = three.sql(f"select * from ({asked}) where unit_months > 1")
    assert many.fetchone()
    assert many.aggregate(", ".join(f"count({name})" for name in names)).fetchone() == (0,) * len(names)
