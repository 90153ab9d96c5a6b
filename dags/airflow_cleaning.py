"""Removes old task logs, and old rows of Airflow's database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from warehouse.leftovers import Removed, remove_if_older

# Tables that grow with every run. `dag` and `dag_version` do not, and what a run refers to stays.
TABLES = (
    "asset_event", "callback", "celery_taskmeta", "celery_tasksetmeta", "dag_run", "deadline", "import_error", "job", "log",
    "revoked_token", "task_instance", "task_instance_history", "task_reschedule", "trigger", "xcom",
)  # fmt: skip
# Airflow hides its database from tasks. Where the environment names it here, the cleaning asks it; otherwise Airflow's own configuration does.
DATABASE = "WORKFORCE_AIRFLOW_METADATA"
CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
FOUND = re.compile(r"Found (\d+) rows meeting deletion criteria")


class CleaningFailed(Exception):
    """Airflow could not clean its database. The message names the command and what it ended with."""


def remove_old_logs(folder: Path, before: datetime) -> Removed:
    """Remove the logs that have not changed since `before`, and the folders that are empty then."""
    removed = Removed(0)
    for below, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(below) / name
            if path.suffix == ".log" or ".log." in name:
                removed += remove_if_older(path, before)
        # An empty folder may be one that a task is about to write into, unless it is old as well.
        if Path(below) != folder and not any(Path(below).iterdir()) and Path(below).stat().st_mtime < before.timestamp():
            Path(below).rmdir()
    return removed


def clean_database(before: datetime, environment: Mapping[str, str] | None = None) -> Removed:
    """Let `airflow db clean` remove the rows from before a time; the last run of each DAG stays. Raises CleaningFailed."""
    environment = dict(os.environ if environment is None else environment)
    environment.pop(CONNECTION, None)
    if environment.get(DATABASE):
        environment[CONNECTION] = environment[DATABASE]
    # It tells by its log how many rows it found.
    environment |= {"AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO", "NO_COLOR": "1", "COLUMNS": "500"}
    command = [str(Path(sys.executable).with_name("airflow")), "db", "clean", "--clean-before-timestamp", before.isoformat()]
    options = ["--tables", ",".join(TABLES), "--skip-archive", "--error-on-cleanup-failure", "--yes"]
    done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise CleaningFailed(f"airflow db clean ended with {done.returncode}: {lines[-1] if lines else 'it said nothing'}")
    return Removed(sum(int(rows) for rows in FOUND.findall(done.stdout + done.stderr)))
