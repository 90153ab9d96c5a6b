"""What each step of a run took: stage, council, source, rows, seconds and memory, one line per step. The run's last task prints them as a table."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import get_current_context

from foundation.storage import storage
from warehouse.run_steps import Step, note


class Running:
    """A step that is going on. `rows` may be set. `finished` notes a part of it, such as a source of a council."""

    def __init__(self, stage: str, organisation_id: str, source: str) -> None:
        self.rows: int | None = None
        self._stage, self._organisation_id, self._source = stage, organisation_id, source
        self._began, self._has_parts = time.monotonic(), False

    def finished(self, source: str, rows: int) -> None:
        """Note a part of the step that has ended."""
        self._has_parts = True
        self._note(source, rows)
        self._began = time.monotonic()

    def end(self) -> None:
        """Note the step, unless its parts were noted."""
        if not self._has_parts:
            self._note(self._source, self.rows)

    def _note(self, source: str, rows: int | None) -> None:
        note(
            storage(),
            Step(_run_id(), self._stage, self._organisation_id, source, rows, round(time.monotonic() - self._began, 3), _peak_megabytes()),
        )


@contextmanager
def step(stage: str, organisation_id: str = "", source: str = "") -> Iterator[Running]:
    """Note what the block takes, if it comes to its end."""
    running = Running(stage, organisation_id, source)
    yield running
    running.end()


def _run_id() -> str:
    return str(get_current_context()["run_id"])


def _peak_megabytes() -> int:
    """The most memory that this process, or one that it started and that has ended, has had so far."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
