"""Whose turn it is with the build file: one run at a time builds, checks its build and publishes it.

Two runs may go on at once: a backfill of past months, and a scheduled run or one by hand. The pool is a lock for a task; this is one for a run.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb
from filelock import FileLock

from foundation.storage import Storage, private, write_whole

FILE = "turn.json"


class BuildOfAnotherRun(Exception):
    """The build is not the one that this run made. The message says what to clear."""


def take_turn(store: Storage, run_id: str, is_going_on: Callable[[str], bool]) -> bool:
    """Take the turn for a run. False if another run has it that is going on, by its id."""
    path = private(store.build_folder) / FILE
    with FileLock(path.with_name(".turn.lock")):
        holder: str | None = json.loads(path.read_bytes())["run_id"] if path.exists() else None
        if holder and holder != run_id and is_going_on(holder):
            return False
        write_whole(path, lambda part: part.write_text(json.dumps({"run_id": run_id}) + "\n", encoding="utf-8"))
        return True


def end_turn(store: Storage, run_id: str) -> None:
    """Let the next run have its turn."""
    path = private(store.build_folder) / FILE
    with FileLock(path.with_name(".turn.lock")):
        if path.exists() and json.loads(path.read_bytes())["run_id"] == run_id:
            path.unlink()


def refuse_other_build(store: Storage, run_id: str) -> None:
    """Raise BuildOfAnotherRun unless the build is the one that a run made: a task may be cleared long after another run built."""
    with duckdb.connect(str(store.build_database), read_only=True) as built:
        row = built.execute("select run_id from operations.build").fetchone()
    if row is None or row[0] != run_id:
        raise BuildOfAnotherRun(
            f"{store.build_database} was made by another run, or by hand. Nothing is checked or published from it. "
            "Clear the task `build` of this run with downstream, or run the month again"
        )
