"""The month's steps as the DAG calls them, one after another in this process. Each prints when it begins and when it has ended.

    python -m tests.chaos.month

A step may be killed before one of its changes to the data root: the process then kills its whole group, as the end of a container does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alerts.officer import tell_officer
from alerts.owner_mail import tell_owners
from dags.progress import without_retry
from expectations.completeness import check_completeness
from expectations.council_check import check_council
from expectations.source_check import check_marts
from foundation.configuration import council_sources, usable_councils
from foundation.storage import storage
from ingestion.arriving.source_fetching import fetch_source
from ingestion.landing.land import land_source
from ingestion.landing.landing_readiness import refuse_unless_ready
from reporting.quality import write_quality_pages
from reporting.scorecard import write_scorecards
from warehouse.build import build
from warehouse.build_turn import refuse_other_build
from warehouse.publish import stage_publication, switch_latest

# In the order of the DAG. A name is what the log says.
LAND, CHECK, TELL, BUILD, MARTS, GATE, PUBLISH, SCORECARDS, SWITCH, OFFICER = STEPS = (
    "land", "check", "tell owners", "build", "check marts", "gate", "publish", "write scorecards", "switch latest", "tell the officer",
)  # fmt: skip
CHANGES = {"os.rename", "os.mkdir", "os.chmod", "os.utime", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
DONE = "done"
FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass
class Mark:
    """Which step is going on, and how many changes it has made to the data root.

    `kill`: the step and the number of the change before which the process is to end. `full_from`: the step before which something fills the disk.
    """

    step: str = ""
    changes: int = 0
    kill: tuple[str, int] | None = None
    full_from: tuple[str, Callable[[], None]] | None = None


mark = Mark()


def say(line: str) -> None:
    """Print a line that is there even if the process is killed right after."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def count_changes(home: Path) -> None:
    """Count what a step changes in the data root, and kill this process's group before the change that is asked for."""
    root = str(home)

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if not mark.step:
            return
        writes = event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & FOR_WRITING)
        if writes and isinstance(arguments[0], str | bytes | os.PathLike) and os.fsdecode(arguments[0]).startswith(root):
            mark.changes += 1
            if mark.kill == (mark.step, mark.changes):
                say(f"killed: {mark.step}, before its change {mark.changes} of the data root")
                os.killpg(0, signal.SIGKILL)

    sys.addaudithook(count)


class Month:
    """The steps of one run, by the functions that the tasks of the DAG call."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self._staged = self._published = Path()

    def run(self, first: str = LAND, before: str | None = None) -> None:
        """Do the steps in order, from the `first` on, up to the one `before` which to stop."""
        refuse_unless_ready()
        steps: dict[str, Callable[[], object]] = dict(zip(STEPS, self._steps(), strict=True))
        for name in STEPS[STEPS.index(first) :]:
            if name == before:
                break
            mark.step, mark.changes = name, 0
            say(f"begins: {name}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
            if mark.full_from and mark.full_from[0] == name:
                mark.full_from[1]()
            began = time.monotonic()
            without_retry(steps[name])()
            say(f"ended: {name}, {mark.changes} changes of the data root, {time.monotonic() - began:.2f} s")
        mark.step = ""
        say(DONE)

    def _steps(self) -> Iterator[Callable[[], object]]:
        yield self._land
        yield self._check
        yield lambda: tell_owners(council_sources(), datetime.now(UTC))
        yield lambda: build(run_id=self.run_id)
        yield lambda: self._of_own_build(check_marts)
        yield lambda: self._of_own_build(check_completeness)
        yield self._publish
        yield self._write_scorecards
        yield self._switch
        yield lambda: tell_officer(self._published)

    def _of_own_build(self, do: Callable[[], object]) -> None:
        refuse_other_build(storage(), self.run_id)
        do()

    def _land(self) -> None:
        for source in council_sources():
            fetch_source(**source)
            land_source(**source)

    def _check(self) -> None:
        for council in usable_councils():
            for _ in check_council(council.organisation_id):
                pass

    def _publish(self) -> None:
        refuse_other_build(storage(), self.run_id)
        self._staged = stage_publication()

    def _write_scorecards(self) -> None:
        write_scorecards(self._staged)
        write_quality_pages(self._staged)

    def _switch(self) -> None:
        self._published = switch_latest(self._staged)


if __name__ == "__main__":
    Month("by the clock").run()
