"""The processes, with limits, in which libraries parse files for this process.

Starting a process for each file would cost more than reading it. So one that has read a file waits for the next.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Timer
from typing import IO, Any, ClassVar

import polars as pl
import pyarrow as pa

from ingestion.reading import limited_worker
from ingestion.reading.limited_worker import ENDED, MORE, REFUSED, receive, send
from ingestion.reading.size_limits import MEBIBYTE
from ingestion.refusal import FileRefused, Finding, refuse

# What reading may take. A workbook of 200 MB unpacked (100,000 rows of 40 columns) needs 600 MB and, on a busy machine, 40 s.
LEAST_MEMORY, MEMORY_A_BYTE = 700 * MEBIBYTE, 6
LEAST_SECONDS, BYTES_A_SECOND = 8, 3 * MEBIBYTE
# The seconds above are of the processor, because a busy machine is no reason to hold a file. So many times as long may it take in all.
PATIENCE = 10
# A larger file has a process of its own, so that its memory is free as soon as it is read.
SMALL = MEBIBYTE
LIBRARIES = ("LD_LIBRARY_PATH",)


class _Damaged(Exception):
    """The process says that its library cannot read the file."""


@dataclass
class Conversation:
    """What is said to a process, and what is heard from it. `seconds` are left in which this process may wait for it.

    `text` is given to it when it asks for more. `is_over` says that it has said all that it has to say about the file.
    """

    process: subprocess.Popen[bytes]
    seconds: float
    text: Iterator[bytes | memoryview] = field(default_factory=lambda: iter(()))
    is_over: bool = False

    @property
    def asked(self) -> IO[bytes]:
        assert self.process.stdin
        return self.process.stdin

    @property
    def given(self) -> IO[bytes]:
        assert self.process.stdout
        return self.process.stdout

    def tell(self, message: Any) -> None:
        with self._limited():
            send(self.asked, message)

    def hear(self) -> bytes:
        """The next answer. If the process asks for more of the text, it is given some first. Raises FileRefused if the process refuses."""
        while True:
            with self._limited():
                message = receive(self.given)
            if message == MORE:
                self.tell(next(self.text, b""))
            elif message.startswith(REFUSED):
                self.is_over = True
                raise FileRefused(*(Finding(*finding) for finding in json.loads(message)["refused"]))
            elif message == ENDED:
                self.is_over = True
                raise _Damaged
            else:
                return message

    def hear_table(self) -> pa.Table:
        return table_of(self.hear())

    def hear_frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.hear_table())

    @contextmanager
    def _limited(self) -> Iterator[None]:
        stop = Timer(max(self.seconds, 0.0), self.process.kill)
        stop.start()
        started = time.monotonic()
        try:
            yield
        finally:
            stop.cancel()
            self.seconds -= time.monotonic() - started


def table_of(message: bytes) -> pa.Table:
    """The table that a message has. Raises ArrowInvalid if it is not well formed.

    Libraries take over from a file what they do not check: a Parquet reader gives bytes that are not UTF-8 as texts. The next
    library relies on it, and would end this process at such a text.
    """
    with pa.ipc.open_stream(pa.py_buffer(message)) as stream:
        table = stream.read_all()
    table.validate(full=True)
    return table


@contextmanager
def conversation(content: bytes, wanted: dict[str, Any], size: int, refusal: Callable[[bool], Exception]) -> Iterator[Conversation]:
    """Have a file read that unpacks to a size.

    If the process ends, raises what `refusal` gives, which is told whether the process reached a limit.
    """
    memory = LEAST_MEMORY + size * MEMORY_A_BYTE
    with _talk(wanted | {"memory": memory}, size, refusal) as talk:
        talk.tell(content)
        yield talk


@contextmanager
def text_conversation(wanted: dict[str, Any], text: Iterator[bytes | memoryview], size: int) -> Iterator[Conversation]:
    """Have a text of a size read that is given piece by piece, so that the process needs little memory however long the text is."""
    with _talk(wanted | {"memory": LEAST_MEMORY}, size, _unreadable_text) as talk:
        talk.text = text
        yield talk


def _unreadable_text(has_reached_limit: bool) -> FileRefused:
    if has_reached_limit:
        says = "the text takes far more memory or time than one of its size"
        return refuse("too_large", f"{says}. Check that it is the extract; if it is, send it in several parts")
    return refuse("unreadable_file", "the text cannot be read as a table. Check that it is the extract, and send it again")


@contextmanager
def _talk(wanted: dict[str, Any], size: int, refusal: Callable[[bool], Exception]) -> Iterator[Conversation]:
    process = _Idle.take()
    seconds = LEAST_SECONDS + size // BYTES_A_SECOND
    talk = Conversation(process, seconds * PATIENCE)
    try:
        talk.tell(wanted | {"seconds": seconds})
        yield talk
        talk.is_over = True
    except (EOFError, OSError):
        # A process that reached a limit was ended by a signal.
        raise refusal(process.wait() < 0) from None
    except (_Damaged, pa.ArrowException):
        raise refusal(False) from None
    finally:
        # The rest of the answer about this file must not be taken for the answer about another.
        if talk.is_over and size <= SMALL:
            _Idle.give_back(process)
        else:
            _end(process)


class _Idle:
    """The processes that wait for a file. A process that was forked from this one must not talk to them."""

    lock = Lock()
    _processes: ClassVar[list[subprocess.Popen[bytes]]] = []
    _of: int | None = None

    @classmethod
    def take(cls) -> subprocess.Popen[bytes]:
        with cls.lock:
            cls._own()
            while cls._processes:
                process = cls._processes.pop()
                if process.poll() is None:
                    return process
                _end(process)
        # Arrow's own pool takes more addresses than it uses. Secrets in this process's environment are not passed on.
        environment = {"ARROW_DEFAULT_MEMORY_POOL": "system"} | {
            library: os.environ[library] for library in LIBRARIES if library in os.environ
        }
        return subprocess.Popen(
            [sys.executable, "-I", limited_worker.__file__],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=MEBIBYTE,
        )

    @classmethod
    def give_back(cls, process: subprocess.Popen[bytes]) -> None:
        with cls.lock:
            cls._own()
            cls._processes.append(process)

    @classmethod
    def close(cls) -> None:
        with cls.lock:
            cls._own()
            while cls._processes:
                _end(cls._processes.pop())

    @classmethod
    def _own(cls) -> None:
        if cls._of != os.getpid():
            cls._processes, cls._of = [], os.getpid()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


atexit.register(_Idle.close)
