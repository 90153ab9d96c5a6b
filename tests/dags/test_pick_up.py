"""The pick-up through Airflow's own runner: it looks once, and starts work only for what came."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dags.by_hand import run_here
from dags.workforce_pick_up import workforce_pick_up


def run() -> dict[str, list[str]]:
    """The state of each task, and of each of its mapped runs."""
    states: dict[str, list[str]] = {}
    for task in run_here(workforce_pick_up()).get_task_instances():
        states.setdefault(task.task_id, []).append(str(task.state))
    return states


def did_run(states: dict[str, list[str]]) -> dict[str, int]:
    return {task: len(those) for task, those in sorted(states.items()) if set(those) != {"skipped"}}


def test_a_pick_up_starts_work_for_what_came_and_else_ends_after_one_look(golden_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert did_run(run())["land"] == 6

    capsys.readouterr()
    assert did_run(run()) == {"check_configuration": 1, "look": 1}
    assert "no checks are due: nothing changed since the last ones" in capsys.readouterr().out

    agency = golden_home / "inbox" / "peterborough" / "agency" / "agency_2022-05.csv"
    again = agency.with_name("agency_2022-06.csv")
    again.write_text("".join(agency.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    os.utime(again, (agency.stat().st_mtime + 1, agency.stat().st_mtime + 1))
    states = run()
    assert {state for those in states.values() for state in those} == {"success"}
    assert (len(states["land"]), len(states["check"])) == (1, 1)
    said = capsys.readouterr().out
    assert "look   peterborough    agency" in said
    assert "check  peterborough    hr_assignments" in said, "what is compared with the new file is checked as well"
    assert "check  cambridgeshire" not in said


@pytest.mark.wide
def test_a_mapping_that_was_corrected_has_its_file_read_again(golden_home: Path) -> None:
    mapping = golden_home / "config" / "organisations" / "peterborough" / "mappings" / "agency.yaml"
    right = mapping.read_text(encoding="utf-8")
    mapping.write_text("source: agency\n", encoding="utf-8")
    assert sorted(run()["land"]) == ["failed", *["success"] * 5]
    mapping.write_text(right, encoding="utf-8")
    states = run()
    assert states["land"] == ["success"]
    assert did_run(run()) == {"check_configuration": 1, "look": 1}
