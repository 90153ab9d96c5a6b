"""One run at a time has the build file, from its first task to its last."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.storage import Storage, storage
from warehouse.build import build
from warehouse.build_turn import BuildOfAnotherRun, end_turn, refuse_other_build, take_turn


def test_a_run_waits_for_another_that_goes_on_and_not_for_one_that_was_killed(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    assert take_turn(store, "backfill", lambda _: True)
    assert take_turn(store, "backfill", lambda _: True), "a task that is done again keeps its turn"
    assert not take_turn(store, "scheduled", lambda run_id: run_id == "backfill")
    assert take_turn(store, "scheduled", lambda _: False)
    end_turn(store, "backfill")
    assert not take_turn(store, "by hand", lambda run_id: run_id == "scheduled")
    end_turn(store, "scheduled")
    assert take_turn(store, "by hand", lambda _: True)


def test_a_task_that_is_cleared_after_another_run_built_refuses_its_build(built_home: Path) -> None:
    with pytest.raises(BuildOfAnotherRun, match="was made by another run, or by hand"):
        refuse_other_build(storage(), "backfill")
    build(with_tests=False, run_id="backfill")
    refuse_other_build(storage(), "backfill")
