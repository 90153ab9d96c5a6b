"""The mark that landing leaves while it reads a file. A file that ended the process twice is held, and not read a third time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.storage import write_whole
from ingestion.refusal import Finding

MARK = ".reading"
MOST_ENDS = 2
ENDED_TWICE = Finding(
    "unforeseen",
    f"the file ended the process that read it, {MOST_ENDS} times. Tell the engineers, and keep the file as it is; the other files go on. "
    "Once the cause is gone, read it again with `python -m ingestion land --again`",
)


@contextmanager
def marked(folder: Path, sha256: str, again: bool) -> Iterator[bool]:
    """Whether a file may be read:

    not if it ended the process before, unless that is to be ignored. Its mark is there during the reading.
    """
    path = folder / MARK
    ends = 0 if again else _ends(path, sha256)
    if ends >= MOST_ENDS:
        yield False
        return
    write_whole(path, lambda part: part.write_text(json.dumps({"sha256": sha256, "times": ends + 1}), encoding="utf-8"))
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)


def _ends(path: Path, sha256: str) -> int:
    """How often the process ended while it read a file with these bytes, the last time anything was read."""
    try:
        written = json.loads(path.read_bytes())
        return int(written["times"]) if written["sha256"] == sha256 else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0
