"""What the board's officer is told of a publication."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from alerts.officer import tell_officer
from reporting.published import NothingPublished
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
    assert "The figure of August 2025: caseload is held back by rule CAS-002 since 12 October 2025." in html
    assert "No figure: DfE marks this figure as of low reliability." in html
    assert "Turnover rate" not in html
    assert "Survey score" not in html.partition("South &amp; West")[0], "of too few people: nothing is to be mended"
    (mail,) = post.mails
    assert mail["To"] == "officer@north.example"
    assert mail["Subject"] == "4 figures are missing or older: publication p-001, September 2025"
    assert tell_officer(publication) is None


def test_a_publication_that_lacks_nothing_is_mailed_to_nobody(publication: Path, post: Post) -> None:
    (publication.parents[2] / "config" / "alerts.yaml").write_text(ALERTS + "board_officer: officer@north.example\n")
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
        connection.execute("delete from marts.indicator")
    page = tell_officer(publication)
    assert page is not None and "Every figure of the month is there." in page.read_text(encoding="utf-8")
    assert post.mails == []


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
