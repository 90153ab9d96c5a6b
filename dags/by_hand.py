"""The month's DAG run by hand (`make run`): one at a time. A run that was killed does not stay marked as running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow.configuration import AIRFLOW_HOME
from airflow.models.dagrun import DagRun
from airflow.sdk import DAG
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType
from filelock import FileLock, Timeout
from sqlalchemy import select


def run_here(dag: DAG) -> DagRun:
    """Run a DAG in this process, without its deadline. Only a scheduler would notice it, and Airflow 3.3 cannot end such a run with a deadline."""
    deadline, dag.deadline = dag.deadline, None
    try:
        return dag.test()
    finally:
        dag.deadline = deadline


class AnotherRun(Exception):
    """Somebody is already running the month by hand. The message says what to do."""


@contextmanager
def alone(dag_id: str) -> Iterator[int]:
    """Hold the lock of runs by hand, and mark killed runs as failed, because Airflow's scheduler would wait for them for ever.

    Gives the number of killed runs. Does not touch runs of a scheduler. Raises AnotherRun if another run by hand is running.
    """
    lock = FileLock(Path(AIRFLOW_HOME) / f"{dag_id}.by_hand.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AnotherRun(f"{dag_id} is already being run by hand with the same AIRFLOW_HOME. Wait until it ends") from None
    try:
        yield _fail_killed_runs(dag_id)
    finally:
        lock.release()


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
