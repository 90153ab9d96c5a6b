"""The month's DAG run by hand (`make run`): one at a time. A run that was killed does not stay marked as running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow.configuration import AIRFLOW_HOME
from airflow.jobs.job import most_recent_job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.dagrun import DagRun
from airflow.sdk import DAG
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType
from filelock import FileLock, Timeout
from sqlalchemy import select


def run_here(dag: DAG, asked: dict[str, Any] | None = None) -> DagRun:
    """Run a DAG in this process, without its deadline. `asked`: what its form asks for. Only a scheduler would notice it, and Airflow 3.3 cannot end such a run with a deadline."""
    deadline, dag.deadline = dag.deadline, None
    try:
        return dag.test(run_conf=asked)
    finally:
        dag.deadline = deadline


class AnotherRun(Exception):
    """Somebody is already running the month by hand, or a scheduler is at work. The message says what to do."""


@contextmanager
def alone(dag_id: str) -> Iterator[int]:
    """Hold the lock of runs by hand, and mark killed runs as failed, because Airflow's scheduler would wait for them for ever.

    Gives the number of killed runs. Does not touch runs of a scheduler. Raises AnotherRun if another run by hand is running, or if a
    scheduler is at work on the same database: it would take over the run and start its tasks a second time.
    """
    if scheduler_is_alive():
        raise AnotherRun(
            f"A scheduler is at work on the same database of Airflow. It would start the tasks of this run a second time. "
            f"Trigger {dag_id} on Airflow's page instead; or stop the scheduler, wait half a minute and try again"
        )
    lock = by_hand_lock(AIRFLOW_HOME)
    try:
        lock.acquire()
    except Timeout:
        raise AnotherRun(
            f"{dag_id} is already being run by hand, or `make airflow` is on, with the same AIRFLOW_HOME. Wait until it ends"
        ) from None
    try:
        yield _fail_killed_runs(dag_id)
    finally:
        lock.release()


def by_hand_lock(airflow_home: str | Path) -> FileLock:
    """The lock that a run by hand holds, and the local Airflow too, so that they never meet."""
    return FileLock(Path(airflow_home) / "by_hand.lock", timeout=0)


def scheduler_is_alive() -> bool:
    """Whether a scheduler has written its heartbeat into Airflow's database within the time that Airflow allows (30 s)."""
    with create_session() as session:
        job = most_recent_job(SchedulerJobRunner.job_type, session=session)
        return job is not None and job.is_alive()


def _fail_killed_runs(dag_id: str) -> int:
    with create_session() as session:
        unfinished = select(DagRun).where(
            DagRun.dag_id == dag_id,
            DagRun.state.in_([DagRunState.RUNNING, DagRunState.QUEUED]),
            DagRun.triggered_by == DagRunTriggeredByType.TEST,
        )
        killed = session.scalars(unfinished).all()
        for run in killed:
            run.set_state(DagRunState.FAILED)
        return len(killed)
