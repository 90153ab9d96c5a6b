"""What a folder should hold: a chain, with a line for each file written into it, kept outside the folder.

A line is `<link> <SHA-256 of the file> <name of the file>`. A link is the hash of the link before it and of the rest of its line, so that no line
can be changed or taken out unseen. A file is written aside, then its line is added, then the file is moved into place. If a write is killed
between the last two steps, the next one finishes it. A file that is gone without being written aside was removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from foundation.storage import OWNER_ALONE, part_of, private, put_in_place, write_whole

CHAINS = "chains"
GIVEN_UP = "-"
"""In place of the hash of a file that a person removed and said so."""
MISSING, CHANGED, UNKNOWN = "is missing", "is not as it was written", "has no line in its chain"


@dataclass(frozen=True)
class Contents:
    """The files of a folder as they are, by name, without those in `damage`: by name, what is wrong with it. `broken` says that the chain itself is."""

    files: dict[str, bytes] = field(default_factory=dict)
    damage: dict[str, str] = field(default_factory=dict)
    broken: str | None = None


@dataclass(frozen=True)
class _Lines:
    """A chain as it was read: the last hash of each file, its last line, how many of its bytes are whole lines, and all lines in their order."""

    hashes: dict[str, str]
    last: str
    link: str
    whole: int
    wrong_line: int | None
    history: tuple[tuple[str, str], ...] = ()


def write(folder: Path, name: str, content: bytes, chain: Path) -> None:
    """Write a file of a folder, whole or not at all, and its line."""
    sha256 = hashlib.sha256(content).hexdigest()
    with _to_write(chain) as opened:
        lines = _finished(_parsed(opened.read(), chain), folder, opened)

        def write_aside(part: Path) -> None:
            part.write_bytes(content)
            if lines.hashes.get(name) != sha256:
                _add(lines, name, sha256, opened)

        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, write_aside)


def finish(folder: Path, chain: Path) -> None:
    """Finish a write that was killed, if there is one."""
    if chain.exists():
        with _to_write(chain) as opened:
            _finished(_parsed(opened.read(), chain), folder, opened)


def give_up(folder: Path, names: Iterable[str], chain: Path) -> None:
    """Remove files of a folder, and say so in the chain, so that nobody misses them."""
    with _to_write(chain) as opened:
        lines = _finished(_parsed(opened.read(), chain), folder, opened)
        for name in names:
            lines = _add(lines, name, GIVEN_UP, opened)
            (folder / name).unlink(missing_ok=True)


def begin_anew(folder: Path, names: Iterable[str], chain: Path) -> None:
    """Write a chain for the files as they are now. Only for folders that never had one, and for a person who decides to trust what is there."""
    private(chain.parent)

    def write_lines(part: Path) -> None:
        with part.open("w+b") as opened:
            lines = _parsed(b"", chain)
            for name in names:
                lines = _add(lines, name, hashlib.sha256((folder / name).read_bytes()).hexdigest(), opened)

    write_whole(chain, write_lines)


def contents(folder: Path, pattern: str, chain: Path) -> Contents:
    """The files of a folder whose names match a pattern, such as `*.json`, held against the chain."""
    with _to_read(chain) as written:
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob(pattern)}
        if written is None:
            return Contents(files, broken=MISSING if files else None)
        lines = _parsed(written, chain)
        expected = [name for name in lines.hashes if _matches(name, pattern)]
        damage = {name: wrong for name in {*files, *expected} if (wrong := _wrong(name, files.get(name), lines, folder))}
        damage = {name: f"{UNKNOWN}, {_shown(chain)}" if wrong == UNKNOWN else wrong for name, wrong in damage.items()}
        sound = {name: content for name, content in files.items() if name not in damage}
        return Contents(sound, damage, None if lines.wrong_line is None else f"{CHANGED} (line {lines.wrong_line})")


def history(chain: Path) -> list[tuple[str, str]]:
    """The lines of a chain in their order: name and hash, `GIVEN_UP` where a person removed the file. Empty if there is no chain."""
    with _to_read(chain) as written:
        return list(_parsed(written, chain).history) if written else []


def _matches(name: str, pattern: str) -> bool:
    return name.count("/") == pattern.count("/") and Path(name).match(pattern)


def _wrong(name: str, content: bytes | None, lines: _Lines, folder: Path) -> str | None:
    """What is wrong with a file, by its name and content. None if it is as its last line says, or its write was killed."""
    sha256 = lines.hashes.get(name, GIVEN_UP)
    found = GIVEN_UP if content is None else hashlib.sha256(content).hexdigest()
    if found == sha256 or (name == lines.last and _is_aside(folder / name, sha256)):
        return None
    return MISSING if content is None else UNKNOWN if sha256 == GIVEN_UP else CHANGED


def _shown(chain: Path) -> str:
    """A chain's path within the data root."""
    return "/".join(chain.parts[-2:] if chain.parent.name == CHAINS else (CHAINS, *chain.parts[-2:]))


def _is_aside(path: Path, sha256: str) -> bool:
    part = part_of(path)
    return part.exists() and hashlib.sha256(part.read_bytes()).hexdigest() == sha256


def _finished(lines: _Lines, folder: Path, opened: BinaryIO) -> _Lines:
    """Cut off a line that was not written to its end, and move a file into place that was written aside and has its line."""
    opened.truncate(lines.whole)
    path = folder / lines.last
    if lines.last and _is_aside(path, lines.hashes[lines.last]):
        put_in_place(part_of(path), path)
    return lines


def _add(lines: _Lines, name: str, sha256: str, opened: BinaryIO) -> _Lines:
    link = _link(lines.link, sha256, name)
    line = f"{link} {sha256} {name}\n".encode()
    opened.write(line)
    opened.flush()
    return _Lines({**lines.hashes, name: sha256}, name, link, lines.whole + len(line), lines.wrong_line)


def _parsed(written: bytes, chain: Path) -> _Lines:
    link, last, hashes, wrong = _link("", chain.parent.name, chain.stem), "", {}, None
    history = []
    whole = written.rfind(b"\n") + 1
    for number, line in enumerate(written[: max(whole - 1, 0)].decode(errors="replace").split("\n") if whole else (), start=1):
        stated, _, rest = line.partition(" ")
        sha256, _, name = rest.partition(" ")
        if stated != _link(link, sha256, name) and wrong is None:
            wrong = number
        link, last, hashes[name] = stated, name, sha256
        history.append((name, sha256))
    return _Lines(hashes, last, link, whole, wrong, tuple(history))


def _link(before: str, sha256: str, name: str) -> str:
    return hashlib.sha256(f"{before} {sha256} {name}".encode()).hexdigest()


@contextmanager
def _to_write(chain: Path) -> Iterator[BinaryIO]:
    """The chain, opened to be added to. Nobody else reads or writes it meanwhile."""
    private(chain.parent)
    with os.fdopen(os.open(chain, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ALONE), "r+b", buffering=0) as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield opened


@contextmanager
def _to_read(chain: Path) -> Iterator[bytes | None]:
    """What stands in the chain. Nobody writes meanwhile. None if there is no chain."""
    try:
        opened = chain.open("rb")
    except FileNotFoundError:
        yield None
        return
    with opened:
        fcntl.flock(opened, fcntl.LOCK_SH)
        yield opened.read()
