"""The samples through the whole DAG give what DfE published, calculated by the models from the rows of the extracts."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.integration.published_rates import YEARS, assert_published_rates_come_out

REPOSITORY = Path(__file__).resolve().parents[2]


def published_rows(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """DfE's rows by three-digit code and year."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {(row["old_la_code"], row["time_period"]): row for row in csv.DictReader(lines)}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("la_code", ["855", "873", "874"])
def test_the_published_rates_of_the_three_councils_come_out(three: duckdb.DuckDBPyConnection, la_code: str, year: int) -> None:
    assert_published_rates_come_out(three, REPOSITORY / "samples" / "published_figures.csv", la_code, year)


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
                    select case movement.movement when 'leaver' then 'leaver' else 'starter' end as counted, [cast(sum(movement.headcount) as varchar), cast(round(sum(movement.fte), 1) as varchar)]
                    from marts.movement_month as movement
                    inner join marts.organisation as council using (organisation_id)
                    where council.la_code = ? and movement.scope = 'organisation' and movement.role_group = 'social_worker'
                        and movement.movement in ('starter', 'qualified_in_post', 'joined_from_service', 'leaver')
                        and movement.month_end between make_date(cast(? as integer) - 1, 10, 1) and make_date(cast(? as integer), 9, 30)
                    group by counted
                    """,
                    [la_code, year, year],
                ).fetchall()
            )
            row = published[la_code, str(year)]
            assert [Decimal(count) for count in counted["starter"]] == [Decimal(row["starters_headcount"]), Decimal(row["starters_fte"])]
            assert [Decimal(count) for count in counted["leaver"]] == [Decimal(row["leavers_headcount"]), Decimal(row["leavers_fte"])]


def test_every_council_has_its_page_and_every_indicator_a_figure(three: duckdb.DuckDBPyConnection) -> None:
    without = three.execute(
        "select organisation_id, indicator_id, definition_id, status_reason from marts.indicator_value "
        "where scope = 'organisation' and month_end = date '2025-09-30' and value is null"
    ).fetchall()
    # Four years of extracts are needed to know who joined 36 months ago. The samples have three.
    assert {row[1:] for row in without} == {("team_retention_36m", "board", "history_too_short")}


def test_it_is_told_where_leavers_went_and_which_cases_changed_worker(three: duckdb.DuckDBPyConnection) -> None:
    told = three.execute(
        """
        select organisation_id, sum(headcount) filter (category not in ('not_known', 'not_yet_collected')) > any_value(people) / 2
        from marts.movement_year where scope = 'organisation' and census_year = 2025 and breakdown = 'destination' group by organisation_id order by 1
        """
    ).fetchall()
    assert told == [("cambridgeshire", True), ("leicestershire", True), ("peterborough", True)]
    changed = three.execute(
        "select cases_with_another_worker between 1 and cases / 10 from marts.caseload_month "
        "where scope = 'organisation' and organisation_id is not null and month_end = date '2025-09-30'"
    ).fetchall()
    assert changed == [(True,)] * 3


def test_hr_gets_a_note_of_what_its_extracts_leave_open_and_no_delivery_is_held(three: duckdb.DuckDBPyConnection) -> None:
    """A withdrawn start, a planned end that did not come, somebody who was never away, and somebody unconfirmed:

    a note for each, in both councils with snapshots.
    """
    notes = three.execute(
        "select distinct organisation_id, rule_id from marts.data_quality_result "
        "where rule_id between 'HR-043' and 'HR-046' and outcome = 'failed' and severity = 'note' order by all"
    ).fetchall()
    rules = ("HR-043", "HR-044", "HR-045", "HR-046")
    assert notes == [(council, rule) for council in ("cambridgeshire", "peterborough") for rule in rules]
    assert three.execute("select sum(deliveries_held) from marts.source_month").fetchone() == (0,)
