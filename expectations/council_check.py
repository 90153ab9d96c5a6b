"""Check all sources of a council, one after the other, and know when that is due again.

To load Great Expectations takes longer than to check a source, so that one process checks a council. The order is that of the council's
configuration: whatever a source is compared with has landed before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from expectations.engine.check_rule import RuleResult, errors
from expectations.engine.council_decisions import decisions
from expectations.rules.every_source import every_rule
from expectations.source_check import check_source
from foundation.configuration import ConfigurationError, Organisation, organisation
from foundation.storage import Storage, shared, storage, write_whole
from warehouse.engine_words import place_of


class SourcesNotChecked(Exception):
    """Sources of a council could not be checked. The message names them and where the code stopped. The others were checked."""


def check_council(organisation_id: str, today: date | None = None) -> Iterator[tuple[str, list[RuleResult]]]:
    """Check each source of a council; gives the source and its results, as `check_source` returns them.

    A source whose check stops keeps no other back: SourcesNotChecked names them at the end. Raises ConfigurationError.
    """
    council, store, day = organisation(organisation_id), storage(), today or datetime.now(UTC).date()
    # From before the checks: whatever changes meanwhile, also by a hold or a release, makes the next check due.
    before = _facts(council, store, day)
    stopped, sure = [], True
    for source in council.sources:
        try:
            results = check_source(organisation_id, source, today)
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - it is raised once the others are checked; its words may quote a value
            stopped.append(f"{source}: {place_of(error)}")
            continue
        sure = sure and not errors(results)
        yield source, results
    if stopped:
        raise SourcesNotChecked(f"{organisation_id}: {'; '.join(stopped)}")
    _write(council.organisation_id, store, {"facts": before, "sure": sure, "told": False})


def councils_due(councils: Iterable[Organisation], store: Storage) -> dict[str, str]:
    """The councils whose checks are due, each with why."""
    today = datetime.now(UTC).date()
    return {council.organisation_id: why for council in councils if (why := why_due(council, store, today))}


def why_due(council: Organisation, store: Storage, today: date) -> str | None:
    """Why the council's checks are due, in words; None if they would find what they found, and owners were told of it."""
    path = _mark(council.organisation_id, store)
    mark = json.loads(path.read_bytes()) if path.exists() else {"facts": {}, "sure": False, "told": False}
    was, now = mark["facts"], _facts(council, store, today)
    changed = [words for words in now if was.get(words) != now[words]]
    if was and changed:
        return " and ".join(changed)
    if not mark["sure"]:
        return "the last check did not end, or a rule could not be checked"
    return None if mark["told"] else "owners were not told yet"


def remember_told(organisation_id: str, store: Storage) -> None:
    """Keep that owners were told of what the last check found."""
    path = _mark(organisation_id, store)
    if path.exists():
        _write(organisation_id, store, json.loads(path.read_bytes()) | {"told": True})


def _facts(council: Organisation, store: Storage, today: date) -> dict[str, str]:
    """What the results depend on, by the words for a change of it."""
    entries = (path for source in council.sources for path in sorted(store.ledger(council.organisation_id, source).glob("*.json")))
    configured = (path for path in sorted(council.folder.rglob("*")) if path.is_file())
    due = [f"{source} {setting.due_through(today)}" for source, setting in council.sources.items()]
    return {
        "the ledger changed": _hash(map(_listed, entries)),
        "the configuration changed": _hash(map(_listed, configured)),
        "a day on which files are due has passed": _hash(due),
        "an acceptance has ended": _accepted(council.organisation_id, today),
    }


def _accepted(organisation_id: str, today: date) -> str:
    """How many exceptions the council accepts today."""
    try:
        return str(sum(today <= exception.until for exception in decisions(organisation_id, every_rule()).exceptions))
    except ConfigurationError:
        return "unreadable"  # the check says so


def _listed(path: Path) -> str:
    stamps = path.stat()
    return f"{path.name}\0{stamps.st_size}\0{stamps.st_mtime_ns}"


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _mark(organisation_id: str, store: Storage) -> Path:
    # Beside the results: whoever removes those has them made again.
    return shared(store.checks) / f"checked__{organisation_id}.json"


def _write(organisation_id: str, store: Storage, mark: Mapping[str, object]) -> None:
    write_whole(_mark(organisation_id, store), lambda part: part.write_text(json.dumps(mark, indent=1) + "\n", encoding="utf-8"))
