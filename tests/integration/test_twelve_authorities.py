"""Twelve other authorities through the whole DAG give the figures that DfE published for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.integration.published_rates import YEARS, assert_published_rates_come_out
from tests.metrics import SAME, Metrics, figures_beside_metrics
from tests.sample_run import run_samples

pytestmark = pytest.mark.wide
REPOSITORY = Path(__file__).resolve().parents[2]
# Twelve authorities of different kinds: a combined code, London boroughs, one under 40 FTE, one without staff in post, and those with
# symbols:
# Birmingham (330), Sunderland (394), Kensington and Chelsea (207), and Warwickshire (937), whose agency workers have no FTE.
TWELVE = ("926", "330", "940 / 941", "394", "857", "201", "207", "831", "933", "937", "420", "301")


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    published = REPOSITORY / "tests" / "samples" / "published_authorities.csv"
    codes = [part for code in TWELVE for part in ("--la-code", code)]
    with run_samples(
        tmp_path_factory.mktemp("twelve"), "--published", str(published), *codes, "--years", *map(str, YEARS), "--seed", "7"
    ) as marts:
        yield marts


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("la_code", TWELVE)
def test_the_published_rates_of_twelve_other_authorities_come_out(twelve: duckdb.DuckDBPyConnection, la_code: str, year: int) -> None:
    assert_published_rates_come_out(twelve, REPOSITORY / "tests" / "samples" / "published_authorities.csv", la_code, year)


def test_the_metrics_give_every_figure_of_twelve_other_authorities_and_none_behind_a_symbol(
    twelve: duckdb.DuckDBPyConnection, built_once: Path
) -> None:
    beside = figures_beside_metrics(twelve, Metrics(built_once / "build" / "dbt" / "semantic_manifest.json"))
    differing = f"coalesce(value, -1) <> coalesce(given, -1) and (value is null or given is null or abs(value - given) > {SAME})"
    # A metric of twelve months gives none where one of the months is hidden; the table has the year all the same.
    month_hidden = "metric = 'absence_rate' and given is null"
    assert beside.filter(f"as_at_month is null and not ({month_hidden}) and {differing}").fetchall() == []
    assert beside.filter("value is not null").aggregate("count(distinct metric)").fetchone() == (15,)
    assert twelve.execute("select count(*) from marts.indicator_value where status_reason in ('u', 'x', 'c')").fetchone() != (0,)
