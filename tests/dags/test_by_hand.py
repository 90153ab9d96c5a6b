"""A run by hand starts clean, and runs alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from airflow.jobs.job import Job, JobState
from airflow.models.dagrun import DagRun
from airflow.sdk import timezone
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete, select

from dags.by_hand import AnotherRun, alone

DAG_ID = "a_month_of_this_test"


@pytest.fixture
def runs() -> Iterator[None]:
    """A run by hand that was killed, one that had ended, and one on which a scheduler is working."""
    with create_session() as session:
        for run_id, state, triggered_by in (
            ("killed", DagRunState.RUNNING, DagRunTriggeredByType.TEST),
            ("ended", DagRunState.SUCCESS, DagRunTriggeredByType.TEST),
            ("scheduled", DagRunState.RUNNING, DagRunTriggeredByType.TIMETABLE),
        ):
            session.add(
                DagRun(
                    dag_id=DAG_ID,
                    run_id=run_id,
                    run_type=DagRunType.MANUAL,
                    state=state,
                    triggered_by=triggered_by,
                    run_after=timezone.utcnow(),
                )
            )
    yield
    with create_session() as session:
        session.execute(delete(DagRun).where(DagRun.dag_id == DAG_ID))


@pytest.mark.usefixtures("runs")
def test_a_killed_run_is_marked_as_failed_and_no_other() -> None:
    with alone(DAG_ID) as killed:
        assert killed == 1
    with create_session() as session:
        states = {run.run_id: str(run.state) for run in session.scalars(select(DagRun).where(DagRun.dag_id == DAG_ID))}
    assert states == {"killed": "failed", "ended": "success", "scheduled": "running"}
    with alone(DAG_ID) as killed:
        assert killed == 0


def test_a_second_run_by_hand_does_not_start() -> None:
    with alone(DAG_ID), pytest.raises(AnotherRun, match="is already being run by hand"), alone(DAG_ID):
        pass


@pytest.mark.parametrize(("seconds_ago", "state", "refuses"), [(5, "running", True), (120, "running", False), (5, "success", False)])
def test_a_run_by_hand_does_not_start_beside_a_scheduler_that_lives(seconds_ago: int, state: str, refuses: bool) -> None:
    with create_session() as session:
        job = Job(job_type="SchedulerJob", state=JobState(state))
        job.latest_heartbeat = timezone.utcnow() - timedelta(seconds=seconds_ago)
        session.add(job)
        session.flush()
        job_id = job.id
    try:
        if refuses:
            with pytest.raises(AnotherRun, match="A scheduler is at work"), alone(DAG_ID):
                pass
        else:
            with alone(DAG_ID) as killed:
                assert killed == 0
    finally:
        with create_session() as session:
            session.execute(delete(Job).where(Job.id == job_id))
