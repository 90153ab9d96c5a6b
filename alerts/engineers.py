"""Alerts for engineers: a failed task, a check that could not run, and a late run. By mail, and in Teams or Slack through Apprise.

Engineers get no alert for what an owner must correct, such as a held file. Airflow's scheduler notices that a run is late (its deadline
alerts) and has an executor call `tell_late_run`. A run started by hand has no scheduler.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from alerts.alert_settings import LONDON, settings
from expectations.engine.check_results import latest_results
from expectations.marts_check import CheckErrored
from foundation.configuration import ConfigurationError
from foundation.storage import shared, storage, write_whole

FAILED = "Failed: {{ dag.dag_id }}, {{ ti.task_id }}, {{ run_id }}"
FAILED_BODY = (
    "The task {{ ti.task_id }} of {{ dag.dag_id }} failed, try {{ ti.try_number }}. "
    "The task's log says why. Published figures stay as they are. "
    "What to do: docs/runbooks/{{ dag.dag_id }}.md."
)

ERRORED = "Checks could not run"
ERRORED_BODY = (
    "These checks could not run: {listed}. This does not mean that the extracts are wrong. Nothing was held or released, and owners were not told. "
    "What to do: docs/runbooks/workforce_month.md, section A check errored."
)

log = logging.getLogger(__name__)


def on_failure() -> list[Any]:
    """Airflow's notifiers, as named in `alerts.yaml`. None without it. They name the task, never the text of its error."""
    try:
        return _notifiers(FAILED, FAILED_BODY)
    except ConfigurationError:
        # The first task of the run reads the configuration too, and says what is wrong.
        return []


def tell_errored(sources: Iterable[Mapping[str, str]], again: bool = False) -> None:
    """Tell the engineers which checks of sources could not run. Once only while they stay the same, unless `again` is set.

    Then raises CheckErrored with council, source and rules, so that the run does not succeed. Raises ConfigurationError.
    """
    store = storage()
    found = {
        f"{source['organisation_id']} {source['source']}": sorted(
            {result["rule_id"] for result in results if result["outcome"] == "errored"}
        )
        for source in sources
        if (results := latest_results(source["organisation_id"], source["source"], store))
    }
    errored = {name: rules for name, rules in found.items() if rules}
    memory = shared(store.home / "alerts" / "engineers") / "errored.json"
    before = _told_before(memory)
    news = {name: rules for name, rules in errored.items() if again or set(rules) - set(before.get(name, ()))}
    if news:
        listed = "; ".join(f"{name}: {', '.join(rules)}" for name, rules in news.items())
        log.warning("%s. %s", ERRORED, listed)
        _tell_each(_notifiers(f"{ERRORED}: {', '.join(news)}", ERRORED_BODY.format(listed=listed)), {})
    write_whole(memory, lambda part: part.write_text(json.dumps(errored, indent=1) + "\n", encoding="utf-8"))
    if errored:
        told = "; ".join(f"{name}: {', '.join(rules)}" for name, rules in errored.items())
        raise CheckErrored(
            f"Checks could not run: {told}. This does not mean that the extracts are wrong. See the runbook, A check errored"
        )


def _told_before(memory: Path) -> dict[str, list[str]]:
    """What was told last. Nothing if it cannot be read: then it is told again."""
    try:
        told: dict[str, list[str]] = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    return told


def late_after(time: timedelta) -> DeadlineAlert:
    """Airflow's deadline for a run. It must end within this time after its scheduled start, even if it really started later."""
    return DeadlineAlert(reference=DeadlineReference.DAGRUN_LOGICAL_DATE, interval=time, callback=SyncCallback(tell_late_run))


def tell_late_run(context: dict[str, Any]) -> None:
    """Tell the engineers that a run has not ended by its deadline. `context` is what Airflow gives for a deadline: `dag_run` and `deadline`.

    Only a scheduled run can be late. A backfill, or a run by hand with a date of its own, does a past month now. Raises ConfigurationError.
    """
    run, due = context["dag_run"], _time(context["deadline"]["deadline_time"])
    if run["run_type"] != "scheduled":
        return
    if run.get("end_date") and _time(run["end_date"]) <= due:
        return  # Airflow keeps the deadline of a run that failed before it. The engineers already know of the failed task
    subject = f"Late: {run['dag_id']}, {run['dag_run_id']}"
    body = (
        f"The run should have ended by {due.astimezone(LONDON):%-d %B %Y, %H:%M}. It is {run['state']}. Published figures stay as they are. "
        f"What to do: docs/runbooks/{run['dag_id']}.md, section The run is late."
    )
    log.warning("%s. %s", subject, body)
    _tell_each(_notifiers(subject, body), context)


def _tell_each(notifiers: Iterable[Any], context: dict[str, Any]) -> None:
    """Have each notifier tell, also where one before it failed; raises the first failure after all were asked."""
    failed: list[Exception] = []
    for notify in notifiers:
        try:
            notify(context)
        except Exception as error:  # noqa: BLE001 - it is raised once the others were asked
            failed.append(error)
    if failed:
        raise failed[0]


def _time(written: datetime | str) -> datetime:
    return datetime.fromisoformat(written) if isinstance(written, str) else written


def _notifiers(subject: str, body: str) -> list[Any]:
    """The notifiers that `alerts.yaml` names. None without it. Raises ConfigurationError."""
    how = settings()
    notifiers: list[Any] = []
    if how.smtp_connection and how.engineers:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        notifiers.append(
            SmtpNotifier(
                to=list(how.engineers),
                from_email=how.sender,
                subject=subject,
                html_content=f"<p>{body}</p>",
                smtp_conn_id=how.smtp_connection,
            )
        )
    if how.apprise_connection:
        from airflow.providers.apprise.notifications.apprise import AppriseNotifier

        notifiers.append(AppriseNotifier(title=subject, body=body, apprise_conn_id=how.apprise_connection))
    return notifiers
