"""DfE's published figures stand beside the council's own. The files are landed like any extract.

Source: Department for Education, children's social work workforce, releases of 2022 and 2025. For what the report of November 2019
printed, and which of it cannot be reproduced, see tests/golden/README.md.
"""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path
from statistics import median

import duckdb
import pytest

from expectations.marts_check import check_marts
from tests.golden.dfe_files import CARRIED, PUBLISHED, carried_lines, published_text

# Cambridgeshire and the East of England, 2017 and 2018: turnover, vacancy and agency, as DfE's file of 2025 has them.
YEAR_ON_YEAR = {
    ("council", 2017): (19.5, 12.3, 8.9),
    ("council", 2018): (17.9, 13.7, 11.2),
    ("region", 2017): (11.2, 16.7, 11.9),
    ("region", 2018): (13.9, 16.6, 11.2),
}
# The report of November 2019 printed these figures of 2018 (003, 2.1). The figures that it printed as Cambridgeshire's of 2017 are
# England's.
PRINTED_OF_2018 = {"council": (17.9, 13.7, 11.2), "region": (14.0, 16.6, 11.2)}
PRINTED_AS_2017 = {"turnover_rate": 15.0, "vacancy_rate": 17.0, "agency_rate": 16.0}
RATES = ("turnover_rate", "vacancy_rate", "agency_rate")


def rates(marts: duckdb.DuckDBPyConnection, comparator: str, year: int, release: str) -> tuple[float | None, ...]:
    """Cambridgeshire's three rates of a year, of one comparator."""
    found = dict(
        marts.execute(
            "select indicator_id, value from marts.comparator "
            "where organisation_id = 'cambridgeshire' and comparator = ? and month_end = ? and release = ?",
            [comparator, date(year, 9, 30), release],
        ).fetchall()
    )
    return tuple(found[rate] for rate in RATES)


@pytest.mark.parametrize(("comparator", "year"), YEAR_ON_YEAR)
def test_the_year_on_year_table_stands_beside_the_region(marts: duckdb.DuckDBPyConnection, comparator: str, year: int) -> None:
    assert rates(marts, comparator, year, "2025") == YEAR_ON_YEAR[comparator, year]


@pytest.mark.parametrize("comparator", PRINTED_OF_2018)
def test_what_was_printed_of_2018_is_in_the_release_nearest_to_it(marts: duckdb.DuckDBPyConnection, comparator: str) -> None:
    assert rates(marts, comparator, 2018, "2022") == PRINTED_OF_2018[comparator]


def test_a_figure_that_a_later_release_changed_is_there_in_both(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select release, value, is_latest_release from marts.comparator where organisation_id = 'cambridgeshire' "
        "and comparator = 'region' and indicator_id = 'turnover_rate' and month_end = date '2018-09-30' order by release"
    ).fetchall()
    assert found == [("2022", 14.0, False), ("2025", 13.9, True)]


def test_what_was_printed_as_2017_is_in_no_release_for_cambridgeshire(marts: duckdb.DuckDBPyConnection) -> None:
    for release in ("2022", "2025"):
        found = dict(zip(RATES, rates(marts, "council", 2017, release), strict=True))
        assert all(found[name] is not None and round(found[name]) != printed for name, printed in PRINTED_AS_2017.items())
    of_england = dict(zip(RATES, rates(marts, "england", 2017, "2025"), strict=True))
    assert (of_england["vacancy_rate"], of_england["agency_rate"]) == (17.0, 15.8)


def test_neighbours_are_the_median_of_ten_published_rates(marts: duckdb.DuckDBPyConnection) -> None:
    neighbours = csv.DictReader(published_text("sn_model_2025_wide.csv").splitlines())
    row = next(neighbour for neighbour in neighbours if neighbour["la_name"] == "Cambridgeshire")
    codes = {row[f"SN_{place}"] for place in range(1, 11)}
    rows = csv.DictReader(published_text("csww_indicators_2017_to_2025.csv").splitlines())
    published = [float(row["turnover_rate_fte"]) for row in rows if row["old_la_code"] in codes and row["time_period"] == "2025"]
    found = marts.execute(
        "select value, areas, areas_without_figure, neighbour_model, release from marts.comparator "
        "where organisation_id = 'cambridgeshire' and comparator = 'statistical_neighbours' "
        "and indicator_id = 'turnover_rate' and month_end = date '2025-09-30'"
    ).fetchall()
    assert found == [(pytest.approx(median(published)), 10, 0, "2025", "2025")]


def test_every_published_rate_of_an_authority_is_its_published_parts(marts: duckdb.DuckDBPyConnection) -> None:
    """All nine formulas, over all authorities and years:

    they differ by at most one unit of the last printed digit, because of DfE's own rounding.
    """
    checked, apart = marts.execute(
        """
        select count(*), count(*) filter (
            abs(value - numerator / denominator * case when indicator_id = 'caseload' then 1 else 100 end) > 0.15
        )
        from indicators.comparator_rates
        where level = 'authority' and release = '2025' and value is not null and numerator is not null and denominator > 50
        """
    ).fetchone() or (0, None)
    assert checked > (10_000 if PUBLISHED.is_dir() else 700)
    assert apart == 0


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="DfE's published files are not beside this checkout")
@pytest.mark.parametrize("name", sorted(path.name for path in CARRIED.iterdir()))
def test_the_carried_rows_are_the_departments(name: str) -> None:
    whole = published_text(name).splitlines()
    assert set(carried_lines(name)) <= set(whole)
    assert carried_lines(name)[0] == whole[0]


def test_england_is_no_council_and_makes_no_month(marts: duckdb.DuckDBPyConnection) -> None:
    def one_column(sql: str) -> list[object]:
        return [row[0] for row in marts.execute(sql).fetchall()]

    assert one_column("select organisation_id from marts.organisation order by 1") == ["cambridgeshire"]
    assert one_column("select distinct organisation_id from marts.comparator order by 1") == ["cambridgeshire"]
    assert one_column("select distinct scope_id from marts.indicator_value where scope = 'organisation' order by 1") == ["cambridgeshire"]
    assert one_column("select distinct organisation_id from marts.target where organisation_id like 'england%'") == []
    assert one_column("select strftime(month_end, '%Y-%m') from marts.month where is_reported") == ["2019-11"]


def test_the_marts_may_be_published_with_england_beside_the_council(
    november_2019: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(november_2019, home)
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(home / "config"))
    assert {result.outcome for result in check_marts()} == {"passed"}
