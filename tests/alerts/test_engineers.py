"""Who mends the pipeline is told of a task that failed, and never what was in its error."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.models.callback import Callback
from airflow.providers.apprise.notifications.apprise import AppriseNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier

from alerts.engineers import late_after, on_failure, tell_late_run
from dags.workforce_month import month
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


def test_a_run_that_has_not_ended_by_its_deadline_is_mailed_by_the_very_callback_that_airflow_keeps(config: Path, post: Post) -> None:
    (config / "alerts.yaml").write_text(ALERTS)
    kept = Callback.create_from_sdk_def(late_after(timedelta(hours=3)).callback)
    module, _, name = kept.data["path"].rpartition(".")
    assert (module, name) == (tell_late_run.__module__, tell_late_run.__name__)

    run = {"dag_id": "workforce_month", "dag_run_id": "scheduled__2025-10-12", "state": "running", "end_date": None}
    deadline = {"id": "1", "deadline_time": "2025-10-12T08:00:00+00:00"}
    tell_late_run(context={"dag_run": run | {"state": "failed", "end_date": "2025-10-12T06:01:00Z"}, "deadline": deadline})
    assert post.mails == [], "they have heard of its failed task"

    tell_late_run(context={"dag_run": run, "deadline": deadline})
    (mail,) = post.mails
    assert mail["To"] == "engineers@ashby.example"
    assert mail["Subject"] == "Late: workforce_month, scheduled__2025-10-12"
    body = mail.get_body(("html",))
    assert body is not None and "was to have ended by 12 October 2025, 09:00, and is running" in body.get_content()


def test_both_dags_have_a_deadline_before_the_next_run_of_the_pick_up_and_before_office_hours_end() -> None:
    (of_month,), (of_pick_up,) = month.deadline, pick_up.deadline
    assert of_month.interval == timedelta(hours=3)
    assert of_pick_up.interval < timedelta(hours=1)


def test_teams_and_slack_are_told_through_apprise(config: Path) -> None:
    (config / "alerts.yaml").write_text(ALERTS + "apprise_connection: workforce_chat\n")
    assert [type(one) for one in on_failure()] == [SmtpNotifier, AppriseNotifier]


def test_without_settings_nobody_is_told_and_broken_ones_stop_no_dag(config: Path) -> None:
    assert on_failure() == []
    (config / "alerts.yaml").write_text("unknown: 1\n")
    assert on_failure() == []
