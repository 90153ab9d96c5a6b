"""Ten of the kills, two in each of landing, dbt, publication, scheduler and worker; and that all of them are on the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter

import pytest

from tests.chaos import kills, under_airflow
from tests.chaos.__main__ import ROUNDS, Results, chosen_kills, todo
from tests.chaos.chaos_page import page
from tests.chaos.kills import Outcome, told_in
from tests.own_airflow import REPOSITORY

PAGE = REPOSITORY / "docs" / "chaos.md"


def test_there_are_a_hundred_kills_and_at_least_five_of_each_step() -> None:
    steps = Counter(kill.step for kill in kills.KILLS)
    steps |= Counter(blow.what for blows in ROUNDS for blow in blows)
    assert sum(steps.values()) == 100
    assert set(steps) == {
        *(kills.LAND, kills.CHECK, kills.BUILD, kills.PUBLISH, kills.SCORECARDS, kills.SWITCH),
        *(under_airflow.SCHEDULER, under_airflow.WORKER),
    }
    assert min(steps.values()) >= 5
    assert Counter(kill.step for kill in chosen_kills(few=True)) == {kills.LAND: 2, kills.BUILD: 2, kills.PUBLISH: 2}
    assert Counter(blow.what for blow in under_airflow.FEW) == {under_airflow.SCHEDULER: 2, under_airflow.WORKER: 2}


def test_every_fault_is_on_the_page_and_none_that_was_tried_was_not_withstood() -> None:
    written = PAGE.read_text(encoding="utf-8").partition("## Where each fell")[2]
    rows = dict(re.findall(r"^\| ([^|]+) \|.*\| ([^|]+) \|$", written, re.MULTILINE))
    assert [name for name in rows if name not in ("fault", "---")] == todo(few=False)
    assert set(rows.values()) <= {"withstood", "yes", "not tried"}


def test_a_fault_that_was_not_withstood_is_shown_with_what_is_wrong() -> None:
    name = "build: dbt alone, after 5% of its time"
    lost = Outcome("killed: build", "BuildKilled: words", "2022-05", 1.0, ["a mart | differs"])
    shown = page([name, "another"], {name: lost})
    assert "| another | | | not tried |" in shown
    assert "**1 of 1 not withstood**" in shown
    assert "**no**: a mart \\| differs" in shown


def test_what_a_step_says_when_it_fails_is_found_in_its_log() -> None:
    assert told_in("begins: build\nAirflowFailException: The disk is full\nTraceback") == "The disk is full"
    assert told_in("begins: build\n") == "begins: build"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of the ten kills."""
    results = tmp_path_factory.mktemp("chaos") / "results.jsonl"
    command = [sys.executable, "-m", "tests.chaos", "--few", "--results", str(results)]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    outcomes = Results(results).known()
    assert len(outcomes) == 10, done.stdout[-3000:] + done.stderr[-3000:]
    return outcomes


@pytest.mark.services
@pytest.mark.skipif(
    "WORKFORCE_TRY_KILLS" not in os.environ, reason="ten kills take a quarter of an hour: set WORKFORCE_TRY_KILLS, or make test-chaos"
)
def test_ten_kills_leave_the_published_figures_whole_and_the_work_is_done_again_by_itself(found: dict[str, Outcome]) -> None:
    assert list(found) and {name: outcome.faults for name, outcome in found.items() if outcome.faults} == {}


@pytest.mark.services
@pytest.mark.skipif(
    "WORKFORCE_TRY_KILLS" not in os.environ, reason="ten kills take a quarter of an hour: set WORKFORCE_TRY_KILLS, or make test-chaos"
)
def test_each_of_the_ten_fell_into_its_step(found: dict[str, Outcome]) -> None:
    for name, outcome in found.items():
        step = re.sub(r"^round \d+: ", "", name).partition(":")[0]
        assert outcome.fell.startswith("killed: "), name
        assert step in outcome.fell or "while worker-" in outcome.fell, (name, outcome.fell)
