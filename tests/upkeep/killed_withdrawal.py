"""Withdraw the publication that readers see once for each step, each time killed before that step and then run again.

Called as a program, so that a fork has no other thread in it: `killed_withdrawal.py <template> <folder>`. Prints for each step, as JSON, what readers
saw and what `verify` found after the kill.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from foundation.storage import Storage, storage
from foundation.withdrawals import withdrawn
from tests.ingestion.killed import forked
from tests.upkeep.publishing import THIRD
from upkeep.verify import verify
from upkeep.withdraw import withdraw

NOW = datetime(2024, 10, 13, 9, tzinfo=UTC)


def withdraw_it() -> None:
    withdraw(THIRD, "Director", "A cell showed too much", storage(), NOW)


def seen(store: Storage) -> dict[str, object]:
    files = sorted(path.relative_to(store.latest).as_posix() for path in store.latest.rglob("*") if path.is_file())
    findings = [str(finding) for finding in verify(store.published, store.chain_of_publications).findings]
    is_withdrawn = store.published / THIRD in withdrawn(store)
    return {"latest": str(store.latest.readlink()), "files": files, "findings": findings, "is_withdrawn": is_withdrawn}


def main(template: Path, folder: Path) -> int:
    told, step, ended = [], 0, False
    while not ended:
        step += 1
        home = folder / f"{step:03d}"
        shutil.copytree(template, home, symlinks=True)
        ended = forked(home, withdraw_it, step)
        told.append(seen(Storage(home)))
        forked(home, withdraw_it, None)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
