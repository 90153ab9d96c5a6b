"""What becomes of a build when one of its two processes is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dags.progress import FOR_A_PERSON
from foundation.storage import storage
from warehouse.build import BuildKilled, build

BUILDS = "from warehouse.build import build; build()"
LONGEST = 300.0


def dbt_of(process: int) -> psutil.Process | None:
    """The process of dbt that another has started."""
    return next((child for child in psutil.Process(process).children() if "warehouse.models" in child.cmdline()), None)


def waited_for(process: int, at_work: bool) -> psutil.Process:
    """The process of dbt; `at_work`: once it has opened the build."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        dbt = dbt_of(process)
        if dbt and (not at_work or any(file.path == str(storage().build_database) for file in dbt.open_files())):
            return dbt
        time.sleep(0.05)
    raise TimeoutError("dbt did not start")


@pytest.fixture
def building(built_home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A build in a process of its own."""
    running = subprocess.Popen([sys.executable, "-c", BUILDS], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    yield running
    running.kill()
    running.wait()


@pytest.mark.usefixtures("built_home")
def test_a_dbt_that_is_killed_is_named_and_the_build_is_tried_again() -> None:
    threading.Thread(target=lambda: waited_for(os.getpid(), at_work=False).kill(), daemon=True).start()
    with pytest.raises(BuildKilled, match=r"ended by signal SIGKILL, before the build was complete\. Nothing is published"):
        build()
    assert not issubclass(BuildKilled, FOR_A_PERSON)


@pytest.mark.wide
def test_dbt_ends_with_the_process_that_started_it(building: subprocess.Popen[bytes]) -> None:
    """Otherwise it would write into the file, and the log of writes, of the next build."""
    dbt = waited_for(building.pid, at_work=True)
    os.kill(building.pid, signal.SIGKILL)
    building.wait()
    _, alive = psutil.wait_procs([dbt], timeout=10)
    assert alive == []
