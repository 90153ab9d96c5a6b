"""What the board's officer is told of a publication."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from alerts.officer import tell_officer
from reporting.published import NothingPublished
from tests.alerts.conftest import ALERTS, Post

TABLES = """
create schema marts;
create table marts.organisation as select 'north' as organisation_id, 'North Shire' as organisation_name;
create table marts.indicator as
    select unnest(['agency_rate', 'caseload', 'turnover_rate']) as indicator_id, 'dfe' as definition_id,
        unnest(['Agency rate', 'Average caseload', 'Turnover rate']) as title, unnest([1, 2, 3]) as order_no;
create table marts.indicator_value (
    organisation_id text, indicator_id text, definition_id text, month_end date, scope text, status text, status_reason text, as_at_month date
);
insert into marts.indicator_value values
    ('north', 'agency_rate', 'dfe', '2025-09-30', 'organisation', 'met', null, null),
    ('north', 'caseload', 'dfe', '2025-09-30', 'organisation', 'no_target', null, '2025-08-31'),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'organisation', 'not_available', 'held_by_check', null),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'team', 'not_available', 'z', null),
    ('north', 'agency_rate', 'dfe', '2025-08-31', 'organisation', 'not_available', 'u', null);
"""


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
    assert "The figure of August 2025: a source of this month is missing or held." in html
    assert "No figure: the extract that it needs cannot be believed; see the checks." in html
    assert "Agency rate" not in html
    (mail,) = post.mails
    assert mail["To"] == "officer@north.example"
    assert mail["Subject"] == "2 figures are missing or older: publication p-001, September 2025"
    assert tell_officer(publication) is None


def test_a_publication_that_lacks_nothing_is_mailed_to_nobody(publication: Path, post: Post) -> None:
    (publication.parents[2] / "config" / "alerts.yaml").write_text(ALERTS + "board_officer: officer@north.example\n")
    with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
        connection.execute("update marts.indicator_value set status = 'met', as_at_month = null")
    page = tell_officer(publication)
    assert page is not None and "Every figure of the month is there." in page.read_text(encoding="utf-8")
    assert post.mails == []


def test_without_a_publication_nothing_can_be_said(publication: Path) -> None:
    (publication / "inside" / "workforce.duckdb").unlink()
    with pytest.raises(NothingPublished):
        tell_officer(publication)
