"""Every figure of `indicator_value` equals that of its metric, for every indicator, definition, month and unit of the sample councils."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.metrics import SAME, Metrics, areas_beside_metrics, figures_beside_metrics

# A metric of twelve months gives none where one of the months is hidden; the table has the year all the same.
MONTH_HIDDEN = "metric = 'absence_rate' and given is null"


@pytest.fixture
def metrics(three_home: Path) -> Metrics:
    return Metrics(three_home / "build" / "dbt" / "semantic_manifest.json")


@pytest.fixture
def beside(three: duckdb.DuckDBPyConnection, metrics: Metrics) -> duckdb.DuckDBPyRelation:
    return figures_beside_metrics(three, metrics)


def test_a_figure_of_its_month_is_what_the_metric_gives(beside: duckdb.DuckDBPyRelation) -> None:
    figures = beside.filter(f"value is not null and as_at_month is null and not ({MONTH_HIDDEN})")
    assert figures.filter(f"given is null or abs(value - given) > {SAME}").fetchall() == []
    counted = dict(figures.aggregate("scope, count(distinct metric)").fetchall())
    with_a_team = {"organisation": 15, "service": 14, "team": 13}
    assert counted == with_a_team, (
        "every indicator by every definition was compared in every scope; survey answers have no team, and of a team some month of sickness is hidden"
    )


def test_a_figure_that_stands_in_is_what_the_metric_gives_for_its_month_and_the_metric_gives_none_for_the_row(
    beside: duckdb.DuckDBPyRelation,
) -> None:
    figures = beside.filter(f"value is not null and as_at_month is not null and not ({MONTH_HIDDEN})")
    assert figures.filter(f"given is not null or given_as_at is null or abs(value - given_as_at) > {SAME}").fetchall() == []
    assert figures.fetchone()


def test_a_year_is_asked_for_in_vain_only_where_one_of_its_months_is_hidden(
    beside: duckdb.DuckDBPyRelation, three: duckdb.DuckDBPyConnection
) -> None:
    lacking = beside.filter(f"value is not null and as_at_month is null and given is null and {MONTH_HIDDEN}")
    unexplained = three.execute(
        "select lacking.org_unit, lacking.month_end from lacking where not exists (select 1 from marts.org_unit_month as month where "
        "month.org_unit = lacking.org_unit and month.month_end between last_day(lacking.month_end - interval 11 month) and lacking.month_end "
        "and list_contains(string_split(month.not_shown, ' '), 'fte_days_lost[c]'))"
    ).fetchall()
    assert lacking.fetchone()
    assert unexplained == []


def test_a_partnership_is_what_its_councils_metrics_add_up_to(three: duckdb.DuckDBPyConnection, metrics: Metrics) -> None:
    figures = areas_beside_metrics(three, metrics).filter("scope = 'partnership'")
    whole = figures.filter("metric <> 'absence_rate' or given_of = organisations_counted")
    assert whole.filter(f"value is not null and (given is null or abs(value - given) > {SAME})").fetchall() == []
    assert figures.filter("value is null and given is not null").fetchall() == []
    both = figures.filter("value is not null and organisations_counted = 2").aggregate("count(distinct metric)").fetchone()
    assert both == (15,), "every indicator of two councils was added up"


def test_a_region_that_is_not_whole_has_no_figure_whatever_its_councils_add_up_to(
    three: duckdb.DuckDBPyConnection, metrics: Metrics
) -> None:
    figures = areas_beside_metrics(three, metrics).filter("scope in ('region', 'national')")
    assert figures.filter("value is not null or status_reason <> 'not_all_authorities'").fetchall() == []
    assert figures.filter("given is not null").aggregate("list(distinct scope_id order by scope_id)").fetchone() == (
        ["east_midlands", "east_of_england", "england"],
    )


def test_no_metric_gives_a_figure_that_the_table_does_not_show(beside: duckdb.DuckDBPyRelation) -> None:
    assert beside.filter("value is null and given is not null").fetchall() == []
    assert beside.filter("status = 'suppressed'").fetchone()


def test_a_suppressed_month_is_empty_in_the_sums_too(three: duckdb.DuckDBPyConnection) -> None:
    fewest = three.execute(
        "select min(in_post_heads) filter (fte_days_lost > 0), min(survey_respondents), "
        "count(*) filter (not_shown like '%fte_days_lost[c]%' and withheld like '%,absence_rate,%'), count(*) filter (fte_days_lost is not null) from marts.org_unit_month"
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
