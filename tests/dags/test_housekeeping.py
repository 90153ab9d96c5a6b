"""The housekeeping removes what is old and broken off, says how much, and touches nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.jobs.job import Job, JobState
from airflow.utils.session import create_session
from sqlalchemy import delete, select

from dags.airflow_cleaning import CleaningFailed, clean_database, remove_old_logs
from dags.progress import FOR_A_PERSON, looked_at
from dags.workforce_housekeeping import KEPT, LEFT_ALONE, housekeeping
from foundation.storage import Storage
from upkeep.finding import Examined, Finding, NotWell
from warehouse.leftovers import Removed, remove_leftovers

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
OLD, NEW = NOW - timedelta(days=100), NOW - timedelta(hours=1)


def leave(path: Path, when: datetime, text: str = "four") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    for place in (path, path.parent):
        os.utime(place, (when.timestamp(), when.timestamp()))
    return path


def test_only_what_was_broken_off_is_removed_from_the_data_root(tmp_path: Path) -> None:
    place = Storage(tmp_path)
    gone = [
        leave(place.ledger("exampleshire", "agency") / ".2025-09.json.part", OLD),
        leave(place.raw("exampleshire", "agency", "2025-09") / ".rows.parquet.part", OLD),
        leave(place.published / "2025-09" / ".0a4b" / "manifest.json", OLD),
    ]
    stays = [
        leave(place.ledger("exampleshire", "payroll") / ".2025-09.json.part", NEW),
        leave(place.ledger("exampleshire", "survey") / "2025-09.json", OLD),
        leave(place.landing("exampleshire", "agency") / "1__staff.part", OLD),
        leave(place.inbox("exampleshire", "agency") / ".staff.csv.part", OLD),
        leave(place.published / "2025-09" / "0a4b" / "manifest.json", OLD),
        leave(place.published / "2025-10" / ".0c5d" / "manifest.json", NEW),
    ]
    (place.published / "latest").symlink_to("2025-09/0a4b")
    assert remove_leftovers(place, NOW - LEFT_ALONE) == Removed(3, 12)
    assert [path for path in gone if path.exists()] == []
    assert [path for path in stays if not path.exists()] == []
    assert (place.published / "latest" / "manifest.json").exists()
    assert remove_leftovers(place, NOW - LEFT_ALONE) == Removed(0)


def test_old_logs_and_their_folders_are_removed_and_young_ones_stay(tmp_path: Path) -> None:
    old = leave(tmp_path / "dag_id=workforce_month" / "run_id=old" / "task_id=land" / "attempt=1.log", OLD)
    os.utime(old.parent.parent, (OLD.timestamp(), OLD.timestamp()))
    young = leave(tmp_path / "dag_id=workforce_month" / "run_id=new" / "task_id=land" / "attempt=1.log", NEW)
    other = leave(tmp_path / "notes.txt", OLD)
    assert remove_old_logs(tmp_path, NOW - KEPT) == Removed(1, 4)
    assert not old.exists()
    assert young.exists() and other.exists()


def test_old_rows_of_airflows_database_are_removed_and_young_ones_stay() -> None:
    now = datetime.now(UTC)
    with create_session() as session:
        jobs = [Job(job_type="test of the housekeeping", state=JobState.SUCCESS) for _ in range(3)]
        for job, days in zip(jobs, (400, 200, 1), strict=True):
            job.latest_heartbeat = job.start_date = job.end_date = now - timedelta(days=days)
        session.add_all(jobs)
    try:
        environment = os.environ | {"WORKFORCE_AIRFLOW_METADATA": os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]}
        # As in a task: Airflow has hidden its database.
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "airflow-db-not-allowed:///"
        assert clean_database(now - KEPT, environment).count >= 2
        with create_session() as session:
            left = session.scalars(select(Job.latest_heartbeat).where(Job.job_type == "test of the housekeeping")).all()
        assert [heartbeat > now - KEPT for heartbeat in left] == [True]
    finally:
        with create_session() as session:
            session.execute(delete(Job).where(Job.job_type == "test of the housekeeping"))


@pytest.mark.wide
def test_a_database_that_cannot_be_cleaned_is_said() -> None:
    environment = os.environ | {"WORKFORCE_AIRFLOW_METADATA": "sqlite:////nowhere/airflow.db"}
    with pytest.raises(CleaningFailed, match="airflow db clean ended with"):
        clean_database(NOW, environment)


def test_what_the_doctor_finds_fails_the_task_with_a_line_for_each_thing(capsys: pytest.CaptureFixture[str]) -> None:
    looked_at(Examined((), "3 deliveries"))
    assert capsys.readouterr().out == "  doctor All is well. Looked at: 3 deliveries\n"
    with pytest.raises(NotWell, match=r"raw/: is open\. Close it\n1 finding"):
        looked_at(Examined((Finding("raw/", "is open", "Close it"),), "3 deliveries"))
    assert NotWell in FOR_A_PERSON


def test_it_is_on_a_schedule_with_limits_and_says_what_each_task_does() -> None:
    assert housekeeping.schedule is not None
    assert housekeeping.max_active_runs == 1 and housekeeping.dagrun_timeout
    assert {task.task_id for task in housekeeping.tasks} == {"remove_leftovers", "remove_old_logs", "clean_database", "look_at_everything"}
    assert all(task.execution_timeout and task.python_callable.__doc__ for task in housekeeping.tasks)
