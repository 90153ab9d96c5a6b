"""Every format is parsed in a process with limits. However that process ends, the file is refused, and the next file is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from ingestion.reading import limited_process
from ingestion.reading.extract_table import read
from ingestion.reading.limited_process import table_of, text_conversation
from ingestion.refusal import FileRefused
from tests.hostile.test_fuzz import ROWS
from tests.ingestion.dress import caseload, json_lines, ods, parquet, separated, workbook, zipped
from tests.ingestion.old_books import xls

FORMS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: separated(ROWS).encode(),
    "tsv": lambda: separated(ROWS, "\t").encode(),
    "jsonl": lambda: json_lines(ROWS).encode(),
    "parquet": lambda: parquet(ROWS),
    "xlsx": lambda: workbook(ROWS),
    "ods": lambda: ods(ROWS),
    "xls": lambda: xls([list(row) for row in ROWS]),
    "csv in a ZIP": lambda: zipped({"c.csv": separated(ROWS)}),
}
ENDS = {"by itself": "import sys; sys.exit(3)", "by a fault": f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"}


@pytest.fixture(autouse=True)
def no_process_waits() -> Iterator[None]:
    limited_process._Idle.close()
    yield
    limited_process._Idle.close()


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("form", FORMS)
def test_if_its_process_ends_a_file_of_any_format_is_refused(form: str, ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = caseload(tmp_path, f"format: {form.partition(' ')[0]}")
    content = FORMS[form]()
    (tmp_path / "ends.py").write_text(ENDS[ends])
    with monkeypatch.context() as patch:
        patch.setattr(limited_process, "limited_worker", SimpleNamespace(__file__=str(tmp_path / "ends.py")))
        with pytest.raises(FileRefused) as refused:
            read(content, mapping).whole()
    assert refused.value.findings[0].code == ("too_large" if ends == "by a fault" else "unreadable_file")
    assert read(content, mapping).whole().rows.height == len(ROWS) - 1


def test_rows_that_come_while_other_rows_are_read_are_of_their_own_file(tmp_path: Path) -> None:
    """Files are read one within the other, and one of them not to its end."""
    mapping = caseload(tmp_path)
    other = [ROWS[0], *([f"9{row[0]}", *row[1:]] for row in ROWS[1:])]
    outer = iter(read(separated(ROWS).encode(), mapping).blocks)
    first = next(outer)
    left = iter(read(separated(other).encode(), mapping).blocks)
    next(left)
    inner = read(separated(other).encode(), mapping).whole()
    del left
    assert first.rows["Worker"].to_list() == [row[0] for row in ROWS[1:]]
    assert inner.rows["Worker"].to_list() == [row[0] for row in other[1:]]
    assert sum(block.rows.height for block in outer) == 0


def test_a_text_without_an_end_takes_the_seconds_that_its_size_may_take_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_process, "LEAST_SECONDS", 1)

    def endless() -> Iterator[bytes]:
        while True:
            yield b'{"Worker": "1"}\n' * 100_000

    with pytest.raises(FileRefused, match="far more memory or time"), text_conversation({"format": "jsonl"}, endless(), 10) as talk:
        while talk.hear():
            talk.hear()


def test_a_table_that_is_not_well_formed_is_never_used() -> None:
    """As a library would give it that does not check what it takes over from a file."""
    texts = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\4\0\0\0"), pa.py_buffer(b"\xf0\x90\x80\xff")])
    far = pa.DictionaryArray.from_arrays(pa.array([7], pa.int32()), pa.array(["a"]), safe=False)
    for column in (texts, far):
        written = pa.BufferOutputStream()
        with pa.ipc.new_stream(written, pa.schema([("a", column.type)])) as stream:
            stream.write_batch(pa.RecordBatch.from_arrays([column], ["a"]))
        with pytest.raises(pa.ArrowInvalid):
            table_of(written.getvalue().to_pybytes())


def test_the_process_ends_with_the_one_that_started_it() -> None:
    program = "from tests.hostile.test_limited_process import read_and_say; read_and_say()"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120).stdout
    pid = int(said)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def read_and_say() -> None:
    """Leave a file half read, and print the id of the process that reads it."""
    talk = text_conversation({"format": "jsonl"}, iter([b'{"a": 1}\n']), 10)
    print(talk.__enter__().process.pid)
    # Otherwise it would end here, and not with this process.
    sys.modules["kept"] = talk  # type: ignore[assignment]
