"""What lay in an inbox and was not read, such as a link, a pipe or a file that no mapping names.

It has no delivery, because nobody knows its bytes. So it is kept in a list beside the ledger's entries: what it was, since when, and
when it had gone or was read after all. Nothing is counted from the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foundation import ledger
from foundation.ledger import HELD, Problem
from foundation.storage import shared, write_whole

PLACE = Path("unread") / "files.json"
# What is still there stays, so that the list is the same in each run. What has gone makes room, the oldest first. Each run reports them all.
MOST = 1_000


def unread_files(folder: Path) -> list[dict[str, Any]]:
    """The list in a source's ledger, oldest first. Each has `file`, `code`, `message`, `first_seen`, and `until` (None: it is still there)."""
    try:
        listed = json.loads((folder / PLACE).read_bytes())
    except (OSError, ValueError):
        return []
    return listed if isinstance(listed, list) else []


def remember_unread(problems: Iterable[Problem], folder: Path) -> None:
    """Bring the list in a source's ledger up to date with what a landing did not read. A list that says so already is not touched."""
    before = unread_files(folder)
    now = ledger.now()
    there = {(problem.file, problem.code): problem.message for problem in problems if problem.severity == HELD}
    kept = []
    for entry in before:
        is_same = there.get((entry["file"], entry["code"])) == entry["message"]
        if entry["until"] is None and is_same:
            del there[entry["file"], entry["code"]]
        kept.append(entry if entry["until"] is not None or is_same else entry | {"until": now})
    new = [{"file": file, "code": code, "message": says, "first_seen": now, "until": None} for (file, code), says in there.items()]
    gone = [entry for entry in kept if entry["until"] is not None]
    added = new[: MOST - (len(kept) - len(gone))]
    forgotten = gone[: max(0, len(kept) + len(added) - MOST)]
    after = [*(entry for entry in kept if entry not in forgotten), *added]
    if after != before:
        shared((folder / PLACE).parent)
        write_whole(folder / PLACE, lambda part: part.write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8"))
