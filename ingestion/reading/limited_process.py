"""The one process, with limits, that parses workbooks and Parquet for this process.

Starting a process for each file would cost more than reading it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Timer
from typing import IO, Any

import polars as pl
import pyarrow as pa

from ingestion.reading import limited_worker
from ingestion.reading.limited_worker import receive, send
from ingestion.reading.size_limits import MEBIBYTE

# What reading may take. A workbook of 200 MB unpacked (100,000 rows of 40 columns) needs 600 MB and, on a busy machine, 40 s.
LEAST_MEMORY, MEMORY_A_BYTE = 700 * MEBIBYTE, 6
LEAST_SECONDS, BYTES_A_SECOND = 8.0, 3 * MEBIBYTE
# A larger file has a process of its own, so that its memory is free as soon as it is read.
SMALL = MEBIBYTE
LIBRARIES = ("LD_LIBRARY_PATH",)


@dataclass(frozen=True)
class Conversation:
    """The two pipes to the process: what is said to it, and what is heard from it."""

    asked: IO[bytes]
    given: IO[bytes]

    def tell(self, message: Any) -> None:
        send(self.asked, message)

    def hear(self) -> bytes:
        return receive(self.given)

    def hear_table(self) -> pa.Table:
        with pa.ipc.open_stream(pa.py_buffer(self.hear())) as stream:
            return stream.read_all()

    def hear_frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.hear_table())


@contextmanager
def conversation(content: bytes, wanted: dict[str, Any], size: int, refusal: Callable[[bool], Exception]) -> Iterator[Conversation]:
    """Have a file read that unpacks to a size.

    If the process ends, raises what `refusal` gives, which is told whether the process reached a limit.
    """
    with _Worker.lock:
        worker = _Worker.running()
        stop = Timer(LEAST_SECONDS + size / BYTES_A_SECOND, worker.kill)
        stop.start()
        try:
            assert worker.stdin
            assert worker.stdout
            talk = Conversation(worker.stdin, worker.stdout)
            talk.tell({"memory": LEAST_MEMORY + size * MEMORY_A_BYTE, **wanted})
            talk.tell(content)
            yield talk
        except (EOFError, OSError):
            # A process that reached a limit was ended by a signal.
            raise refusal(worker.wait() < 0) from None
        except BaseException:
            # The rest of the answer about this file must not be taken for the answer about another.
            _Worker.close()
            raise
        finally:
            stop.cancel()
        if size > SMALL:
            _Worker.close()


class _Worker:
    lock = Lock()
    _process: subprocess.Popen[bytes] | None = None
    _of: int | None = None

    @classmethod
    def running(cls) -> subprocess.Popen[bytes]:
        # A process that was forked from this one must not talk to this one's worker.
        if cls._process is None or cls._of != os.getpid() or cls._process.poll() is not None:
            # Arrow's own pool takes more addresses than it uses. Secrets in this process's environment are not passed on.
            environment = {"ARROW_DEFAULT_MEMORY_POOL": "system"} | {
                library: os.environ[library] for library in LIBRARIES if library in os.environ
            }
            cls._process = subprocess.Popen(
                [sys.executable, "-I", limited_worker.__file__],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            cls._of = os.getpid()
        return cls._process

    @classmethod
    def close(cls) -> None:
        """End the process. The next file starts another."""
        if cls._process is not None and cls._of == os.getpid():
            cls._process.kill()
            cls._process.communicate()
        cls._process = None


atexit.register(_Worker.close)
