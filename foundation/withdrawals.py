"""Publications that were withdrawn. In place of its files such a publication has a page for readers and a record for programs, `withdrawn.json`.

The record has a line of its own in the chain of the publications. From that line on the publication is withdrawn, whatever else is still there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from foundation import chain
from foundation.chain import UNKNOWN
from foundation.storage import Storage

RECORD, PAGE = "withdrawn.json", "withdrawn.html"
PATTERN = f"[0-9]*/[!.]*/{RECORD}"


@dataclass(frozen=True)
class Withdrawal:
    """Who withdrew a publication, when and why. `by` is a role, `at` a time with its zone.

    `sha256` is the hash of the list of its files, by which the next publication names it. `previous` is what its manifest said of the one before
    it, and `made_at` when it was made. `page_sha256` is the hash of its page.
    """

    publication: str
    month: str
    at: str
    by: str
    reason: str
    sha256: str | None
    page_sha256: str
    made_at: str | None = None
    previous: dict[str, str] | None = None

    @property
    def name(self) -> str:
        """Month and id, such as 2025-09/0123456789ab."""
        return f"{self.month}/{self.publication}"

    def content(self) -> bytes:
        """What the record's file holds."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()


def withdrawal_in(folder: Path) -> Withdrawal | None:
    """What the record in a publication's folder says. None if there is none, or if it cannot be read."""
    try:
        return Withdrawal(**json.loads((folder / RECORD).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def withdrawn(store: Storage) -> set[Path]:
    """The folders of the publications that were withdrawn, by the chain. A record that is missing or damaged counts; one without a line does not."""
    found = chain.contents(store.published, PATTERN, store.chain_of_publications)
    known = {*found.files, *(name for name, wrong in found.damage.items() if not wrong.startswith(UNKNOWN))}
    return {store.published / Path(name).parent for name in known}


def says_withdrawn(publication: Path) -> str | None:
    """One sentence for who asks a publication that was withdrawn. None if it was not."""
    if not (publication / RECORD).exists():
        return None
    record = withdrawal_in(publication.resolve())
    by = f" on {record.at[:10]} by the {record.by}" if record else ""
    return f"{publication}: this publication was withdrawn{by}. Its page says why: {publication / PAGE}"
