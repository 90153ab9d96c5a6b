"""Engineers are told of a task that failed, and never what was in its error."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.models.callback import Callback
from airflow.providers.apprise.notifications.apprise import AppriseNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier

from alerts.engineers import late_after, on_failure, tell_errored, tell_late_run
from dags.workforce_month import month
from dags.workforce_pick_up import pick_up
from expectations.engine.check_rule import Rule, between
from expectations.marts_check import CheckErrored
from expectations.rules.every_source import SOURCES
from expectations.rules.hr_assignments import HR_ASSIGNMENTS
from tests.alerts.conftest import ALERTS, Post
from tests.expectations.landed_council import LandedCouncil, assignment


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

    run = {
        "dag_id": "workforce_month",
        "dag_run_id": "scheduled__2025-10-12",
        "run_type": "scheduled",
        "state": "running",
        "end_date": None,
    }
    deadline = {"id": "1", "deadline_time": "2025-10-12T08:00:00+00:00"}
    tell_late_run(context={"dag_run": run | {"state": "failed", "end_date": "2025-10-12T06:01:00Z"}, "deadline": deadline})
    assert post.mails == [], "they have heard of its failed task"

    for by_hand_or_backfill in ("manual", "backfill"):
        tell_late_run(context={"dag_run": run | {"run_type": by_hand_or_backfill}, "deadline": deadline})
    assert post.mails == [], "a past month that is done now is not late"

    tell_late_run(context={"dag_run": run, "deadline": deadline})
    (mail,) = post.mails
    assert mail["To"] == "engineers@ashby.example"
    assert mail["Subject"] == "Late: workforce_month, scheduled__2025-10-12"
    body = mail.get_body(("html",))
    assert body is not None and "should have ended by 12 October 2025, 09:00. It is running" in body.get_content()


def test_both_dags_have_a_deadline_before_the_next_run_of_the_pick_up_and_before_office_hours_end() -> None:
    (of_month,), (of_pick_up,) = month.deadline, pick_up.deadline
    assert of_month.interval == timedelta(hours=3)
    assert of_pick_up.interval < timedelta(hours=1)


def test_teams_and_slack_are_told_through_apprise(config: Path) -> None:
    (config / "alerts.yaml").write_text(ALERTS + "apprise_connection: workforce_chat\n")
    assert [type(callback) for callback in on_failure()] == [SmtpNotifier, AppriseNotifier]


def test_without_settings_nobody_is_told_and_broken_ones_stop_no_dag(config: Path) -> None:
    assert on_failure() == []
    (config / "alerts.yaml").write_text("unknown: 1\n")
    assert on_failure() == []


def test_a_check_that_errored_is_told_once_by_council_source_and_rule_and_fails_the_task(
    council: LandedCouncil, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    (council.store.home / "config" / "alerts.yaml").write_text(ALERTS)
    council.deliver("hr_assignments", "2025-09", [assignment("planted-person")])
    sources = [{"organisation_id": "ashby", "source": "hr_assignments"}, {"organisation_id": "ashby", "source": "establishment"}]
    others = tuple(rule for rule in HR_ASSIGNMENTS.rules if rule.rule_id != "HR-010")
    broken = Rule("HR-010", "warn", "says", "fix", between("delivery_id", most=1), of="deliveries")
    with monkeypatch.context() as during:
        during.setitem(SOURCES, "hr_assignments", replace(HR_ASSIGNMENTS, rules=(*others, broken)))
        council.check("hr_assignments")
    for again, mails in ((False, 1), (False, 0), (True, 1)):
        with pytest.raises(CheckErrored, match="ashby hr_assignments: HR-010"):
            tell_errored(sources, again)
        assert len(post.mails) == mails
        for mail in post.mails:
            assert (mail["To"], mail["Subject"]) == ("engineers@ashby.example", "Checks could not run: ashby hr_assignments")
            body = mail.get_body(("html",))
            assert body is not None and "ashby hr_assignments: HR-010." in " ".join(body.get_content().split())
            assert "planted-person" not in mail.as_string()
        post.mails.clear()
    council.check("hr_assignments")
    tell_errored(sources)
    assert post.mails == []


def test_both_dags_tell_of_checks_that_errored_and_nobody_is_called_for_what_owners_mend() -> None:
    for dag in (month, pick_up):
        task = dag.get_task("tell_engineers")
        checks = {task_id for task_id in dag.task_ids if task_id.rpartition(".")[2] == "check"}
        assert task.trigger_rule == "all_done"
        assert checks and checks <= task.upstream_task_ids
        assert not task.on_failure_callback
    assert not month.get_task("confirm_deliveries").on_failure_callback
