"""Kill each step of the month, and let go wrong what is around it. Write what happened and what the engineer sees.

    python -m tests.chaos [--out docs/chaos.md] [--few] [--only steps] [--processes 2] [--results FILE]

`--few`: ten kills, two in each of landing, dbt, publication, scheduler and worker. `--only`: steps, surroundings or airflow. `--results`: keeps each outcome in a file, a line each; what is in
it is not done again, so that a long run can be broken off.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import tests.own_airflow  # noqa: F401  (before anything imports Airflow)
from tests.chaos import kills, surroundings, under_airflow
from tests.chaos.chaos_page import page
from tests.chaos.kills import Outcome, Workshop

STEPS, SURROUNDINGS, AIRFLOW = "steps", "surroundings", "airflow"
ROUNDS = [under_airflow.ROUND, under_airflow.OTHER_ROUND] * 2
FEW = {
    kills.LAND: (5, 17),
    kills.BUILD: (7, 14),
    kills.PUBLISH: (6, 9),
}


def chosen_kills(few: bool) -> list[kills.Kill]:
    """The kills of steps: all, or two of each step that `.ci/run` kills."""
    if not few:
        return list(kills.KILLS)
    return [[kill for kill in kills.KILLS if kill.step == step][number] for step, numbers in FEW.items() for number in numbers]


class Results:
    """The outcome of each fault, by its name, in a file to which several processes add lines."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def known(self) -> dict[str, Outcome]:
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        return {found.pop("name"): Outcome(**found) for found in map(json.loads, lines)}

    def keep(self, name: str, outcome: Outcome) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, **asdict(outcome)}) + "\n")
        says = "; ".join(outcome.faults) or "the same figures"
        print(f"{name}: {outcome.fell}. {says} ({outcome.seconds:.0f} s)", flush=True)


def round_name(number: int, blow: under_airflow.Blow) -> str:
    """The name of a blow in a round of the real Airflow."""
    return f"round {number}: {blow.name}"


def todo(few: bool) -> list[str]:
    """The names of all faults."""
    rounds = [under_airflow.FEW] if few else [*ROUNDS, under_airflow.RESTARTS]
    names = [kill.name for kill in chosen_kills(few)]
    names += [round_name(number, blow) for number, blows in enumerate(rounds, 1) for blow in blows]
    return names + ([] if few else [fault.name for fault in surroundings.FAULTS])


def strike(folder: Path, few: bool, only: str | None, processes: int, results: Results) -> None:
    """Let everything happen that has not happened yet, or one part of it."""
    workshop, known = Workshop(folder), results.known()
    waiting = [kill for kill in chosen_kills(few) if kill.name not in known]
    others = [] if few else [fault for fault in surroundings.FAULTS if fault.name not in known]

    def kill_steps(part: int) -> None:
        for kill in waiting[part::processes]:
            results.keep(kill.name, workshop.attempt(kill))

    def disturb() -> None:
        for number, fault in enumerate(others):
            results.keep(fault.name, surroundings.endured(fault, workshop, folder / f"fault-{number}"))

    def run_airflow() -> None:
        for name, outcome in _under_airflow(folder / "real airflow", workshop, few, known):
            results.keep(name, outcome)

    # The real Airflow comes last, with the machine to itself: nothing else makes its heartbeats late.
    if only in (None, STEPS):
        _at_once([partial(kill_steps, part) for part in range(processes)])
    if only in (None, SURROUNDINGS):
        _at_once([disturb])
    if only in (None, AIRFLOW):
        _at_once([run_airflow])


def _under_airflow(folder: Path, workshop: Workshop, few: bool, known: dict[str, Outcome]) -> Iterator[tuple[str, Outcome]]:
    rounds = [under_airflow.FEW] if few else [*ROUNDS, under_airflow.RESTARTS]
    waiting = {number: blows for number, blows in enumerate(rounds, 1) if any(round_name(number, blow) not in known for blow in blows)}
    if waiting:
        folder.mkdir()
        numbers = [number for number, blows in waiting.items() for _ in blows]
        for number, (blow, outcome) in zip(numbers, under_airflow.struck(folder, workshop, waiting.values()), strict=True):
            yield round_name(number, blow), outcome


def _at_once(jobs: Sequence[Callable[[], None]]) -> None:
    """Do each job in a fork of this process, which stays as it is for later forks. Wait for all."""
    forks = []
    for job in jobs:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                job()
                code = 0
            except Exception:  # noqa: BLE001 - the others go on; what was not tried is named at the end
                traceback.print_exc()
            finally:
                os._exit(code)
        forks.append(pid)
    for pid in forks:
        os.waitpid(pid, 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if a fault was not withstood, or could not be tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--only", choices=(STEPS, SURROUNDINGS, AIRFLOW))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        results = Results(asked.results or Path(folder) / "results.jsonl")
        names = todo(asked.few)
        if set(names) - set(results.known()):
            (Path(folder) / "work").mkdir()
            strike(Path(folder) / "work", asked.few, asked.only, asked.processes, results)
        known = results.known()
    found = {name: known[name] for name in names if name in known}
    if asked.out:
        asked.out.write_text(page(names, found), encoding="utf-8")
    lost = [name for name in names if name not in found or found[name].faults]
    print(f"{len(names)} faults, {len(names) - len(lost)} withstood" + "".join(f"\n  not withstood: {name}" for name in lost))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
