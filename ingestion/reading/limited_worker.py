"""The process in which libraries parse files: it takes a file on its input and gives tables as Arrow on its output.

The libraries' native code reserves as much memory as a file says that it needs. A cell at the far corner of a sheet reserves the
whole sheet, and a false size in a footer reserves that size. If there is not enough memory, the process ends. So this is a process
of its own, with limits. It is run by its path and starts fast: besides the readers it imports only the standard library, and
modules of this package that need nothing else. What text needs is imported once a text comes.
"""

from __future__ import annotations

import json
import os
import resource
import signal
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

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[2]))
    # Arrow imports numpy if it is there, and needs it for nothing here. Without it this process starts in half the time.
    sys.modules["numpy"] = None  # type: ignore[assignment]

import fastexcel
import pyarrow
import pyarrow.ipc

from ingestion.reading.book_facts import BookFacts, SheetFacts
from ingestion.reading.ods_facts import ods_facts
from ingestion.reading.xls_facts import xls_facts
from ingestion.reading.xlsx_facts import repeated_cell, xlsx_facts

FACTS: dict[str, Callable[[bytes, Callable[[str], bool]], BookFacts]] = {"xlsx": xlsx_facts, "ods": ods_facts, "xls": xls_facts}
# Exceptions that reading the facts of a workbook raises, if the file is written in a way that is not known.
NOT_KNOWN = (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError, expat.ExpatError)
LENGTH = struct.Struct("<Q")
PARQUET, CSV, JSON_LINES = "parquet", "csv", "jsonl"
# Answers in place of any other: more of a text is wanted, the file cannot be read, and (at its beginning) a refusal with reasons.
MORE, ENDED, REFUSED = b'{"more": true}', b'{"ended": true}', b'{"refused": '
# The results for a Parquet file that cannot be read, or that would unpack to too much.
DAMAGED, TOO_LARGE = "damaged", "too large"
ROWS_AT_A_TIME = 1 << 16
# A footer has a few hundred bytes for each column of each group of rows.
LARGEST_FOOTER = 32 << 20
MOST_GROUPS = 10_000
TEXTS = (
    pyarrow.types.is_string,
    pyarrow.types.is_large_string,
    pyarrow.types.is_string_view,
    pyarrow.types.is_binary,
    pyarrow.types.is_large_binary,
)


def send(pipe: IO[bytes], message: Any) -> None:
    """Write a message, as bytes or JSON, after its length."""
    content = message if isinstance(message, bytes | memoryview | pyarrow.Buffer) else json.dumps(message).encode()
    pipe.write(LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Read a message. Raises EOFError if the other process ended before its end."""
    start = pipe.read(LENGTH.size)
    content = pipe.read(LENGTH.unpack(start)[0]) if len(start) == LENGTH.size else b""
    if len(start) < LENGTH.size or len(content) < LENGTH.unpack(start)[0]:
        raise EOFError
    return content


def _serve(asked: IO[bytes], given: IO[bytes]) -> None:
    """Read each file that comes, until no more come. Each answer ends with an empty message."""
    used = _memory_in_use()
    while True:
        wanted = json.loads(receive(asked))
        _limit_time(wanted["seconds"])
        # A Mac has no such limit.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (used + wanted["memory"], resource.getrlimit(resource.RLIMIT_AS)[1]))
        try:
            _answer(wanted, asked, given)
        except MemoryError:
            # Said as any other limit is that ends this process.
            os.kill(os.getpid(), signal.SIGKILL)
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library raises about a file, the file cannot be read
            findings = getattr(error, "findings", None)
            if findings is None:
                send(given, ENDED)
            else:
                listed = [[finding.code, finding.says, finding.row, finding.column] for finding in findings]
                send(given, REFUSED + json.dumps(listed).encode() + b"}")
        else:
            send(given, b"")


def _answer(wanted: dict[str, Any], asked: IO[bytes], given: IO[bytes]) -> None:
    """Everything that is to be said about a file, before the empty message."""

    def more() -> bytes:
        send(given, MORE)
        return receive(asked)

    if wanted["format"] == CSV:
        from ingestion.reading.csv_pieces import split

        for about, rows in split(wanted, more):
            send(given, about)
            send(given, _written(rows))
    elif wanted["format"] == JSON_LINES:
        from ingestion.reading.json_pieces import records

        for about, rows in records(more):
            send(given, about)
            send(given, _written(rows))
    elif wanted["format"] == PARQUET:
        _send_parquet(receive(asked), wanted["unpacked"], given)
    else:
        _send_book(receive(asked), wanted["format"], wanted["cells"], asked, given)


def _send_book(content: bytes, form: str, most_cells: int, asked: IO[bytes], given: IO[bytes]) -> None:
    """Give the names of a workbook's sheets, and take the names of the sheets that are wanted.

    Then give whether the workbook's facts are known, and for each wanted sheet its facts, its cells and how cells are shown.
    """
    workbook = fastexcel.read_excel(content)
    send(given, {"names": workbook.sheet_names})
    names = json.loads(receive(asked))
    facts = None
    with suppress(*NOT_KNOWN):
        facts = FACTS[form](content, names.__contains__)
    known = facts or BookFacts()
    send(given, {"known": facts is not None, "from_1904": known.from_1904})
    for name in names:
        filled = _send_sheet(workbook, name, known.sheets.get(name), most_cells, given)
        if name in known.parts and filled < known.sheets[name].filled:
            known.repeated = known.repeated or repeated_cell(content, known.parts[name])
    send(given, {"repeated": known.repeated})


def _send_sheet(workbook: fastexcel.ExcelReader, name: str, facts: SheetFacts | None, most_cells: int, given: IO[bytes]) -> int:
    """Give a sheet. Returns how many of its cells hold something."""
    # Without skip_rows the reader drops blank rows at the top, and the row numbers would not be Excel's.
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    cells, errors = sheet.to_arrow_with_errors()
    told = facts or SheetFacts()
    # The reader begins with the first column that holds something.
    columns = sheet.selected_columns
    too_large = cells.num_rows * cells.num_columns > most_cells
    about = {
        "name": name,
        "too_large": too_large,
        "errors": [[*error.offset_position, error.detail] for error in errors.errors] if errors else [],
        "is_hidden": sheet.visible != "visible",
        "first_column": columns[0].absolute_index if columns else 0,
        "dresses": list(told.known),
        "merged": told.merged,
        "hidden_rows": told.hidden_rows,
        "hidden_columns": told.hidden_columns,
    }
    send(given, about)
    send(given, _written(cells.slice(0, 0) if too_large else cells))
    places = [
        pyarrow.Array.from_buffers(pyarrow.int32(), len(numbers), [None, pyarrow.py_buffer(numbers)])
        for numbers in (told.rows, told.columns, told.dresses)
    ]
    send(given, _written(pyarrow.RecordBatch.from_arrays(places, ["row", "column", "dress"])))
    return int(sum(cells.num_rows - column.null_count for column in cells.columns)) + len(about["errors"])


def _send_parquet(content: bytes, most: int, given: IO[bytes]) -> None:
    """Give a Parquet file's columns, which of them are flat, and its rows, with the rows of flat columns in portions.

    A text that is in many rows is kept once in the file, and is given as it is kept. The size of all rows when unpacked is counted
    before.
    """
    # Imported here, so that a process for a workbook starts sooner.
    from pyarrow import parquet

    try:
        footer = int.from_bytes(content[-8:-4], "little")
        if footer > len(content):
            raise ValueError("the file ends before its footer")
        if footer > LARGEST_FOOTER:
            raise _TooLarge(footer)
        opened = parquet.ParquetFile(pyarrow.BufferReader(content))
        once = [field.name for field in opened.schema_arrow if any(is_kind(field.type) for is_kind in TEXTS)]
        opened = parquet.ParquetFile(pyarrow.BufferReader(content), read_dictionary=once, page_checksum_verification=True)
        metadata = opened.metadata
        if metadata.num_row_groups > MOST_GROUPS or max(_stated(metadata), metadata.num_rows * metadata.num_columns * 4) > most:
            raise _TooLarge(_stated(metadata))
        flat = [at for at, field in enumerate(opened.schema_arrow) if not pyarrow.types.is_nested(field.type)]
        about: dict[str, Any] = {"names": list(opened.schema_arrow.names), "flat": flat, "rows": metadata.num_rows}
        send(given, about)
        size = 0
        names = [about["names"][at] for at in flat]
        for batch in opened.iter_batches(ROWS_AT_A_TIME, columns=names, use_threads=False) if names else ():
            size += sum(_unpacked(column) for column in batch.columns)
            if size <= most:
                send(given, _written(batch.rename_columns([str(at) for at in flat])))
        if size > most:
            raise _TooLarge(size)
    except _TooLarge as error:
        send(given, {"ended": TOO_LARGE, "size": error.size})
    except MemoryError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError):
        send(given, {"ended": DAMAGED})


class _TooLarge(Exception):
    """A file that would unpack to so many bytes."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


def _stated(metadata: Any) -> int:
    return int(sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups)))


def _unpacked(piece: pyarrow.Array) -> int:
    """How many bytes a piece of a column takes if each row holds its own text."""
    from pyarrow import compute

    if not pyarrow.types.is_dictionary(piece.type):
        return int(piece.nbytes)
    return compute.sum(compute.binary_length(piece.dictionary).take(piece.indices).cast(pyarrow.int64())).as_py() or 0


def _written(rows: pyarrow.RecordBatch | pyarrow.Table) -> pyarrow.Buffer:
    written = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(written, rows.schema) as stream:
        stream.write(rows)
    return written.getvalue()


def _limit_time(seconds: int) -> None:
    """Let the system end this process when it has used so many seconds more of the processor."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _memory_in_use() -> int:
    """The addresses that this process uses before it opens anything, in bytes. 0 if the system does not say."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


if __name__ == "__main__":
    with suppress(EOFError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)
