"""`python -m warehouse verify`: whether publications are as they were published, file by file and one after the other.

A reader who has the folder of the publications alone can see that a file was changed, removed or added, that a manifest was, and that a publication
which a later one names is gone or another. Only the chain shows that the last one is gone, or was made anew as a whole. The owner has it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from foundation import chain, published_files
from foundation.chain import CHANGED, GIVEN_UP, MISSING
from foundation.kept_hashes import OR_LOOK, hash_of, wrong_with
from foundation.published_files import MANIFEST, SUMS
from foundation.storage import part_of
from foundation.withdrawals import PAGE, RECORD, Withdrawal, withdrawal_in
from foundation.withdrawals import PATTERN as WITHDRAWN
from upkeep.finding import Finding

WHERE, LATEST = "publications", "latest"
MONTH, LINE = re.compile(r"\d{4}-\d\d"), re.compile(r"([0-9a-f]{64})  (.+)")
REMOVE = "Remove it, or ask who put it there"
AGAIN = "Type the command again that withdrew it: docs/runbooks/withdraw_a_publication.md"


@dataclass
class Verified:
    """What is wrong, how much was looked at, and the publication that was made last with its hash, as far as publications say so."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    last: tuple[str, str] | None = None
    has_chain: bool = False

    def lines(self) -> Iterable[str]:
        """The result in words."""
        yield from map(str, self.findings)
        if self.last:
            yield f"The last publication is {self.last[0]}. Its hash, the SHA-256 of its {SUMS}, is {self.last[1]}"
        if not self.has_chain:
            yield (
                "Without the chain, nobody can see whether a later publication was removed, or the last one was made anew. "
                "Compare the hash with the one that the owner knows"
            )
        count = len(self.findings)
        says = f"{count} {'finding' if count == 1 else 'findings'}" if count else "All is as it was published"
        looked = ", ".join(f"{number:,} {name if number != 1 else name.removesuffix('s')}" for name, number in self.counts.items())
        yield f"{says}. Looked at: {looked or 'no publication'}{' and their chain' if self.has_chain else ''}"


@dataclass(frozen=True)
class _Known:
    """A publication that is in the folder: the hash of its list, what its manifest says of the one before, and whether it was withdrawn."""

    sha256: str | None
    previous: Mapping[str, Any] | None
    withdrawal: Withdrawal | None = None


def verify(published: Path, written: Path | None) -> Verified:
    """Look at every publication in a folder. `written` is their chain; None if there is none to look at. Changes nothing."""
    done = Verified(has_chain=written is not None)
    known: dict[str, _Known] = {}
    damaged = dict(_damage_by_chain(published, written)) if written else {}
    done.findings += (_finding(name, wrong, OR_LOOK) for name, wrong in damaged.items())
    for entry in _seen(published):
        if entry.name == LATEST and entry.is_symlink():
            continue
        if not (entry.is_dir() and not entry.is_symlink() and MONTH.fullmatch(entry.name)):
            done.findings.append(_finding(entry.name, "belongs to no publication", REMOVE))
            continue
        for folder in _seen(entry):
            name = f"{entry.name}/{folder.name}"
            if folder.is_symlink() or not folder.is_dir():
                done.findings.append(_finding(name, "belongs to no publication", REMOVE))
                continue
            done.counts["publications"] += 1
            known[name] = _known(folder)
            if f"{name}/{SUMS}" in damaged or f"{name}/{RECORD}" in damaged:
                known[name] = replace(known[name], sha256=None)
            else:
                done.findings += _of_publication(folder, name, known[name], done.counts)
    told = chain.history(written) if written else []
    done.findings += _of_order(known, told if written else None)
    done.findings += _of_latest(published, known)
    done.last = _last(known, told)
    return done


def _seen(folder: Path) -> list[Path]:
    """What is in a folder, without what is being written: its name begins with a dot."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _damage_by_chain(published: Path, written: Path) -> Iterator[tuple[str, str]]:
    lists, records = (chain.contents(published, pattern, written) for pattern in (published_files.PATTERN, WITHDRAWN))
    if lists.broken:
        yield f"../{chain.CHAINS}/{written.name}", lists.broken
    yield from sorted(records.damage.items())
    for name, wrong in sorted(lists.damage.items()):
        if not (published / name).with_name(RECORD).exists():
            yield name, wrong


def _known(folder: Path) -> _Known:
    record = withdrawal_in(folder)
    if record is not None:
        return _Known(record.sha256, record.previous, record)
    try:
        previous = json.loads((folder / MANIFEST).read_bytes()).get("previous")
    except (OSError, ValueError, AttributeError):
        previous = None
    listed = folder / SUMS
    return _Known(hash_of(listed) if listed.is_file() else None, previous if isinstance(previous, dict) else None)


def _of_publication(folder: Path, name: str, known: _Known, counts: Counter[str]) -> Iterator[Finding]:
    """What is wrong with one publication by what is in its folder."""
    if (folder / RECORD).exists():
        yield from _of_withdrawn(folder, name, known.withdrawal)
        return
    if known.sha256 is None:
        what = "was not finished, or its list of hashes is gone"
        yield _finding(name, what, "Remove the folder, or take it from the backup")
        return
    hashes = _listed(folder / SUMS)
    if hashes is None:
        yield _finding(f"{name}/{SUMS}", CHANGED, OR_LOOK)
        return
    counts["files"] += len(hashes)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    for file, sha256 in hashes.items():
        wrong = CHANGED if file in there and (folder / file).is_symlink() else wrong_with(folder / file, sha256)
        if wrong:
            yield _finding(f"{name}/{file}", wrong, OR_LOOK)
    for file in sorted(there - {*hashes, SUMS}):
        if file == PAGE:
            yield _finding(f"{name}/{file}", "is there, but not the record of a withdrawal: it was not finished", AGAIN)
        elif file in (part_of(folder / PAGE).name, part_of(folder / RECORD).name):
            yield _finding(f"{name}/{file}", "was not finished: a withdrawal was broken off", AGAIN)
        elif file != part_of(folder / SUMS).name:
            yield _finding(f"{name}/{file}", "was added after the publication was made", REMOVE)
    yield from _of_manifest(folder, name, hashes)


def _of_manifest(folder: Path, name: str, hashes: Mapping[str, str]) -> Iterator[Finding]:
    """A manifest whose hashes are not those of the list: somebody changed one of the two together with a file. Older manifests have no hashes."""
    if wrong_with(folder / MANIFEST, hashes.get(MANIFEST, "")):
        return  # named already, or the manifest has no place in the list and is an added file
    try:
        told = json.loads((folder / MANIFEST).read_bytes()).get("files")
    except (ValueError, AttributeError):
        yield _finding(f"{name}/{MANIFEST}", "cannot be read", OR_LOOK)
        return
    if told is not None and told != {file: sha256 for file, sha256 in hashes.items() if file != MANIFEST}:
        yield _finding(f"{name}/{MANIFEST}", f"has other hashes than {SUMS}: one of the two was changed", OR_LOOK)


def _of_withdrawn(folder: Path, name: str, record: Withdrawal | None) -> Iterator[Finding]:
    if record is None or record.name != name:
        yield _finding(f"{name}/{RECORD}", "cannot be read, or is of another publication", OR_LOOK)
        return
    if wrong := wrong_with(folder / PAGE, record.page_sha256):
        yield _finding(f"{name}/{PAGE}", wrong, OR_LOOK)
    if any(path.name not in (PAGE, RECORD) for path in _seen(folder)):
        yield _finding(name, "was withdrawn, but still has files", AGAIN)


def _listed(path: Path) -> dict[str, str] | None:
    """The hashes by a list. None if a line is none, or names a file outside the publication."""
    try:
        lines = [LINE.fullmatch(line) for line in path.read_bytes().decode().splitlines()]
    except (OSError, UnicodeDecodeError):
        return None
    found = {line[2]: line[1] for line in lines if line}
    outside = any(Path(name).is_absolute() or ".." in Path(name).parts for name in found)
    return None if outside or None in lines else found


def _of_order(known: Mapping[str, _Known], told: list[tuple[str, str]] | None) -> Iterator[Finding]:
    """Publications that the next one names and that are gone or others. `told` has the lines of the chain: what they give up is not missed."""
    hashes = {name: sha256 for name, sha256 in told or () if sha256 != GIVEN_UP}
    given_up = {name for name, sha256 in dict(told or ()).items() if sha256 == GIVEN_UP}
    for name, publication in known.items():
        before = publication.previous
        if before is None:
            continue
        earlier = f"{before.get('month')}/{before.get('publication')}"
        listed = f"{earlier}/{SUMS}"
        if earlier not in known:
            if told is None or (listed not in given_up and listed not in hashes):
                says = f"{MISSING}, but {name} was made after it"
                do = "Ask the owner whether it was deleted at the end of its retention" if told is None else OR_LOOK
                yield _finding(earlier, says, do)
        elif known[earlier].sha256 not in (None, before.get("sha256")) or hashes.get(listed, before.get("sha256")) != before.get("sha256"):
            yield _finding(earlier, f"is not the publication that {name} was made after: one of the two was made anew", OR_LOOK)


def _of_latest(published: Path, known: Mapping[str, _Known]) -> Iterator[Finding]:
    """`latest` must name a publication that is finished, or one that was withdrawn if no other is left."""
    latest = published / LATEST
    if not latest.is_symlink():
        if latest.exists():
            yield _finding(LATEST, "is no link", "Remove it. The next run, or `ln -s <month>/<publication> latest`, makes it again")
        return
    shown = known.get(latest.readlink().as_posix().strip("/"))
    if shown is None or (shown.sha256 is None and shown.withdrawal is None):
        yield _finding(LATEST, "names no publication that is whole", OR_LOOK)
    elif shown.withdrawal and any(publication.withdrawal is None and publication.sha256 for publication in known.values()):
        yield _finding(LATEST, "names a publication that was withdrawn, though there are others", AGAIN)


def _last(known: Mapping[str, _Known], told: list[tuple[str, str]]) -> tuple[str, str] | None:
    """By the chain, or without it the only publication that no other names as the one before it."""
    for name, _ in reversed(told):
        publication = known.get(str(Path(name).parent))
        if name.endswith(f"/{SUMS}") and publication and publication.sha256:
            return str(Path(name).parent), publication.sha256
    named = {f"{before.get('month')}/{before.get('publication')}" for before in (those.previous for those in known.values()) if before}
    last = [(name, publication.sha256) for name, publication in known.items() if name not in named and publication.sha256]
    return last[0] if len(last) == 1 else None


def _finding(name: str, what: str, do: str) -> Finding:
    return Finding(WHERE, f"{published_path(name)} {what}", do)


def published_path(name: str) -> str:
    """A path as messages name it: within the data root."""
    return name.removeprefix("../") if name.startswith("../") else f"published/{name}"
