"""Kills of the month's steps, each on a data root of its own: what was killed, where it fell by the log, and what the next run made of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

import polars as pl
import psutil

from foundation import published_files
from foundation.storage import Storage
from tests.chaos.month import BUILD, CHECK, DONE, LAND, PUBLISH, SCORECARDS, SWITCH, Month, count_changes, mark, say
from tests.conftest import lay_out_golden
from upkeep.doctor import examine

# Who is killed. A container ends with all its processes; the kernel that runs out of memory takes one.
EVERYTHING, THE_TASK, DBT = "the step with all it started", "the step's process alone", "dbt alone"
JULY = datetime(2022, 7, 11, 6, tzinfo=UTC).timestamp()
LONGEST = 1200.0  # a step takes seconds, but other programs may share the machine
A_MOMENT = 0.02
HISTORY = "data_quality_result"
TOLD_OF_TIME = ["run_at", "first_seen", "state", "rows_new", "rows_again", "rows_fixed"]  # since the run before
T = TypeVar("T")


@dataclass(frozen=True)
class Kill:
    """A kill of a step. `share`: how far into the step, from 0 to 1; of its changes to the data root if `by_change`, else of its time."""

    step: str
    who: str
    share: float
    by_change: bool = False

    @property
    def name(self) -> str:
        unit = "its changes of the data root" if self.by_change else "its time"
        return f"{self.step}: {self.who}, after {self.share:.0%} of {unit}"


def _spread(step: str, who: str, count: int, by_change: bool = False, latest: float = 0.95) -> list[Kill]:
    return [Kill(step, who, round(latest * number / max(1, count - 1), 3), by_change) for number in range(count)]


# A group for each step and way, each in the order of time.
GROUPS = (
    _spread(LAND, EVERYTHING, 22, by_change=True),
    _spread(CHECK, EVERYTHING, 6, by_change=True),
    _spread(BUILD, EVERYTHING, 8, latest=0.9),
    _spread(BUILD, THE_TASK, 8, latest=0.9),
    _spread(BUILD, DBT, 8, latest=0.9),
    _spread(PUBLISH, EVERYTHING, 8, by_change=True, latest=1.0),
    _spread(PUBLISH, EVERYTHING, 8, latest=0.8),
    _spread(SCORECARDS, EVERYTHING, 7, by_change=True, latest=1.0),
    _spread(SWITCH, EVERYTHING, 9, by_change=True, latest=1.0),
)
# In turn, so that a run that is broken off has killed every step.
KILLS = tuple(kill for row in zip_longest(*GROUPS) for kill in row if kill)


@dataclass
class Outcome:
    """What a fault did: where it fell by the log, what was printed, the month that readers saw then, and what is wrong afterwards, if anything."""

    fell: str = ""
    printed: str = ""
    readers_saw: str = ""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Workshop:
    """Data roots to kill runs in: May is published, and June waits in the inbox. And what an undisturbed run makes of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts: dict[str, Path] = {}
        self.changes: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self.extracts = lay_out_golden(folder / "extracts")
        start = self._copy(self.extracts, "start")
        self._to_the_end(start, "may")
        self.may = published_files.latest(Storage(start))
        for may in sorted((start / "inbox").rglob("*_2022-05.csv")):
            june = may.with_name(may.name.replace("-05", "-06"))
            june.write_text("".join(may.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
            os.utime(june, (JULY, JULY))
        self.start = self._starts[LAND] = start
        home = self._copy(start, "undisturbed")
        for first, following in ((LAND, CHECK), (CHECK, BUILD), (BUILD, PUBLISH), (PUBLISH, None)):
            self._starts[first] = self._copy(home, f"before {first}")
            self._to_the_end(home, "june", first, following)
        self.figures, self.found = _look(home)

    def _copy(self, home: Path, name: str) -> Path:
        return shutil.copytree(home, self._folder / name, symlinks=True)

    def _to_the_end(self, home: Path, run_id: str, first: str = LAND, before: str | None = None) -> None:
        log = home.with_suffix(".log")
        run = Running(home, log, lambda: Month(run_id).run(first, before))
        dbt = _wait(run.dbt_at_work, run) if first == BUILD else None
        at_work = time.monotonic()
        if dbt:
            psutil.wait_procs([dbt])
            self.seconds[DBT] = time.monotonic() - at_work
        if run.wait() != 0:
            raise RuntimeError(f"The undisturbed run failed:\n{run.log()}")
        for step, changes, seconds in re.findall(r"^ended: (.*), (\d+) changes of the data root, (.*) s$", run.log(), re.MULTILINE):
            self.changes[step], self.seconds[step] = int(changes), float(seconds)

    def attempt(self, kill: Kill) -> Outcome:
        """Kill a step, look at what readers see, try it again with what follows, and compare."""
        began = time.monotonic()
        home = self._copy(self._starts[_start_of(kill.step)], re.sub(r"\W+", "_", kill.name))
        outcome = Outcome()
        share = kill.share
        while not self._killed(home, kill, share, outcome):
            # The machine was faster than in the undisturbed run, and the step had ended: earlier, on a new data root.
            shutil.rmtree(home)
            share *= 0.7
            home = self._copy(self._starts[_start_of(kill.step)], home.name)
        seen = published_files.latest(Storage(home))
        outcome.readers_saw = f"{seen.parent.name}" if seen else "nothing"
        outcome.faults += _faults_of_readers(home, seen)
        # As Airflow does it: the killed task is tried again, and what follows it is done. `publish` finds the build of its own run.
        again = Running(home, home.with_suffix(".again.log"), lambda: Month("june").run(_start_of(kill.step)))
        if again.wait() != 0:
            outcome.faults.append(f"the next run failed: {again.log().strip().splitlines()[-1]}")
        else:
            outcome.faults += self.differences(home)
        outcome.seconds = time.monotonic() - began
        shutil.rmtree(home)
        return outcome

    def differences(self, home: Path) -> list[str]:
        """In what a data root differs from that of the undisturbed run, and what the doctor finds in it."""
        found, findings = _look(home)
        return [*_differences(self.figures, found), *(finding for finding in findings if finding not in self.found)]

    def _killed(self, home: Path, kill: Kill, share: float, outcome: Outcome) -> bool:
        """Run the step and kill it. False if it had ended before."""
        at_change = max(1, round(share * self.changes[kill.step])) if kill.by_change else None

        def killed_run() -> None:
            if at_change:
                mark.kill = (kill.step, at_change)
            Month("june").run(_start_of(kill.step))

        run = Running(home, home.with_suffix(".log"), killed_run)
        if not kill.by_change:
            self._kill_in_time(run, kill, share)
        run.wait()
        log = run.log()
        outcome.printed = log
        if f"ended: {kill.step}" in log or DONE in log.splitlines():
            return False
        outcome.fell = run.fell or log.strip().splitlines()[-1]
        if f"begins: {kill.step}" not in log:
            outcome.faults.append(f"the kill did not fall into the step: {log.strip()[-300:]}")
        return True

    def _kill_in_time(self, run: Running, kill: Kill, share: float) -> None:
        if kill.step == BUILD:
            dbt = _wait(run.dbt_at_work, run)
            if dbt is None:
                return
            time.sleep(share * self.seconds[DBT])
            run.fell = f"killed: {kill.step}, {kill.who}, {share * self.seconds[DBT]:.1f} s after dbt had opened the build"
            if kill.who == DBT:
                dbt.kill()
                return
        else:
            _wait(lambda: f"begins: {kill.step}" in run.log(), run)
            time.sleep(share * self.seconds[kill.step])
            run.fell = f"killed: {kill.step}, {share * self.seconds[kill.step]:.1f} s after it began"
        run.kill(with_all_it_started=kill.who == EVERYTHING)


class Running:
    """A month in a fork of this process and in a group of its own. What it prints goes to a file."""

    def __init__(self, home: Path, log: Path, work: Callable[[], None]) -> None:
        self._log, self.fell = log, ""
        self._home = home
        self._ended: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            code = 1
            try:
                os.setsid()
                file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(file, 1)
                os.dup2(file, 2)
                os.environ |= {"WORKFORCE_HOME": str(home), "WORKFORCE_CONFIG": str(home / "config")}
                os.environ.pop("WORKFORCE_PSEUDONYM_KEY", None)
                count_changes(home)
                work()
                code = 0
            except Exception as error:  # noqa: BLE001 - the log is what the test reads
                os.write(1, f"{type(error).__name__}: {error}\n".encode())
                traceback.print_exc()
            finally:
                os._exit(code)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def has_ended(self) -> bool:
        if self._ended is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._ended = os.waitstatus_to_exitcode(status)
        return self._ended is not None

    def wait(self) -> int:
        """Wait for the end of the process. What it started may go on. Returns its exit code; negative for a signal."""
        until = time.monotonic() + LONGEST
        while not self.has_ended():
            if time.monotonic() > until:
                self.kill(with_all_it_started=True)
            time.sleep(A_MOMENT)
        assert self._ended is not None
        return self._ended

    def kill(self, with_all_it_started: bool) -> None:
        if with_all_it_started:
            os.killpg(self._pid, signal.SIGKILL)
        else:
            os.kill(self._pid, signal.SIGKILL)

    def dbt_at_work(self) -> psutil.Process | None:
        """The process of dbt, once it has opened the build to write."""
        try:
            for child in psutil.Process(self._pid).children():
                if "warehouse.models" in child.cmdline() and any(file.path.endswith("/workforce.duckdb") for file in child.open_files()):
                    return child
        except psutil.Error:
            return None
        return None


def _start_of(step: str) -> str:
    """The step from which the killed run starts. The publication that is written aside is known to the run that wrote it alone."""
    return PUBLISH if step in (SCORECARDS, SWITCH) else step


def _wait(find: Callable[[], T | None], run: Running) -> T | None:
    """What is found, or None once the run has ended."""
    while not run.has_ended():
        if found := find():
            return found
        time.sleep(A_MOMENT)
    return None


def told_in(log: str) -> str:
    """The words with which a step failed, of what it printed; else the last it printed."""
    found = re.search(r"^\w*(?:Error|Exception|Failed|Killed): .*$", log, re.MULTILINE)
    return found.group().partition(": ")[2] if found else log.strip()[-300:]


def figures(home: Path) -> dict[str, str]:
    """The hash of each file of the rows and of the publications, and where `latest` leads. Without times, and without DuckDB's own files.

    The history of the checks has a line for each time that they ran, so of that the last results count.
    """
    found = {"published/latest": str((home / "published" / "latest").readlink())}
    for path in sorted([*(home / "raw").rglob("*"), *(home / "published").rglob("*")]):
        if path.is_file() and path.name not in ("workforce.duckdb", published_files.SUMS) and "latest" not in path.parts:
            found[path.relative_to(home).as_posix()] = hashlib.sha256(_lasting(path)).hexdigest()
    return found


def _lasting(path: Path) -> bytes:
    """What a file says, without when it was made."""
    if path.name == published_files.MANIFEST:
        manifest = json.loads(path.read_bytes())
        rows = {table: count for table, count in manifest["rows"].items() if table != HISTORY}
        # When it was made, and hashes of files that say when they were made.
        return repr({**manifest, "rows": rows, "made_at": "", "as_known_at": "", "files": "", "previous": ""}).encode()
    if path.stem == HISTORY:
        results = pl.read_parquet(path).filter(pl.col("is_latest")).drop(TOLD_OF_TIME)
        return results.sort(results.columns, nulls_last=True).write_csv().encode()
    return path.read_bytes()


def _differences(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: {'missing' if name not in found else 'not in the undisturbed run' if name not in expected else 'differs'}"
        for name in sorted({*expected, *found})
        if expected.get(name) != found.get(name)
    ]


def _faults_of_readers(home: Path, seen: Path | None) -> list[str]:
    """What is wrong with what readers see right after a kill: May is published, so they see something, and it is whole."""
    if seen is None:
        return ["readers see nothing after the kill"]
    return [f"after the kill: {damage}" for damage in published_files.damage_of_publication(seen, Storage(home))]


def _look(home: Path) -> tuple[dict[str, str], list[str]]:
    """The figures, and what the doctor finds. In a fork, since a library that this process has used may not work in later forks."""
    run = Running(
        home, home.with_suffix(".look.log"), lambda: say(json.dumps([figures(home), [str(finding) for finding in examine().findings]]))
    )
    if run.wait() != 0:
        return {}, [f"it could not be looked at: {run.log()}"]
    found, findings = json.loads(run.log().splitlines()[-1])
    return found, findings
