"""What nobody needs any more is removed: leftovers of broken-off work in the data root, old task logs and old rows of Airflow's database.

Nothing that a run or a reader uses is touched: no delivery, original, ledger entry or publication.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from foundation.storage import Storage

# Tables that grow with every run. `dag` and `dag_version` do not, and what a run refers to stays.
TABLES = (
    "asset_event", "callback", "celery_taskmeta", "celery_tasksetmeta", "dag_run", "deadline", "import_error", "job", "log",
    "revoked_token", "task_instance", "task_instance_history", "task_reschedule", "trigger", "xcom",
)  # fmt: skip
# Airflow hides its database from tasks. Where the environment names it here, the cleaning asks it; otherwise Airflow's own configuration does.
DATABASE = "WORKFORCE_AIRFLOW_METADATA"
CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
FOUND = re.compile(r"Found (\d+) rows meeting deletion criteria")
PART = ".part"


class CleaningFailed(Exception):
    """Airflow could not clean its database. The message names the command and what it ended with."""


@dataclass(frozen=True)
class Removed:
    """How many files or rows were removed, and how many bytes of files."""

    count: int
    size: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(self.count + other.count, self.size + other.size)


def remove_leftovers(place: Storage, before: datetime) -> Removed:
    """Remove the `.part` files and hidden publications that have not changed since `before`: their work was broken off.

    The inbox is left alone, since it belongs to those who send.
    """
    removed = Removed(0)
    for folder in place.written:
        for path in _unfinished_files(folder):
            removed += _remove_if_older(path, before)
    for hidden in place.published.glob("*/.*"):
        if hidden.is_dir() and not hidden.is_symlink() and _newest(hidden) < before.timestamp():
            removed += Removed(*_count_and_size(hidden))
            shutil.rmtree(hidden)
    return removed


def remove_old_logs(folder: Path, before: datetime) -> Removed:
    """Remove the logs that have not changed since `before`, and the folders that are empty then."""
    removed = Removed(0)
    for below, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(below) / name
            if path.suffix == ".log" or ".log." in name:
                removed += _remove_if_older(path, before)
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


def _unfinished_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob(f".*{PART}") if path.is_file() and not path.is_symlink())


def _remove_if_older(path: Path, before: datetime) -> Removed:
    found = path.lstat()
    if found.st_mtime >= before.timestamp():
        return Removed(0)
    path.unlink(missing_ok=True)
    return Removed(1, found.st_size)


def _newest(folder: Path) -> float:
    return max(path.lstat().st_mtime for path in [folder, *folder.rglob("*")])


def _count_and_size(folder: Path) -> tuple[int, int]:
    files = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(files), sum(files)
