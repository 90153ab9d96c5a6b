"""Two DAGs work on one ledger and one build file. The pool is the lock between them, and a file is the lock for builds by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from filelock import FileLock

from dags.sources import POOL, SLOTS
from dags.workforce_month import month
from dags.workforce_pick_up import pick_up
from foundation.storage import REPOSITORY
from warehouse.__main__ import main

OF_THE_BUILD = {"build", "check_marts", "check_completeness", "publish", "confirm_deliveries"}


def test_the_pool_that_airflow_is_given_is_that_of_the_tasks() -> None:
    written = json.loads((REPOSITORY / "dags" / "pools.json").read_text())
    assert {name: setting["slots"] for name, setting in written.items()} == {POOL: SLOTS}


def test_whatever_touches_the_build_waits_for_every_source_and_every_source_for_it() -> None:
    slots = {dag.dag_id: {task.task_id: task.pool_slots for task in dag.tasks if task.pool == POOL} for dag in (month, pick_up)}
    of_councils = {name for name in slots["workforce_month"] if name.startswith("councils.")}
    assert any(name.endswith(".check") for name in of_councils) and any(".land_" in name for name in of_councils)
    assert slots["workforce_month"] == dict.fromkeys(of_councils, 1) | dict.fromkeys(OF_THE_BUILD, SLOTS)
    assert slots["workforce_pick_up"] == {"land": 1, "check": 1}
    assert all(dag.max_active_runs == 1 for dag in (month, pick_up))


def test_a_build_by_hand_says_that_another_is_running_and_changes_nothing(built_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = built_home / "build" / "workforce.duckdb"
    before = database.stat().st_mtime_ns
    with FileLock(built_home / "build" / ".lock"):
        assert main(["build"]) == 1
    assert f"Another build of {database} is running" in capsys.readouterr().err
    assert database.stat().st_mtime_ns == before
