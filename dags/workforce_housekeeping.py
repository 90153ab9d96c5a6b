"""Removes each week what nobody needs any more, so that disk and database stay as they are for years, and looks whether all is well. Wiring only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import CronTriggerTimetable, dag, task

from dags.sources import THE_BUILD, default_args

KEPT = timedelta(days=90)  # of task logs and of runs in Airflow's database
LEFT_ALONE = timedelta(days=2)  # no work takes so long: what has not changed since then was broken off
LONGEST = timedelta(hours=4)
DOCS = """
### What it does
1. **remove_leftovers** of broken-off work from the data root: `.part` files and hidden publications that have not changed for two days.
2. **remove_old_logs** of tasks, after 90 days.
3. **clean_database** of Airflow: runs, tasks and events older than 90 days. The last run of each DAG stays.
4. **look_at_everything** that is kept and around it, as `python -m warehouse doctor` does. Fails with what it found.

The logs say what was removed. No delivery, original, ledger entry or publication is touched.

### When it fails
`docs/runbooks/workforce_housekeeping.md`.
"""


@dag(
    schedule=CronTriggerTimetable("0 3 * * 0", timezone="Europe/London"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LONGEST,
    default_args=default_args(),
    doc_md=DOCS,
    tags=["workforce"],
)
def workforce_housekeeping():
    from dags.progress import looked_at, removed, without_retry

    @task(**THE_BUILD)
    @without_retry
    def remove_leftovers() -> None:
        """Remove what broken-off work left in the data root."""
        from foundation.storage import storage
        from warehouse.leftovers import remove_leftovers

        removed("leftovers", remove_leftovers(storage(), datetime.now(UTC) - LEFT_ALONE))

    @task
    @without_retry
    def remove_old_logs() -> None:
        """Remove task logs that are older than what is kept."""
        from airflow.sdk.configuration import conf

        from dags.airflow_cleaning import remove_old_logs

        removed("logs", remove_old_logs(Path(conf.get("logging", "base_log_folder")), datetime.now(UTC) - KEPT))

    @task
    @without_retry
    def clean_database() -> None:
        """Remove runs, tasks and events of Airflow's database that are older than what is kept."""
        from dags.airflow_cleaning import clean_database

        removed("rows", clean_database(datetime.now(UTC) - KEPT))

    @task(trigger_rule="all_done", **THE_BUILD)
    @without_retry
    def look_at_everything() -> None:
        """Fail if a file that is kept is missing or damaged, or the configuration, key, rights, disk, clock or calendar are not in order."""
        from upkeep.doctor import examine

        looked_at(examine())

    remove_leftovers() >> look_at_everything()
    remove_old_logs()
    clean_database()


housekeeping = workforce_housekeeping()
