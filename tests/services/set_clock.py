"""A clock that a test sets, for the processes that it starts.

libfaketime is not used: `time.sleep` of Python 3.11 fails under it if the clock that measures waiting is left alone, and Airflow needs that one.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
from datetime import datetime
from pathlib import Path

from tests.services.own_services import ServerMissing

SOURCE = Path(__file__).with_suffix(".c")


class SetClock:
    """The time of day of processes that have `environment`. It goes on from where it was last set."""

    def __init__(self, folder: Path, now: datetime) -> None:
        """`folder`: one that everybody may read whose processes are to have the clock."""
        self._file, self._library = folder / "clock", folder / "set_clock.so"
        compiler = shutil.which("cc")
        if compiler is None:
            raise ServerMissing("A compiler of C is missing. Install it: apt-get install gcc libc6-dev")
        subprocess.run([compiler, "-O2", "-fPIC", "-shared", "-o", str(self._library), str(SOURCE), "-ldl"], check=True)
        self._file.write_bytes(struct.pack("q", 0))
        self.set(now)

    def set(self, now: datetime) -> None:
        """Set the clock for all processes at once."""
        self._ahead = round(now.timestamp() - time.time())
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", self._ahead))

    def now(self) -> float:
        """The seconds since 1970 that the clock shows."""
        return time.time() + self._ahead

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to see the clock."""
        return {"LD_PRELOAD": str(self._library), "SET_CLOCK_FILE": str(self._file)}
