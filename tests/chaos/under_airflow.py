"""Kills of the scheduler and of workers, and restarts of PostgreSQL, while the real Airflow runs the month with Celery and two workers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foundation import published_files
from foundation.storage import Storage
from tests.chaos.kills import Outcome, Workshop
from tests.services.own_services import Airflow, PostgreSQL, airflow_with_celery

MONTH = "workforce_month"
ENDED = "ended"
SCHEDULER, WORKER, DATABASE = "the scheduler", "the worker of the task", "PostgreSQL"


@dataclass(frozen=True)
class Blow:
    """What is killed or restarted, and while which task is running: the first of `tasks` that has not ended by then."""

    what: str
    tasks: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.what}, while {self.tasks[0]} runs"


def _landing(council: str) -> tuple[str, ...]:
    return tuple(f"councils.{council}.land_{source}" for source in ("establishment", "hr_assignments", "agency"))


CHECKS = ("councils.peterborough.check", "councils.cambridgeshire.check")
PUBLICATION = ("publish", "write_scorecards", "switch_latest")
# In the order of the run, since each blow falls into the same run as those before it.
ROUND = (
    Blow(SCHEDULER, _landing("cambridgeshire")),
    Blow(WORKER, (*CHECKS, "tell_owners")),
    Blow(SCHEDULER, ("build",)),
    Blow(WORKER, PUBLICATION),
)
OTHER_ROUND = (
    Blow(WORKER, _landing("peterborough")),
    Blow(SCHEDULER, (*CHECKS, "tell_owners")),
    Blow(WORKER, ("build",)),
    Blow(SCHEDULER, PUBLICATION),
)
# Two kills of each, for `.ci/run`.
FEW = ROUND
RESTARTS = (Blow(DATABASE, CHECKS), Blow(DATABASE, ("build",)))


def struck(folder: Path, workshop: Workshop, rounds: Iterable[Sequence[Blow]]) -> Iterator[tuple[Blow, Outcome]]:
    """Run June once for each round, with its blows. After each blow the run has to go on by itself, to the figures of the undisturbed run."""
    data = folder / "data"
    shutil.copytree(workshop.start, data, symlinks=True)
    with airflow_with_celery(folder, data) as (airflow, database):
        for blows in rounds:
            for path in data.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.copytree(workshop.start, data, symlinks=True, dirs_exist_ok=True)
            run_id = airflow.trigger(MONTH)
            outcomes = [(blow, _strike(airflow, database, data, run_id, blow)) for blow in blows]
            state = airflow.ended(MONTH, run_id)
            faults = [] if state == "success" else [f"the run ended as {state}"]
            faults += workshop.differences(data)
            for blow, outcome in outcomes:
                outcome.faults += faults
                yield blow, outcome


def _strike(airflow: Airflow, database: PostgreSQL, data: Path, run_id: str, blow: Blow) -> Outcome:
    """Wait until a task is running and its log is open, strike, and wait until the task has succeeded."""
    began, outcome = time.monotonic(), Outcome()
    for task in blow.tasks:
        log = airflow.log_of(run_id, task)
        worker = airflow.wait_for(lambda task=task, log=log: _at_work(airflow, run_id, task, log), f"{task} was not started")
        if worker == ENDED:
            continue
        part = {SCHEDULER: "scheduler", WORKER: worker}.get(blow.what, "PostgreSQL")
        if blow.what == DATABASE:
            database.restart_as_after_a_crash()
        else:
            airflow.kill(part)
        outcome.fell = f"killed: {part}, while {worker} had the log of {task} open"
        seen = published_files.latest(Storage(data))
        outcome.readers_saw = seen.parent.name if seen else "nothing"
        if seen is None or list(published_files.damage_of_publication(seen, Storage(data))):
            outcome.faults.append("after the kill readers do not see a whole publication")
        ended = airflow.wait_for(lambda task=task: _succeeded(airflow, run_id, task), f"{task} did not succeed after the kill of {part}")
        if blow.what == WORKER and ended["try_number"] == 1:
            continue  # it had come to its end just before the kill
        outcome.printed = f"attempts: {ended['try_number']}"
        outcome.seconds = time.monotonic() - began
        return outcome
    outcome.faults.append(f"none of {', '.join(blow.tasks)} was going on when it was to be killed")
    return outcome


def _at_work(airflow: Airflow, run_id: str, task: str, log: Path) -> str | None:
    """The worker that has a task's log open; ENDED if the task has ended."""
    if log.exists() and (worker := airflow.worker_of(log)):
        return worker
    return ENDED if _succeeded(airflow, run_id, task) else None


def _succeeded(airflow: Airflow, run_id: str, task_id: str) -> dict[str, int] | None:
    return next((task for task in airflow.tasks(MONTH, run_id) if task["task_id"] == task_id and task["state"] == "success"), None)
