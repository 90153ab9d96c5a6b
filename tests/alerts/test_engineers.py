"""Who mends the pipeline is told of a task that failed, and never what was in its error."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.providers.apprise.notifications.apprise import AppriseNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier

from alerts.engineers import on_failure
from dags.workforce_pick_up import pick_up
from tests.alerts.conftest import ALERTS, Post


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path))
    return tmp_path


def test_a_task_that_fails_is_mailed_without_the_words_of_its_error(config: Path, post: Post) -> None:
    (config / "alerts.yaml").write_text(ALERTS)

    (notify,) = on_failure()
    step = SimpleNamespace(task_id="land", try_number=3)
    notify({"dag": pick_up, "ti": step, "run_id": "manual", "exception": RuntimeError("planted-secret")})
    (mail,) = post.mails
    assert mail["To"] == "engineers@ashby.example"
    assert str(mail["Subject"]).startswith("Failed: workforce_pick_up, land, manual")
    body = mail.get_body(("html",))
    assert body is not None and "docs/runbooks/workforce_pick_up.md" in body.get_content()
    assert "planted-secret" not in mail.as_string()


def test_teams_and_slack_are_told_through_apprise(config: Path) -> None:
    (config / "alerts.yaml").write_text(ALERTS + "apprise_connection: workforce_chat\n")
    assert [type(one) for one in on_failure()] == [SmtpNotifier, AppriseNotifier]


def test_without_settings_nobody_is_told_and_broken_ones_stop_no_dag(config: Path) -> None:
    assert on_failure() == []
    (config / "alerts.yaml").write_text("unknown: 1\n")
    assert on_failure() == []
