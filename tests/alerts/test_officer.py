"""What the board's officer is told of a publication."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from alerts.officer import tell_not_published, tell_officer
from reporting.published_marts import NothingPublished
from tests.alerts.conftest import ALERTS, Post
from tests.reporting.conftest import TABLES


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    made = tmp_path / "published" / "2025-09" / "p-001"
    (made / "inside").mkdir(parents=True)
    with duckdb.connect(str(made / "inside" / "workforce.duckdb")) as connection:
        connection.execute(TABLES)
    return made


def test_the_officer_is_told_once_what_is_missing_or_older_and_why(publication: Path, post: Post) -> None:
    (publication.parents[2] / "config" / "alerts.yaml").write_text(ALERTS + "board_officer: officer@north.example\n")
    page = tell_officer(publication)
    assert page is not None
    html = page.read_text(encoding="utf-8")
    assert "The figure for August 2025: caseload is held back by rule CAS-002 since 12 October 2025." in html
    assert "No figure: DfE marks this figure as of low reliability." in html
    assert "Turnover rate" not in html
    assert "Survey score" not in html.partition("South &amp; West")[0], "of too few people: nothing is to be corrected"
    (mail,) = post.mails
    assert mail["To"] == "officer@north.example"
    assert mail["Subject"] == "4 figures are missing or older: publication p-001, September 2025"
    assert tell_officer(publication) is None


def test_a_publication_that_lacks_nothing_is_mailed_to_nobody(publication: Path, post: Post) -> None:
    (publication.parents[2] / "config" / "alerts.yaml").write_text(ALERTS + "board_officer: officer@north.example\n")
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
        connection.execute("delete from marts.indicator")
    page = tell_officer(publication)
    assert page is not None and "No figure for the month is missing that anybody could correct." in page.read_text(encoding="utf-8")
    assert post.mails == []


def test_a_council_that_is_left_out_is_named(publication: Path, post: Post) -> None:
    (publication.parents[2] / "config" / "alerts.yaml").write_text(ALERTS + "board_officer: officer@north.example\n")
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
        connection.execute("delete from marts.indicator")
    (publication / "manifest.json").write_text(json.dumps({"councils_left_out": [{"organisation_id": "east"}]}))
    page = tell_officer(publication)
    assert page is not None and "east: the configuration could not be used" in page.read_text(encoding="utf-8")
    assert len(post.mails) == 1


def test_what_the_checks_of_the_figures_found_is_told_although_every_figure_is_there(publication: Path, post: Post) -> None:
    (publication.parents[2] / "config" / "alerts.yaml").write_text(ALERTS + "board_officer: officer@north.example\n")
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
        connection.execute("delete from marts.indicator")
        connection.execute(
            "insert into marts.data_quality_result (rule_id, organisation_id, source, outcome, rows_failed, says, fix) values "
            "('MRT-014', 'north', 'marts', 'failed', 2, 'A rate is another', 'see why'), ('MRT-015', null, 'marts', 'failed', 1, 'It moved', 'see')"
        )
    page = tell_officer(publication)
    assert page is not None
    html = page.read_text(encoding="utf-8")
    assert html.index("North Shire") < html.index("MRT-014: A rate is another") < html.index("Above the councils")
    (mail,) = post.mails
    assert mail["Subject"] == "2 findings on figures, none missing or older: publication p-001, September 2025"


def test_without_a_publication_nothing_can_be_said(publication: Path) -> None:
    (publication / "inside" / "workforce.duckdb").unlink()
    with pytest.raises(NothingPublished):
        tell_officer(publication)


NOW = datetime(2025, 10, 12, 6, tzinfo=UTC)


def settled(publication: Path) -> Path:
    """Mail the officer, and return the data root."""
    home = publication.parents[2]
    (home / "config" / "alerts.yaml").write_text(ALERTS + "board_officer: officer@north.example\n")
    return home


def test_what_nobody_can_mend_stands_apart_and_a_survey_that_is_not_due_nowhere(publication: Path, post: Post) -> None:
    settled(publication)
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
        connection.execute(
            "update marts.indicator_value set status_reason = 'history_too_short' where indicator_id = 'absence_rate'; "
            "update marts.indicator_value set status = 'met', status_reason = 'source_missing', reason_source = 'survey', as_at_month = '2025-03-31' "
            "where indicator_id = 'survey_score'"
        )
    page = tell_officer(publication)
    assert page is not None
    html = page.read_text(encoding="utf-8")
    to_mend, _, expected = html.partition("Missing as expected")
    assert "Sickness absence rate" in expected and "there are not yet enough months of history" in expected
    assert "Sickness absence rate" not in to_mend.partition("South &amp; West")[0]
    assert "Survey score" not in html.partition("South &amp; West")[0]


def test_a_survey_of_more_than_a_year_ago_is_missing(publication: Path, post: Post) -> None:
    settled(publication)
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
        connection.execute(
            "update marts.indicator_value set status = 'met', status_reason = 'source_missing', reason_source = 'survey', as_at_month = '2024-03-31' "
            "where indicator_id = 'survey_score' and organisation_id = 'north'"
        )
    page = tell_officer(publication)
    assert page is not None and "Survey score" in page.read_text(encoding="utf-8").partition("South &amp; West")[0]


def test_overrides_are_named_with_who_decided_and_why(publication: Path, post: Post) -> None:
    settled(publication)
    override = {
        "organisation_id": "north",
        "source": "establishment",
        "lack": "not in",
        "by": "Director",
        "reason": "the freeze is not entered",
    }
    (publication / "manifest.json").write_text(json.dumps({"overrides": [override]}))
    page = tell_officer(publication)
    assert page is not None
    said = "North Shire, Establishment: no file for the month is in force. Director decided to publish: the freeze is not entered"
    assert said in page.read_text(encoding="utf-8")


def test_the_officer_hears_once_that_the_gate_stopped_the_month(publication: Path, post: Post) -> None:
    home = settled(publication)
    gap = {"organisation_id": "north", "source": "establishment", "lack": "not in", "stops": True}
    (home / "build" / "checks").mkdir(parents=True)
    (home / "build" / "checks" / "completeness.json").write_text(json.dumps({"month": "2025-09", "stopping": [gap]}))
    page = tell_not_published(True, True, None, NOW)
    assert page is not None and "north, Establishment: no file for the month is in force." in page.read_text(encoding="utf-8")
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"]) == ("officer@north.example", "Not published: September 2025. The last publication stays")
    assert tell_not_published(True, True, None, NOW) is None


def test_the_officer_hears_that_a_rule_of_the_figures_stopped_the_month(publication: Path, post: Post) -> None:
    home = settled(publication)
    (home / "build" / "checks").mkdir(parents=True)
    rows = [("MRT-010", "2025-09", "block", "failed", "Parts do not add up"), ("MRT-015", "2025-09", "warn", "failed", "It moved")]
    pl.DataFrame(rows, schema=["rule_id", "period", "severity", "outcome", "says"], orient="row").write_parquet(
        home / "build" / "checks" / "marts.parquet"
    )
    page = tell_not_published(True, None, None, NOW)
    assert page is not None
    html = page.read_text(encoding="utf-8")
    assert "Parts do not add up (rule MRT-010). The engineers were told." in html and "It moved" not in html
    assert str(post.mails[0]["Subject"]).startswith("Not published: September 2025.")


def test_the_officer_hears_that_nothing_could_be_built(publication: Path, post: Post) -> None:
    settled(publication)
    page = tell_not_published(None, None, None, NOW)
    assert page is not None and "The figures could not be made. The engineers were told." in page.read_text(encoding="utf-8")
    assert str(post.mails[0]["Subject"]) == "Not published: the run of 12 October 2025. The last publication stays"
