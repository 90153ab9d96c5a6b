"""The samples through the whole DAG: what DfE published comes out, computed by the models from the extracts' rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest

from tests.sample_run import run_samples

REPOSITORY = Path(__file__).resolve().parents[2]
# Indicator by `dfe`, and DfE's column of the published rate.
PUBLISHED_AS = {
    "agency_rate": "agency_rate_fte",
    "agency_rate_headcount": "agency_rate_headcount",
    "turnover_rate": "turnover_rate_fte",
    "turnover_rate_headcount": "turnover_rate_headcount",
    "vacancy_rate": "vacancy_rate_fte",
    "agency_cover_rate": "agency_cover_rate_fte",
    "vacancy_agency_cover_rate": "vacancy_agency_cover_rate_fte",
    "absence_rate": "absence_rate_fte",
    "caseload": "caseload_fte",
}
# Twelve authorities of different sizes: a combined code, a London borough, one under 40 FTE, one with symbols.
TWELVE = ("926", "330", "940 / 941", "202", "857", "201", "881", "831", "933", "916", "886", "301")
YEARS = ("2024", "2025")


def published_rows(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """DfE's rows by three-digit code and year."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {(row["old_la_code"], row["time_period"]): row for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    published = REPOSITORY / "tests" / "samples" / "published_authorities.csv"
    codes = [part for code in TWELVE for part in ("--la-code", code)]
    with run_samples(tmp_path_factory.mktemp("twelve"), "--published", str(published), *codes, "--years", *YEARS, "--seed", "7") as marts:
        yield marts


def computed(marts: duckdb.DuckDBPyConnection, la_code: str, year: str) -> dict[str, str]:
    """The nine `dfe` rates of an authority at 30 September: rounded half up to DfE's one decimal, or the reason for none."""
    rows = marts.execute(
        """
        select value.indicator_id, value.numerator, value.denominator, value.unit, value.status_reason
        from marts.indicator_value as value
        inner join marts.organisation as council using (organisation_id)
        where council.la_code = ? and value.definition_id = 'dfe' and value.scope = 'organisation'
            and value.month_end = make_date(cast(? as integer), 9, 30) and value.as_at_month is null
        """,
        [la_code, year],
    ).fetchall()
    return {indicator: reason or _printed(numerator, denominator, unit) for indicator, numerator, denominator, unit, reason in rows}


def _printed(numerator: Decimal, denominator: Decimal, unit: str) -> str:
    value = numerator * (100 if unit == "per_cent" else 1) / denominator
    return str(value.quantize(Decimal("0.1"), ROUND_HALF_UP))


def expected(row: dict[str, str]) -> dict[str, str]:
    """The published rates, written with one decimal; a symbol stays itself."""
    return {
        indicator: row[column] if row[column].isalpha() else str(Decimal(row[column]).quantize(Decimal("0.1")))
        for indicator, column in PUBLISHED_AS.items()
    }


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("la_code", ["855", "873", "874"])
def test_the_published_rates_of_the_three_councils_come_out(three: duckdb.DuckDBPyConnection, la_code: str, year: str) -> None:
    published = published_rows(REPOSITORY / "samples" / "published_figures.csv")
    assert computed(three, la_code, year) == expected(published[la_code, year])


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("la_code", TWELVE)
def test_the_published_rates_of_twelve_other_authorities_come_out(twelve: duckdb.DuckDBPyConnection, la_code: str, year: str) -> None:
    published = published_rows(REPOSITORY / "tests" / "samples" / "published_authorities.csv")
    assert computed(twelve, la_code, year) == expected(published[la_code, year])


def test_peterborough_meets_ten_per_cent_turnover_by_one_definition_and_misses_it_by_the_other(three: duckdb.DuckDBPyConnection) -> None:
    rates = dict(
        three.execute(
            "select definition_id, round(value, 1) from marts.indicator_value where scope_id = 'peterborough' "
            "and indicator_id = 'turnover_rate' and month_end = date '2025-09-30'"
        ).fetchall()
    )
    assert rates["dfe"] == 9.7
    assert rates["board"] > 10
    status = three.execute(
        "select status, target from marts.indicator_value where scope_id = 'peterborough' and indicator_id = 'turnover_rate' "
        "and definition_id = 'board' and month_end = date '2025-09-30'"
    ).fetchone()
    assert status == ("not_met", 10.0)


def test_starters_and_leavers_of_the_year_are_those_published(three: duckdb.DuckDBPyConnection) -> None:
    published = published_rows(REPOSITORY / "samples" / "published_figures.csv")
    for la_code in ("855", "873", "874"):
        for year in YEARS:
            counted = dict(
                three.execute(
                    """
                    select movement.movement, [cast(sum(movement.headcount) as varchar), cast(round(sum(movement.fte), 1) as varchar)]
                    from marts.movement_month as movement
                    inner join marts.organisation as council using (organisation_id)
                    where council.la_code = ? and movement.scope = 'organisation' and movement.role_group = 'social_worker'
                        and movement.movement in ('starter', 'leaver')
                        and movement.month_end between make_date(cast(? as integer) - 1, 10, 1) and make_date(cast(? as integer), 9, 30)
                    group by movement.movement
                    """,
                    [la_code, year, year],
                ).fetchall()
            )
            row = published[la_code, year]
            assert [Decimal(one) for one in counted["starter"]] == [Decimal(row["starters_headcount"]), Decimal(row["starters_fte"])]
            assert [Decimal(one) for one in counted["leaver"]] == [Decimal(row["leavers_headcount"]), Decimal(row["leavers_fte"])]


def test_every_council_has_its_page_and_every_indicator_a_figure(three: duckdb.DuckDBPyConnection) -> None:
    without = three.execute(
        "select organisation_id, indicator_id, definition_id, status_reason from marts.indicator_value "
        "where scope = 'organisation' and month_end = date '2025-09-30' and value is null"
    ).fetchall()
    assert without == []
