"""What each step of a run took: written by many processes, read as one table."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from foundation.storage import Storage
from warehouse import run_steps
from warehouse.run_steps import FILE, Step, keep_steps, note, steps, table

LAND, CHECK = Step("run", "land", "here", "payroll", 1200, 2.04, 180), Step("run", "check", "here", "payroll", 40, 0.5, 400)


def test_the_steps_of_a_run_are_a_table_with_the_last_try_of_each(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    for step in (Step("earlier", "land", "here", "payroll", 1, 1.0, 1), Step("run", "land", "here", "payroll", None, 9.0, 90), LAND, CHECK):
        note(store, step)
    assert table(steps(store, "run")).splitlines() == [
        "stage  council  source    rows  seconds  peak MB",
        "land   here     payroll  1,200      2.0      180",
        "check  here     payroll     40      0.5      400",
    ]


def test_a_line_that_a_full_disk_cut_off_is_left_out(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    note(store, LAND)
    with (store.build_folder / FILE).open("a") as file:
        file.write('{"run_id": "ru')
    assert steps(store) == [LAND]
    assert (store.build_folder / FILE).stat().st_mode & 0o077 == 0


def test_the_file_keeps_the_last_steps_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Storage(tmp_path)
    monkeypatch.setattr(run_steps, "MOST_LINES", 2)
    for step in (LAND, LAND, CHECK):
        note(store, step)
    run_steps.forget_old_steps(store)
    assert (store.build_folder / FILE).read_text().count("\n") == 2
    assert steps(store) == [LAND, CHECK]


def test_the_build_has_them_in_operations_and_never_in_marts(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    note(store, LAND)
    keep_steps(store)  # without a build, nothing
    duckdb.connect(str(store.build_database)).close()
    keep_steps(store)
    note(store, CHECK)
    keep_steps(store)
    with duckdb.connect(str(store.build_database), read_only=True) as built:
        assert built.execute("select stage, rows from operations.run_step").fetchall() == [("land", 1200), ("check", 40)]
