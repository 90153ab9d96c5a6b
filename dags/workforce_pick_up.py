"""Picks up what arrived on a working day, so that owners are told the same day what to correct and what is fixed. Wiring only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from alerts.alert_settings import PICK_UP
from alerts.engineers import late_after
from dags.sources import default_args, land_and_check

LATE = timedelta(minutes=55)  # before the next run is due
LONGEST = timedelta(hours=2)  # then the run ends as failed, so that later runs can start
DOCS = """
### What it does
1. **land** and **check_source** what arrived since the last time, as the month's run does. Nothing is built or published.
2. **tell_engineers** which checks could not run.
3. **tell_owners** at once of a missing file, a refused file or a block, and of an all-clear. The month's run reports what can wait.

### When it fails
`docs/runbooks/workforce_pick_up.md`.
"""


@dag(
    schedule=CronTriggerTimetable(PICK_UP, timezone="Europe/London"),
    catchup=False,
    max_active_runs=1,
    deadline=late_after(LATE),
    dagrun_timeout=LONGEST,
    default_args=default_args(),
    doc_md=DOCS,
    tags=["workforce"],
)
def workforce_pick_up():
    from dags.progress import told, without_retry

    @task(trigger_rule="all_done")
    @without_retry
    def tell_owners(sources: list[dict[str, str]]) -> None:
        """Write and send what cannot wait."""
        from alerts.owner_mail import tell_owners

        told(tell_owners(sources, datetime.now(UTC), urgent_only=True))

    sources, _, checks = land_and_check(tell_again=False)
    checks >> tell_owners(sources)


pick_up = workforce_pick_up()
