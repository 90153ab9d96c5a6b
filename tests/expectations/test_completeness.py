"""The gate before publication, and who may override it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from expectations.completeness import Incomplete, check_completeness, stopped
from foundation import ledger
from foundation.configuration import ConfigurationError
from reporting.published_marts import overrides
from tests.alerts.conftest import ORGANISATION
from tests.expectations.landed_council import LandedCouncil, assignment, post

MONTH = "2025-09"
INDICATORS = """
create table marts.indicator_value as
select 'ashby' as organisation_id, 'organisation' as scope, date '2025-09-30' as month_end, if(place <= 20 * {share}, 'not_available', 'met') as status
from range(1, 21) as places (place)
"""


@pytest.fixture
def config(council: LandedCouncil, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of the council, with a build whose last month is September 2025."""
    folder = council.store.home / "config"
    monkeypatch.setenv("WORKFORCE_CONFIG", str(folder))
    (folder / "organisations" / "ashby").mkdir(parents=True)
    (folder / "organisations" / "ashby" / "organisation.yaml").write_text(ORGANISATION)
    council.store.build_folder.mkdir(exist_ok=True)
    with duckdb.connect(str(council.store.build_database)) as connection:
        connection.execute("create schema marts")
        connection.execute(INDICATORS.format(share=0.5))
        connection.execute("create table marts.data_quality_result as select 'marts' as source, true as is_latest")
    return folder


def deliver(council: LandedCouncil, *sources: str) -> None:
    rows = {"hr_assignments": [assignment("p01")], "establishment": [post("post of p01")]}
    for source in sources:
        council.deliver(source, MONTH, rows[source])
    for source in sources:
        council.check(source)


def lacks() -> list[str]:
    return [f"{gap.source}: {gap.lack}" for gap in check_completeness()]


def kept(council: LandedCouncil) -> dict[str, list[dict[str, str]]]:
    return json.loads((council.store.checks / "completeness.json").read_text())


def test_a_month_with_everything_in_checked_and_reconciled_lacks_nothing(council: LandedCouncil, config: Path) -> None:
    deliver(council, "hr_assignments", "establishment")
    assert lacks() == []


def test_a_build_whose_marts_nobody_checked_is_not_published(council: LandedCouncil, config: Path) -> None:
    deliver(council, "hr_assignments", "establishment")
    with duckdb.connect(str(council.store.build_database)) as connection:
        connection.execute("update marts.data_quality_result set is_latest = false")
    with pytest.raises(Incomplete, match="The marts of this build were not checked"):
        check_completeness()


def test_a_source_that_is_not_in_stops_only_where_the_month_must_have_it(council: LandedCouncil, config: Path) -> None:
    deliver(council, "hr_assignments")
    assert lacks() == ["establishment: not in"]
    (config / "publication.yaml").write_text("must_be_in: [establishment]\n")
    with pytest.raises(
        Incomplete, match=r"2025-09 is not published: ashby establishment: no file for the month is in force.*Who may override: nobody"
    ):
        check_completeness()


def test_what_was_not_checked_stops_the_month(council: LandedCouncil, config: Path) -> None:
    deliver(council, "hr_assignments", "establishment")
    next(council.store.checks.glob("establishment__*")).unlink()
    with pytest.raises(Incomplete, match="ashby establishment: it was not checked, or a check that can hold it"):
        check_completeness()


@pytest.mark.parametrize(
    ("severity", "lack"), [("block", "not checked"), ("hold", "not checked"), ("warn", "not all checked"), ("note", "not all checked")]
)
def test_a_check_that_errored_stops_the_month_only_if_its_rule_could_have_held_something(
    council: LandedCouncil, config: Path, severity: str, lack: str
) -> None:
    deliver(council, "hr_assignments", "establishment")
    path = next(council.store.checks.glob("establishment__*"))
    results = pl.read_parquet(path)
    of_severity = (pl.col("rule_id") == results["rule_id"][0]).alias("is_it")
    results.with_columns(
        outcome=pl.when(of_severity).then(pl.lit("errored")).otherwise("outcome"),
        severity=pl.when(of_severity).then(pl.lit(severity)).otherwise("severity"),
    ).write_parquet(path)
    if lack == "not checked":
        with pytest.raises(Incomplete, match="ashby establishment: it was not checked, or a check that can hold it"):
            check_completeness()
    else:
        assert lacks() == [f"establishment: {lack}"]


def test_an_override_is_of_what_is_lacking_and_kept_only_if_it_was_needed(council: LandedCouncil, config: Path) -> None:
    (config / "publication.yaml").write_text("must_be_in: [establishment]\nmay_override: [Director]\n")
    lines = ["2025-09,ashby,establishment,not in,Director,late", "2025-09,ashby,hr_assignments,not in,Director,in case"]
    (config / "publication_overrides.csv").write_text("\n".join(["month,organisation_id,source,lack,by,reason", *lines]) + "\n")
    deliver(council, "hr_assignments")
    assert lacks() == ["establishment: not in"]
    assert [(override["source"], override["lack"]) for override in kept(council)["overrides"]] == [("establishment", "not in")]
    deliver(council, "establishment")
    next(council.store.checks.glob("establishment__*")).unlink()
    with pytest.raises(Incomplete, match="ashby establishment: it was not checked"):
        check_completeness()
    assert kept(council)["overrides"] == []
    month, gaps = stopped()
    assert (month, [(gap.source, gap.lack) for gap in gaps]) == (MONTH, [("establishment", "not checked")])


def test_rows_that_do_not_add_up_stop_the_month(council: LandedCouncil, config: Path) -> None:
    deliver(council, "hr_assignments", "establishment")
    (entry,) = council.store.ledger("ashby", "establishment").glob("*.json")
    entry.write_text(entry.read_text().replace('"rows_read": 1', '"rows_read": 2'))
    ledger.begin_chain("ashby", "establishment", council.store)
    with pytest.raises(Incomplete, match="rows read are not the sum of rows accepted"):
        check_completeness()


@pytest.mark.parametrize(("before", "now", "stops"), [(0.5, 0.9, True), (0.5, 0.85, False), (0.9, 1, False), (None, 1, False)])
def test_a_council_that_lost_nearly_all_its_figures_stops_the_month_unless_overridden(
    council: LandedCouncil, config: Path, before: float | None, now: float, stops: bool
) -> None:
    deliver(council, "hr_assignments", "establishment")
    with duckdb.connect(str(council.store.build_database)) as connection:
        connection.execute("drop table marts.indicator_value")
        connection.execute(INDICATORS.format(share=now))
    if before is not None:
        publication = council.store.published / "2025-08" / "0123456789ab"
        (publication / "inside").mkdir(parents=True)
        council.store.latest.symlink_to(publication)
        with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
            connection.execute("create schema marts")
            connection.execute(INDICATORS.format(share=before))
    if not stops:
        assert lacks() == []
        return
    with pytest.raises(Incomplete, match="ashby all_sources: nearly all of its indicators have no figure"):
        check_completeness()
    (config / "publication.yaml").write_text("may_override: [Director]\n")
    line = "2025-09,ashby,all_sources,not available,Director,The council moves to another system"
    (config / "publication_overrides.csv").write_text(f"month,organisation_id,source,lack,by,reason\n{line}\n")
    assert lacks() == ["all_sources: not available"]


def test_who_may_can_override_a_month_and_the_reason_is_kept_for_the_manifest(council: LandedCouncil, config: Path) -> None:
    deliver(council, "hr_assignments")
    (config / "publication.yaml").write_text("must_be_in: [establishment]\nmay_override: [Director of Children's Services]\n")
    line = "2025-09,ashby,establishment,not in,Director of Children's Services,The freeze of posts is not entered yet\n"
    (config / "publication_overrides.csv").write_text("month,organisation_id,source,lack,by,reason\n" + line)
    assert lacks() == ["establishment: not in"]
    (override,) = kept(council)["overrides"]
    assert (override["by"], override["reason"]) == ("Director of Children's Services", "The freeze of posts is not entered yet")
    publication = council.store.home / "published"
    publication.mkdir()
    (publication / "manifest.json").write_text(json.dumps({"overrides": [override]}))
    assert overrides(publication, "ashby") == [override]
    assert overrides(publication, "bexhill") == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2025-09,ashby,establishment,not in,Somebody,because", "'Somebody' may not override"),
        ("2025-09,ashby,establishment,not in,Director,", "a reason in words"),
        ("2025-09,ashby,establishment,not good,Director,because", "lack is 'not good'; write one of: not in, not checked, not reconciled"),
        ("2025-09,ashby,establishment", "needs month"),
    ],
)
def test_an_override_that_cannot_stand_names_its_line(council: LandedCouncil, config: Path, line: str, told: str) -> None:
    deliver(council, "hr_assignments")
    (config / "publication.yaml").write_text("may_override: [Director]\n")
    (config / "publication_overrides.csv").write_text(f"month,organisation_id,source,lack,by,reason\n{line}\n")
    with pytest.raises(ConfigurationError, match=f"line 2: .*{told}"):
        check_completeness()
