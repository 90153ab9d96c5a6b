"""What has come since each source was last landed, found by names, sizes and times alone: no file is opened, and nothing is changed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from contracts import ContractError, every_version
from foundation.arrives import INBOX, Arrives
from foundation.configuration import ConfigurationError, Organisation, SourceSetting
from foundation.storage import Storage, write_whole
from ingestion.arriving.arrival_places import PlaceFailed, Remote, place_of
from ingestion.arriving.inbox_extracts import is_temporary, unfinished, wrong_time
from ingestion.arriving.source_fetching import to_fetch
from ingestion.mapping import read_mapping

# Hidden, and no entry of the ledger.
MARK = ".inbox_seen"
PLACES_AT_ONCE = 8


@dataclass(frozen=True)
class Arrived:
    """A council's source for which something is to be landed, and why."""

    organisation_id: str
    source: str
    why: str


def new_arrivals(councils: Iterable[Organisation], store: Storage) -> list[Arrived]:
    """The sources with something to land: a file that came or changed, or a mapping that may now read what it could not.

    A place that cannot be read counts as news, so that the landing of its sources says what is wrong.
    """
    settings = [(council, setting) for council in councils for setting in council.sources.values()]
    waiting = _waiting_at_places(settings, store)
    found = []
    for council, setting in settings:
        here = "its inbox or its mapping changed" if is_news(council, setting, store) else None
        if why := waiting.get((council.organisation_id, setting.source)) or here:
            found.append(Arrived(council.organisation_id, setting.source, why))
    return found


def inbox_mark(council: Organisation, setting: SourceSetting, store: Storage) -> str:
    """A hash of what the landing of a source depends on: the files in its inbox that are ready, its mapping and its council's settings."""
    inbox = store.inbox(council.organisation_id, setting.source)
    names = {path.name for path in inbox.iterdir()} if inbox.is_dir() else set()
    rules = setting.arrives if setting.arrives.kind == INBOX else Arrives()
    seen = [_listed(inbox / name, names, rules) for name in sorted(names) if not is_temporary(Path(name))]
    seen += [_listed(path, set(), Arrives()) for path in (setting.mapping, council.folder / "organisation.yaml")]
    return hashlib.sha256("\n".join(seen).encode(errors="backslashreplace")).hexdigest()


def is_news(council: Organisation, setting: SourceSetting, store: Storage) -> bool:
    """Whether what a source's landing depends on is not what it was at the last landing that came to its end."""
    path = _mark(council, setting, store)
    return not path.exists() or path.read_text(encoding="utf-8") != inbox_mark(council, setting, store)


def remember_landed(council: Organisation, setting: SourceSetting, store: Storage, mark: str) -> None:
    """Keep the mark of what lay there before a landing that came to its end. What came meanwhile is news at the next look."""
    write_whole(_mark(council, setting, store), lambda part: part.write_text(mark, encoding="utf-8"))


def _mark(council: Organisation, setting: SourceSetting, store: Storage) -> Path:
    return store.ledger(council.organisation_id, setting.source) / MARK


def _listed(path: Path, names: set[str], rules: Arrives) -> str:
    """A line for a file: its name, size and time, and whether it can be read yet, which can change without the file."""
    try:
        stamps = path.lstat()
    except OSError:
        return f"{path.name} is gone"
    waits = bool(unfinished(path.name, int(stamps.st_mtime), names, rules)) or bool(wrong_time(stamps.st_mtime))
    return f"{path.name}\0{stamps.st_size}\0{stamps.st_mtime_ns}\0{waits}"


def _waiting_at_places(settings: Iterable[tuple[Organisation, SourceSetting]], store: Storage) -> dict[tuple[str, str], str]:
    """Why a source is to be fetched from its place. Sources that share a place share one listing of it."""
    at: dict[tuple[str, str | None], list[tuple[Organisation, SourceSetting]]] = defaultdict(list)
    for council, setting in settings:
        if setting.arrives.kind != INBOX:
            at[setting.arrives.place, setting.arrives.connection].append((council, setting))
    found = {}
    with ThreadPoolExecutor(PLACES_AT_ONCE) as listing:
        for those, files in zip(at.values(), listing.map(_files, [those[0][1].arrives for those in at.values()]), strict=True):
            for council, setting in those:
                if why := _why_fetch(files, council, setting, store):
                    found[council.organisation_id, setting.source] = why
    return found


def _files(arrives: Arrives) -> list[Remote] | None:
    """What lies at a place; None if it cannot be read."""
    try:
        with place_of(arrives) as place:
            return place.files()
    except (PlaceFailed, ConfigurationError):
        return None


def _why_fetch(files: list[Remote] | None, council: Organisation, setting: SourceSetting, store: Storage) -> str | None:
    if files is None:
        return "its place cannot be read"
    try:
        mapping = read_mapping(setting.mapping, every_version(setting.source))
    except (ConfigurationError, ContractError):
        return "its mapping cannot be used"
    wanted, _, _ = to_fetch(files, council, setting, mapping, store)
    return f"files wait at its place: {len(wanted)}" if wanted else None
