"""The process in which workbooks are opened: it takes a workbook on its input and gives its sheets as Arrow tables of texts on its output.

The reader's native code allots what a workbook says of itself: a cell at the far corner of a sheet takes the whole sheet's memory, and
where there is none the process ends. Here it is another process, with limits, that ends. It is run by its path and starts fast:
beside the reader and Arrow it imports the standard library alone.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import fastexcel
import pyarrow
import pyarrow.ipc

LENGTH = struct.Struct("<Q")


def send(pipe: IO[bytes], message: Any) -> None:
    """Write a message, which is bytes or fits into JSON, after its length."""
    content = message if isinstance(message, bytes) else json.dumps(message).encode()
    pipe.write(LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Read a message. Raises EOFError where the other process ended before its end."""
    start = pipe.read(LENGTH.size)
    content = pipe.read(LENGTH.unpack(start)[0]) if len(start) == LENGTH.size else b""
    if len(start) < LENGTH.size or len(content) < LENGTH.unpack(start)[0]:
        raise EOFError
    return content


def _serve(asked: IO[bytes], given: IO[bytes]) -> None:
    """Open each workbook that comes, until no more come: its sheets' names, for each wanted one its errors and cells, then an empty message."""
    used = _memory_in_use()
    while True:
        wanted = json.loads(receive(asked))
        # A Mac keeps no such limit.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (used + wanted["memory"], resource.getrlimit(resource.RLIMIT_AS)[1]))
        workbook = fastexcel.read_excel(receive(asked))
        send(given, workbook.sheet_names)
        for name in workbook.sheet_names:
            if re.fullmatch(wanted["sheets"], name.strip()):
                _send_sheet(workbook, name, given)
        send(given, b"")


def _send_sheet(workbook: fastexcel.ExcelReader, name: str, given: IO[bytes]) -> None:
    # Without skip_rows the reader drops blank rows at the top, and the row numbers would not be Excel's.
    cells, errors = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_arrow_with_errors()
    written = io.BytesIO()
    with pyarrow.ipc.new_stream(written, cells.schema) as stream:
        stream.write_batch(cells)
    found = [[*one.offset_position, one.detail] for one in errors.errors] if errors else []
    send(given, {"name": name, "errors": found})
    send(given, written.getvalue())


def _memory_in_use() -> int:
    """The addresses that this process has before it opens anything, in bytes; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


if __name__ == "__main__":
    with suppress(EOFError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)
