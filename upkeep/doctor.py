"""`python -m warehouse doctor`: everything that can go wrong unseen, looked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from foundation.configuration import ConfigurationError, councils
from foundation.layout import LayoutError
from foundation.storage import storage
from upkeep import kept, surroundings
from upkeep.finding import Examined, Finding


def examine(now: datetime | None = None) -> Examined:
    """Look at everything. Changes nothing. A part that cannot be looked at is a finding itself, and keeps no other part back."""
    now = now or datetime.now(UTC)
    try:
        store = storage()
    except LayoutError as wrong:
        return Examined((Finding("data root", str(wrong), "Nothing else was looked at"),), "the layout of the data root")
    looked = kept.Looked()
    parts: dict[str, Callable[[], Iterable[Finding]]] = {
        "ledger, originals and rows": lambda: kept.of_sources(store, looked),
        "results of checks": lambda: kept.of_results(store),
        "publications": lambda: kept.of_publications(store, looked),
        "configuration": surroundings.of_configuration,
        "key": lambda: surroundings.of_key(store),
        "connections": surroundings.of_connections,
        "rights": lambda: surroundings.of_rights(store),
        "disk": lambda: surroundings.of_disk(store),
        "clock": lambda: surroundings.of_clock(store, now),
        "calendar": lambda: surroundings.of_calendar(now.date()),
    }
    findings = [finding for name, part in parts.items() for finding in _found(name, part)]
    return Examined(tuple(findings), f"{looked}{', ' if looked.counts else ''}{_configured()}, {', '.join(list(parts)[3:])}")


def _found(name: str, part: Callable[[], Iterable[Finding]]) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(part())
    except OSError as error:
        found.append(
            Finding(name, f"{error.filename} cannot be read ({error.strerror})", "Give this account the right to read it, then ask again")
        )
    except Exception as error:  # noqa: BLE001 - the other parts are looked at; its text may quote a value
        found.append(
            Finding(
                name,
                f"could not be looked at ({type(error).__name__})",
                "Correct the other findings, then ask again; if it stays, report it",
            )
        )
    return found


def _configured() -> str:
    try:
        count = len(councils()[0])
    except ConfigurationError:
        return "no council"
    return f"{count} {'council' if count == 1 else 'councils'}"
