"""Who mends the pipeline hears of a task that failed: by mail, and in Teams or Slack through Apprise. A check that errored fails a task too."""

from __future__ import annotations

from typing import Any

from alerts.settings import settings
from warehouse.configuration import ConfigurationError

SUBJECT = "Failed: {{ dag.dag_id }}, {{ ti.task_id }}, {{ run_id }}"
BODY = (
    "The task {{ ti.task_id }} of {{ dag.dag_id }} failed, try {{ ti.try_number }}. "
    "What to do: docs/runbooks/{{ dag.dag_id }}.md. Its log says why; figures that were published stay as they are."
)


def on_failure() -> list[Any]:
    """Airflow's notifiers, as `alerts.yaml` names them; none without it. They are told which task, never what was in its error."""
    try:
        how = settings()
    except ConfigurationError:
        # The first task of the run reads the configuration too, and says what is wrong.
        return []
    notifiers: list[Any] = []
    if how.smtp_connection and how.engineers:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        notifiers.append(
            SmtpNotifier(
                to=list(how.engineers),
                from_email=how.sender,
                subject=SUBJECT,
                html_content=f"<p>{BODY}</p>",
                smtp_conn_id=how.smtp_connection,
            )
        )
    if how.apprise_connection:
        from airflow.providers.apprise.notifications.apprise import AppriseNotifier

        notifiers.append(AppriseNotifier(title=SUBJECT, body=BODY, apprise_conn_id=how.apprise_connection))
    return notifiers
