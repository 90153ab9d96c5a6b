"""The process in which workbooks are opened: it takes a workbook on its input and gives its sheets as Arrow tables of texts on its output.

The reader's native code allots what a workbook says of itself: a cell at the far corner of a sheet takes the whole sheet's memory, and
where there is none the process ends. Here it is another process, with limits, that ends. It is run by its path and starts fast:
beside the reader and Arrow it imports the standard library, and modules of this package that need no other.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

import fastexcel
import pyarrow
import pyarrow.ipc

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2]))

from ingestion.reading.book_facts import BookFacts, SheetFacts
from ingestion.reading.ods_facts import ods_facts
from ingestion.reading.xls_facts import xls_facts
from ingestion.reading.xlsx_facts import xlsx_facts

FACTS: dict[str, Callable[[bytes, Callable[[str], bool]], BookFacts]] = {"xlsx": xlsx_facts, "ods": ods_facts, "xls": xls_facts}
# What reading the facts of a workbook raises that is written in another way than is known.
NOT_KNOWN = (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError, expat.ExpatError)
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
    """Open each workbook that comes, until no more come.

    Gives its sheets' names and whether its facts are known, for each wanted sheet what is to be said of it, its cells and how cells
    are shown, then an empty message.
    """
    used = _memory_in_use()
    while True:
        wanted = json.loads(receive(asked))
        # A Mac keeps no such limit.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (used + wanted["memory"], resource.getrlimit(resource.RLIMIT_AS)[1]))
        content = receive(asked)
        workbook = fastexcel.read_excel(content)
        names = [name for name in workbook.sheet_names if re.fullmatch(wanted["sheets"], name.strip())]
        facts = None
        with suppress(*NOT_KNOWN):
            facts = FACTS[wanted["format"]](content, names.__contains__)
        send(given, {"names": workbook.sheet_names, "known": facts is not None, "from_1904": facts is not None and facts.from_1904})
        for name in names:
            _send_sheet(workbook, name, facts.sheets.get(name) if facts else None, given)
        send(given, b"")


def _send_sheet(workbook: fastexcel.ExcelReader, name: str, facts: SheetFacts | None, given: IO[bytes]) -> None:
    # Without skip_rows the reader drops blank rows at the top, and the row numbers would not be Excel's.
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    cells, errors = sheet.to_arrow_with_errors()
    told = facts or SheetFacts()
    # The reader begins with the first column that holds something.
    columns = sheet.selected_columns
    about = {
        "name": name,
        "errors": [[*error.offset_position, error.detail] for error in errors.errors] if errors else [],
        "is_hidden": sheet.visible != "visible",
        "first_column": columns[0].absolute_index if columns else 0,
        "dresses": list(told.known),
        "merged": told.merged,
        "hidden_rows": told.hidden_rows,
        "hidden_columns": told.hidden_columns,
    }
    send(given, about)
    send(given, _written(cells))
    places = [
        pyarrow.Array.from_buffers(pyarrow.int32(), len(numbers), [None, pyarrow.py_buffer(numbers)])
        for numbers in (told.rows, told.columns, told.dresses)
    ]
    send(given, _written(pyarrow.RecordBatch.from_arrays(places, ["row", "column", "dress"])))


def _written(batch: pyarrow.RecordBatch) -> bytes:
    written = io.BytesIO()
    with pyarrow.ipc.new_stream(written, batch.schema) as stream:
        stream.write_batch(batch)
    return written.getvalue()


def _memory_in_use() -> int:
    """The addresses that this process has before it opens anything, in bytes; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


if __name__ == "__main__":
    with suppress(EOFError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)
