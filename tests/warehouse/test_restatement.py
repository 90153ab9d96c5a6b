"""As published and as now known: a late leaver changes September as known today, and not the September that the board saw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.engine.check_results import write_source_results
from expectations.engine.check_rule import Outcome, RuleResult
from foundation import ledger
from foundation.storage import storage
from tests.expectations.landed_council import LandedCouncil
from tests.warehouse.ashby import MONTHS, Models, configure, deliver_month, staff, table
from warehouse.publish import audiences_of, stage_publication, switch_latest
from warehouse.written_tables import write_tables


class History:
    """Three publications: September as first known; a month later, with a leaver of September; and after a delivery was held."""

    def __init__(self, home: Path, models: Models) -> None:
        self.home, self.models, self.council = configure(home), models, LandedCouncil(home)
        for period in MONTHS:
            deliver_month(self.council, period)
        self.october = self.publish()
        late = {"end_date": "2025-09-12", "leaving_reason": "resignation"}
        self.told_late = deliver_month(self.council, "2025-10", staff(p03=late), received_at="2025-11-12T06:00:00+00:00")
        self.check("failed")
        self.november = self.publish()
        self.check("passed")
        ledger.hold("ashby", "hr_assignments", self.told_late, "HR-009", "why")
        self.december = self.publish()

    def publish(self) -> Path:
        self.models.build(self.home)
        return switch_latest(stage_publication())

    def check(self, outcome: Outcome) -> None:
        """A finding about October's agency bookings. If its rule fails, October's figure of agency cover is held."""
        (bookings,) = (delivery for delivery in ledger.deliveries("ashby", "agency", self.council.store) if delivery.period == "2025-10")
        found = RuleResult(
            "AGY-009",
            "ashby",
            "agency",
            "2025-10",
            bookings.delivery_id,
            "hold",
            outcome,
            1,
            "says",
            "fix",
            indicators=("agency_cover_rate",),
        )
        write_source_results([found], {}, "ashby", "agency", self.council.store, datetime.now(UTC))

    def october_agency_cover(self, publication: Path) -> str:
        with duckdb.connect(str(publication / "inside" / "workforce.duckdb"), read_only=True) as marts:
            found = marts.execute(
                """
                select coalesce(as_at_month::varchar, 'of the month') from marts.indicator_value
                where indicator_id = 'agency_cover_rate' and scope = 'organisation' and month_end = date '2025-10-31'
                """
            ).fetchone()
        assert found is not None
        return str(found[0])

    def september(self, publication: Path) -> dict[str, Any]:
        with duckdb.connect(str(publication / "inside" / "workforce.duckdb"), read_only=True) as marts:
            found = marts.execute(
                """
                select numerator, denominator, status from marts.indicator_value
                where indicator_id = 'turnover_rate' and definition_id = 'dfe' and scope = 'organisation' and month_end = date '2025-09-30'
                """
            ).fetchone()
        assert found is not None
        return dict(zip(("numerator", "denominator", "status"), found, strict=True))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, built_once: Path) -> Iterator[History]:
    home = tmp_path_factory.mktemp("ashby")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        yield History(home, Models(built_once))


def restated(publication: Path, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb"), read_only=True) as marts:
        return marts.execute(
            f"""
            select {columns} from marts.restatement
            where indicator_id = 'turnover_rate' and definition_id = 'dfe' and scope = 'organisation' and {where}
            order by month_end, published_at
            """
        ).fetchall()


def test_a_late_leaver_changes_todays_september_and_not_the_published_one(history: History) -> None:
    assert history.september(history.october) == {"numerator": 0, "denominator": 12, "status": "met"}
    assert history.september(history.november) == {"numerator": 1, "denominator": 11, "status": "met"}
    assert table(history.october / "inside" / "workforce.duckdb", "marts.restatement") == []
    with duckdb.connect(str(history.december / "inside" / "workforce.duckdb"), read_only=True) as marts:
        said = marts.execute(
            """
            select publication, numerator, denominator from marts.published_indicator
            where indicator_id = 'turnover_rate' and definition_id = 'dfe' and scope = 'organisation' and month_end = date '2025-09-30'
            order by published_at
            """
        ).fetchall()
    assert said == [(history.october.name, 0, 12), (history.november.name, 1, 11)]


def test_the_restatement_names_the_delivery_that_told_of_the_leaver(history: History) -> None:
    columns = "month_end::varchar, publication, published_numerator, published_denominator, numerator, denominator, cause, deliveries"
    assert restated(history.november, columns) == [
        (
            "2025-09-30",
            history.october.name,
            *(0, 12, 1, 11),
            "deliveries",
            "hr_assignments 2025-10, received 2025-11-12, hr_assignments_2025-10_045.csv",
        )
    ]


def test_a_figure_that_went_back_to_what_was_first_published_is_restated_for_the_one_between_alone(history: History) -> None:
    september = restated(history.december, "publication, published_numerator, numerator, deliveries", "month_end = date '2025-09-30'")
    assert september == [
        (history.november.name, 1, 0, "no longer in force: hr_assignments 2025-10, received 2025-11-12, hr_assignments_2025-10_045.csv")
    ]


def test_what_a_check_held_when_it_was_published_is_held_in_that_publication_alone(history: History) -> None:
    assert history.october_agency_cover(history.november) == "2025-09-30"
    assert history.october_agency_cover(history.december) == "of the month"


def test_a_build_as_known_at_a_publication_gives_its_figures_again(history: History, tmp_path: Path) -> None:
    for publication in (history.october, history.november, history.december):
        manifest = json.loads((publication / "manifest.json").read_text(encoding="utf-8"))
        history.models.build(history.home, datetime.fromisoformat(manifest["as_known_at"]))
        # What a build shows inside, as it would be published.
        with duckdb.connect(str(history.home / "build" / "workforce.duckdb"), read_only=True) as marts:
            inside = audiences_of(marts)["inside"]
        write_tables(storage(), tmp_path / publication.name, inside)
        built, published = tmp_path / publication.name / "workforce.duckdb", publication / "inside" / "workforce.duckdb"
        for mart in ("indicator_value", "establishment_position", "movement_month", "source_month", "published_indicator", "restatement"):
            assert table(built, f"marts.{mart}") == table(published, f"marts.{mart}"), mart
        assert len(table(built, "marts.indicator_value")) > 500


def test_publications_that_are_still_aside_have_said_nothing(history: History) -> None:
    assert stage_publication().name.startswith(".")
    history.models.build(history.home)
    with duckdb.connect(str(history.home / "build" / "workforce.duckdb"), read_only=True) as built:
        known = [row[0] for row in built.execute("select publication from raw.publication order by published_at").fetchall()]
    assert known == [history.october.name, history.november.name, history.december.name]
