"""Nothing runs for ever: a task or run that hangs is ended, and gives its slots back."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowTaskTimeout
from airflow.sdk.execution_time.timeout import timeout

from dags import workforce_month, workforce_pick_up
from dags.progress import without_retry
from dags.workforce_month import month
from dags.workforce_pick_up import pick_up

LATEST_ALLOWED = timedelta(hours=1)


@pytest.mark.parametrize("dag", [month, pick_up], ids=lambda dag: dag.dag_id)
def test_every_task_and_run_has_a_time_after_which_it_is_ended(dag: DAG) -> None:
    assert {task.task_id for task in dag.tasks if not task.execution_timeout or task.execution_timeout > LATEST_ALLOWED} == set()
    longest = max(task.execution_timeout for task in dag.tasks)
    assert dag.dagrun_timeout is not None and dag.dagrun_timeout > longest


def test_engineers_hear_that_a_run_is_late_before_it_is_ended() -> None:
    assert workforce_month.LATE < workforce_month.LONGEST
    assert workforce_pick_up.LATE < workforce_pick_up.LONGEST


def test_a_step_that_hangs_is_ended_in_its_time_and_is_tried_again() -> None:
    @without_retry
    def hang() -> None:
        time.sleep(60)

    started = time.monotonic()
    # As Airflow runs a task with an execution_timeout. The error is Airflow's own, and the task is tried again.
    with pytest.raises(AirflowTaskTimeout), timeout(1):
        hang()
    assert time.monotonic() - started < 30
