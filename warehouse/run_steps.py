"""What the steps of each run took, one line per step, kept beside the build and loaded into its schema `operations`.

Never in `marts`: a mart made again from the same deliveries is the same, and how long it took is not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import duckdb
import polars as pl

from foundation.storage import OWNER_ALONE, Storage, private, write_whole

FILE = "run_steps.jsonl"
MOST_LINES = 10_000  # a month's run of three councils has 61: years of them
COLUMNS = {
    "run_id": "varchar", "stage": "varchar", "organisation_id": "varchar", "source": "varchar", "rows": "bigint", "seconds": "double",
    "peak_megabytes": "integer",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A step of a run. `rows`: rows read, results, rows of the marts; None if a step counts none. `organisation_id` and `source` may be empty."""

    run_id: str
    stage: str
    organisation_id: str
    source: str
    rows: int | None
    seconds: float
    peak_megabytes: int


def note(store: Storage, step: Step) -> None:
    """Add a line for a step that has ended. Several processes may do so at once: a line is one write at the end of the file."""
    line = json.dumps(asdict(step)) + "\n"
    file = os.open(private(store.build_folder) / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ALONE)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


def steps(store: Storage, run_id: str | None = None) -> list[Step]:
    """The steps of a run (None: of all), in the order in which they ended. A line that a full disk cut off is left out."""
    path = store.build_folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines()[-MOST_LINES:] if path.exists() else []
    found = [step for line in lines if (step := _read(line))]
    return [step for step in found if run_id in (None, step.run_id)]


def _read(line: str) -> Step | None:
    try:
        return Step(**json.loads(line))
    except (ValueError, TypeError):
        return None


def write_steps(connection: duckdb.DuckDBPyConnection, store: Storage) -> None:
    """Write the steps of all runs into `operations.run_step` of an open build."""
    connection.execute(f"create or replace table operations.run_step ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    if known := steps(store):
        # One statement for all rows, because one per row takes a millisecond each.
        connection.register("steps", pl.DataFrame([asdict(step) for step in known], infer_schema_length=None).to_arrow())
        connection.execute(f"insert into operations.run_step select {', '.join(COLUMNS)} from steps")
        connection.unregister("steps")


def forget_old_steps(store: Storage) -> None:
    """Leave the last steps alone in the file. Only while no other run adds to it, as during a build."""
    path = store.build_folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    if len(lines) > MOST_LINES:
        write_whole(path, lambda part: part.write_text("".join(lines[-MOST_LINES:]), encoding="utf-8"))


def keep_steps(store: Storage) -> None:
    """Bring `operations.run_step` of the build up to date. Does nothing without a build."""
    if store.build_database.exists():
        with duckdb.connect(str(store.build_database)) as connection:
            connection.execute("create schema if not exists operations")
            write_steps(connection, store)


def table(of_run: Sequence[Step]) -> str:
    """The steps of a run as a table, in the order in which they ended. Of a step that was done again, the last time."""
    titles = ("stage", "council", "source", "rows", "seconds", "peak MB")
    lines = [
        (
            step.stage,
            step.organisation_id,
            step.source,
            "" if step.rows is None else f"{step.rows:,}",
            f"{step.seconds:.1f}",
            f"{step.peak_megabytes:,}",
        )
        for step in {(step.stage, step.organisation_id, step.source): step for step in of_run}.values()
    ]
    widths = [max(len(line[place]) for line in [titles, *lines]) for place in range(len(titles))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place < 3 else text.rjust(width) for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [titles, *lines]
    )
