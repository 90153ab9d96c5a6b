"""Run landing or a re-key once for each of its steps, each time killed before that step and then run again.

A step is whatever changes the file system: opening a file to write, renaming, making a folder, setting rights or times, removing.
It is called as a program, so that a fork has no other thread in it: `killed.py <action> <template> <folder>`. Prints the number of
steps.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute  # noqa: F401  (imported here, and not once a fork)

from contracts import every_version, sources
from ingestion.arriving.source_fetching import fetch_source
from ingestion.landing.land import land_source
from ingestion.renewing.rekey import rekey

SOURCES = ("hr_assignments", "caseload", "payroll")
CHANGES = {"os.rename", "os.mkdir", "os.chmod", "os.utime", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def land() -> None:
    for source in SOURCES:
        fetch_source("testshire", source)
        land_source("testshire", source)


def change_key() -> None:
    rekey(os.environ["WORKFORCE_PSEUDONYM_KEY"].encode(), os.environ["NEW_KEY"].encode())


ACTIONS: dict[str, Callable[[], None]] = {"land": land, "rekey": change_key}


def kill_before(step: int, home: Path) -> None:
    """Kill this process before the step with that number (from 1) under the data root."""
    seen = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writes = event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & FOR_WRITING)
        if writes and isinstance(arguments[0], str | bytes | os.PathLike) and str(os.fsdecode(arguments[0])).startswith(str(home)):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def forked(home: Path, action: Callable[[], None], step: int | None) -> bool:
    """Run an action in a fork, killed before a step. Returns whether it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.environ["WORKFORCE_HOME"] = str(home)
            if step is not None:
                kill_before(step, home)
            action()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and step is not None:
        return False
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{action.__name__} failed, step {step}")
    return True


def main(action: str, template: Path, folder: Path) -> int:
    # Contracts are read once here, and not in each fork.
    for source in sources():
        every_version(source)
    step = 0
    while True:
        step += 1
        home = folder / f"{step:03d}"
        shutil.copytree(template, home, symlinks=True)
        ended = forked(home, ACTIONS[action], step)
        if ended:
            home.rename(folder / "undisturbed")
            print(step - 1)
            return 0
        forked(home, ACTIONS[action], None)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
