"""Copy files that are ready at the place of a council's source to its inbox, each file whole or not at all."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from contracts import ContractError, every_version
from foundation.arrives import INBOX
from foundation.configuration import ConfigurationError, Organisation, SourceSetting, organisation
from foundation.ledger import HELD, NOTE, Problem
from foundation.storage import Storage, private, storage
from ingestion.arriving.arrival_places import Place, Remote, place_of
from ingestion.arriving.inbox_extracts import is_marker, is_plain_name, is_temporary, shown, unfinished, wrong_time
from ingestion.mapping import Mapping, read_mapping
from ingestion.refusal import problem

log = logging.getLogger(__name__)

# Landing holds smaller files than this. A larger file is not even fetched.
LARGEST = 1 << 30


@dataclass(frozen=True)
class Arrival:
    """The result of fetching for a council's source.

    Counts are of files. `problems` has a note or a refusal for each file that was not fetched.
    """

    organisation_id: str
    source: str
    fetched: int
    already_known: int
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        files = f"{self.fetched} fetched, {self.already_known} already known, {len(self.problems)} left where they are"
        return f"{self.organisation_id} {self.source}: {files}"


def fetch_source(organisation_id: str, source: str) -> Arrival:
    """Copy the new, finished files of a council's source from the place that `arrives` names to the inbox.

    Nothing is changed at the place. A file keeps the time that the place gives it, which is the time when it was received. A file
    with the name, size and time of one that was fetched before is not fetched again. Raises PlaceFailed if the place cannot be
    read, and ConfigurationError if the configuration is wrong.
    """
    council = organisation(organisation_id)
    if source not in council.sources:
        raise ConfigurationError(f"{council.folder / 'organisation.yaml'}: no source {source}; configured are {', '.join(council.sources)}")
    setting = council.sources[source]
    if setting.arrives.kind == INBOX:
        return Arrival(organisation_id, source, 0, 0)
    store = storage()
    mapping = read_mapping(setting.mapping, every_version(source))
    inbox = private(store.inbox(organisation_id, source))
    with FileLock(inbox / ".lock"), place_of(setting.arrives) as place:
        arrival = _fetch(place, council, setting, mapping, store)
    log.info("%s", arrival)
    for left in arrival.problems:
        log.log(logging.WARNING if left.severity == HELD else logging.DEBUG, "%s %s: %s", organisation_id, source, left.message)
    return arrival


def to_fetch(
    found: list[Remote], council: Organisation, setting: SourceSetting, mapping: Mapping, store: Storage
) -> tuple[list[Remote], list[Problem], int]:
    """Of the files that lie at a source's place: those to fetch, a problem for each that is left there, and how many are known."""
    inbox = store.inbox(council.organisation_id, setting.source)
    landing = store.landing(council.organisation_id, setting.source)
    found = sorted(found, key=lambda remote: (remote.modified, remote.name))
    names = {remote.name for remote in found}
    wanted, problems, known = [], [], 0
    for remote in found:
        trouble = _trouble(remote, names, council, setting, mapping)
        if isinstance(trouble, Problem):
            problems.append(trouble)
        elif not trouble and _is_known(remote, inbox, landing):
            known += 1
        elif not trouble:
            wanted.append(remote)
    return wanted, problems, known


def _fetch(place: Place, council: Organisation, setting: SourceSetting, mapping: Mapping, store: Storage) -> Arrival:
    wanted, problems, known = to_fetch(place.files(), council, setting, mapping, store)
    changed = _bring(place, wanted, store.inbox(council.organisation_id, setting.source))
    for remote in changed:
        says = f"{remote.name}: changed while it was fetched, or has another size than its place says, and is left until the next time"
        problems.append(Problem("still_written", NOTE, remote.name, says))
    return Arrival(council.organisation_id, setting.source, len(wanted) - len(changed), known, tuple(problems))


def _trouble(remote: Remote, names: set[str], council: Organisation, setting: SourceSetting, mapping: Mapping) -> Problem | bool:
    """Why a file is not fetched: a problem, or True if there is nothing to report. False if it is to be fetched."""
    arrives = setting.arrives
    if not is_plain_name(remote.name):
        named = shown(remote.name)
        says = f"{named}: a name that could lead out of the folder, or that no system of files takes. Rename the file at {arrives.place}"
        return Problem("unsafe_name", HELD, named, says)
    if is_temporary(Path(remote.name)) or is_marker(remote.name, arrives):
        return True
    if wrong := wrong_time(remote.modified):
        return problem(wrong, remote.name, held=True)
    if remote.size > LARGEST:
        says = f"{remote.name}: the place says that it has {remote.size >> 20:,} MB, expected at most {LARGEST >> 20:,}. Check that it is the extract"
        return Problem("too_large", HELD, remote.name, says)
    if not remote.plain:
        says = f"{remote.name}: not a plain file. Put the extract itself at {arrives.place}, or take this away"
        return Problem("unknown_file", HELD, remote.name, says)
    if mapping.pattern.fullmatch(remote.name) is None:
        if _is_of_another_source(remote.name, council, setting):
            return True
        says = f"{remote.name}: no mapping names this file, which lies at {arrives.place}. Expected a name like {mapping.pattern.pattern}"
        return Problem("unknown_file", HELD, remote.name, f"{says}. Rename it, correct `file.pattern` in {mapping.path}, or take it away")
    return unfinished(remote.name, remote.modified, names, arrives) or False


def _is_of_another_source(name: str, council: Organisation, setting: SourceSetting) -> bool:
    """Whether another source of the council at the same place names the file. Systems often write all their files to one folder."""
    for other in council.sources.values():
        same = (other.arrives.place, other.arrives.connection) == (setting.arrives.place, setting.arrives.connection)
        if other.source == setting.source or not same:
            continue
        try:
            if read_mapping(other.mapping, every_version(other.source)).pattern.fullmatch(name):
                return True
        except (ConfigurationError, ContractError):
            # The landing of the other source reports what is wrong with its mapping.
            continue
    return False


def _is_known(remote: Remote, inbox: Path, landing: Path) -> bool:
    """Whether the file was fetched before: a file with its name, size and time waits in the inbox, or has landed."""
    landed = (path for path in landing.iterdir() if path.name.partition("__")[2] == remote.name) if landing.is_dir() else ()
    return any(_is_same(path, remote) for path in (inbox / remote.name, *landed))


def _is_same(path: Path, remote: Remote) -> bool:
    try:
        stamps = path.lstat()
    except FileNotFoundError:
        return False
    return (stamps.st_size, int(stamps.st_mtime)) == (remote.size, remote.modified)


def _bring(place: Place, wanted: list[Remote], inbox: Path) -> list[Remote]:
    """Copy files, each with its time, and put them into the inbox. Returns the files that changed during the copy, which are not kept."""
    parts = {remote: inbox / f".{remote.name}.part" for remote in wanted}
    for remote, part in parts.items():
        part.unlink(missing_ok=True)
        # A file that the server cannot send to its end does not stop the others. If the connection is lost, the next request fails.
        with suppress(OSError, EOFError):
            place.copy(remote.name, part)
    still = set(place.files()) if wanted else set()
    changed = [remote for remote, part in parts.items() if remote not in still or not part.exists() or part.stat().st_size != remote.size]
    for remote, part in parts.items():
        if remote in changed:
            part.unlink(missing_ok=True)
        else:
            os.utime(part, (remote.modified, remote.modified))
            part.replace(inbox / remote.name)
    return changed
