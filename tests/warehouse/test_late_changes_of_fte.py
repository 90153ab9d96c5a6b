"""A change of FTE that is entered late. Today's month has it, the published month does not, and the restatement says why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.expectations.landed_council import LandedCouncil
from tests.warehouse.ashby import MONTHS, Models, configure, deliver_month, staff
from warehouse.publish import stage_publication, switch_latest

NO_CHANGE = {f"p{number:02}": {"fte_from": "2020-01-01"} for number in range(1, 13)}
PART_TIME = {**NO_CHANGE, "p03": {"fte": 0.6, "fte_from": "2025-09-16"}}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, built_once: Path) -> tuple[Path, Path]:
    """September as first published, and a month later, after p03's change of hours in mid-September is entered."""
    home = configure(tmp_path_factory.mktemp("ashby"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        models, council = Models(built_once), LandedCouncil(home)
        for period in MONTHS:
            deliver_month(council, period, staff(**NO_CHANGE))
        models.build(home)
        first = switch_latest(stage_publication())
        deliver_month(council, "2025-10", staff(**PART_TIME), received_at="2025-11-12T06:00:00+00:00")
        models.build(home, datetime(2025, 11, 1, tzinfo=UTC))
        with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
            assert _fte(built, "2025-09-30") == 12
        models.build(home)
        return first, switch_latest(stage_publication())


def _ask(publication: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb"), read_only=True) as marts:
        return marts.execute(query).fetchall()


def _fte(marts: duckdb.DuckDBPyConnection, month_end: str) -> float:
    found = marts.execute(
        "select in_post_fte from marts.org_unit_month where scope = 'organisation' and month_end = cast(? as date)", [month_end]
    ).fetchone()
    assert found is not None
    return float(found[0])


def test_the_month_of_the_change_has_it_today_and_the_months_before_do_not(published: tuple[Path, Path]) -> None:
    query = """
        select month_end::varchar, in_post_fte::double from marts.org_unit_month
        where scope = 'organisation' and month_end between date '2025-08-31' and date '2025-10-31' order by 1
    """
    first, second = published
    assert _ask(first, query) == [("2025-08-31", 12.0), ("2025-09-30", 12.0)]
    assert _ask(second, query) == [("2025-08-31", 12.0), ("2025-09-30", 11.6), ("2025-10-31", 11.6)]


def test_the_change_is_a_movement_of_the_month_in_which_it_was_made(published: tuple[Path, Path]) -> None:
    query = "select month_end::varchar, fte::double from marts.movement_month where movement = 'fte_change' and scope = 'organisation'"
    assert {*_ask(published[1], f"{query} and role_group = 'social_worker'")} == {("2025-09-30", -0.4)}


def test_the_restatement_names_the_delivery_that_told_of_the_change(published: tuple[Path, Path]) -> None:
    query = """
        select month_end::varchar, published_denominator::double, denominator::double, cause, deliveries from marts.restatement
        where indicator_id = 'turnover_rate' and definition_id = 'dfe' and scope = 'organisation'
    """
    assert _ask(published[0], query) == []
    (restated,) = _ask(published[1], query)
    assert restated[:4] == ("2025-09-30", 12.0, 11.6, "deliveries")
    assert restated[4].startswith("hr_assignments 2025-10, received 2025-11-12")
