"""Lateness is noticed without a scheduler: from the day and the publications alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from alerts import __main__ as command
from alerts.alert_settings import LONDON
from alerts.late_publication import late_month, tell_late_publication
from foundation.published_files import seal
from foundation.storage import Storage
from tests.alerts.conftest import ALERTS, Post

# The eighth working day of May 2026 is the 13th, after the bank holiday of the 4th.
BEFORE, AFTER, NEXT_DAY = (datetime(2026, 5, day, hour, tzinfo=LONDON) for day, hour in ((13, 8), (13, 9), (14, 9)))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    return Storage(tmp_path)


def publish(store: Storage, month: str, name: str = "0123456789ab") -> None:
    folder = store.published / month / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    if not name.startswith("."):
        seal(folder, store)


def test_a_month_is_late_from_nine_on_the_eighth_working_day_of_the_next_month_until_it_is_published(store: Storage) -> None:
    publish(store, "2026-03")
    assert late_month(store, BEFORE) is None
    assert late_month(store, AFTER) == "2026-04"
    publish(store, "2026-04", ".0123456789ab")
    assert late_month(store, AFTER) == "2026-04", "what is written aside is not published"
    publish(store, "2026-04")
    assert late_month(store, AFTER) is None


def test_december_is_due_in_january(store: Storage) -> None:
    assert late_month(store, datetime(2026, 1, 14, tzinfo=LONDON)) == "2025-12"
    assert late_month(store, datetime(2026, 1, 2, tzinfo=LONDON)) == "2025-11"


def test_engineers_are_told_once_a_day_while_it_is_late(store: Storage, post: Post) -> None:
    (store.home / "config" / "alerts.yaml").write_text(ALERTS)
    for now, mails in ((AFTER, 1), (AFTER, 0), (NEXT_DAY, 1)):
        says = tell_late_publication(store, now)
        assert says and says.startswith("The publication of 2026-04 is late. It was due on 13 May 2026, 09:00")
        assert post.subjects() == ["Late: the publication of 2026-04"] * mails
    publish(store, "2026-04")
    assert tell_late_publication(store, NEXT_DAY) is None
    assert post.subjects() == []


def test_a_mail_that_cannot_be_sent_is_said_and_is_tried_again(
    store: Storage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.home / "config" / "alerts.yaml").write_text(ALERTS)
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")  # the command sets it for its whole process
    monkeypatch.setenv("AIRFLOW_CONN_WORKFORCE_SMTP", "smtp://planted:secret@127.0.0.1:9/?disable_ssl=true&disable_tls=true&retry_limit=1")
    assert command.main(["late"]) == 2
    said = capsys.readouterr().err
    assert "is late, and the mail could not be sent" in said
    assert "planted" not in said
