"""The month's DAG run by hand (`make run`): one at a time, and none of them left as running when it was killed."""

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
    """Run a DAG in this process, without its deadline: only a scheduler would see it missed, and Airflow 3.3 cannot end such a run that has one."""
    deadline, dag.deadline = dag.deadline, None
    try:
        return dag.test()
    finally:
        dag.deadline = deadline


class AnotherRun(Exception):
    """Somebody runs the month by hand already. The message says what to do."""


@contextmanager
def alone(dag_id: str) -> Iterator[int]:
    """Hold the lock of runs by hand, and mark as failed those that were killed, since Airflow's scheduler would wait for them for ever.

    Gives how many were. Runs of a scheduler are left alone. Raises AnotherRun while another run by hand goes on.
    """
    lock = FileLock(Path(AIRFLOW_HOME) / f"{dag_id}.by_hand.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AnotherRun(f"{dag_id} is being run by hand already, with the same AIRFLOW_HOME. Wait until it has ended") from None
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
