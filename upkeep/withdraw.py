"""`python -m warehouse withdraw`: a publication is taken from its readers on an officer's word. A page in its place says so, by whom, when and why.

Each step leaves a state that readers and the next run can use, and the same command again does what is left of them. The record comes first:
once its line is in the chain the publication is withdrawn, and no build reads it any more.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

from foundation import chain, published_files
from foundation.configuration import ConfigurationError
from foundation.publication_settings import SETTINGS, publication_settings
from foundation.published_files import MANIFEST, SUMS
from foundation.storage import Storage, private, write_whole
from foundation.withdrawals import PAGE, RECORD, Withdrawal, withdrawal_in, withdrawn

LONGEST_REASON = 500
ASIDE = ".withdrawn-"
PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).resolve().parent / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
)


def withdraw(named: str, by: str, reason: str, store: Storage, now: datetime, dry_run: bool = False) -> list[str]:
    """Withdraw a publication: `named` is its id, or month and id such as 2025-09/0123456789ab. Returns what was done, a sentence each.

    Raises ConfigurationError for an unknown publication, a role that may not do it, or a reason that cannot be used, and BrokenChain.
    """
    published_files.refuse_broken_chain(store)
    _refuse_unless_may(by, reason)
    with published_files.one_publisher(store):
        folder = _folder(named, store)
        gone = withdrawn(store)
        done = []
        for says, step in _steps(folder, by, reason, now, store, is_recorded=folder in gone):
            if not dry_run:
                step()
            done.append(says)
        return done or [_already(folder)]


def _steps(
    folder: Path, by: str, reason: str, now: datetime, store: Storage, is_recorded: bool
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is left to do, in order: in words, and as a function. Each is looked for once the one before it is done."""
    name = _named(folder, store)
    if not is_recorded:
        yield f"{name} is withdrawn by the {by}: {folder / PAGE} says so", lambda: _record(folder, by, reason, now, store)
    if store.latest.is_symlink() and store.latest.resolve() == folder:
        good = _last_good(store, but=folder)
        if good is not None:
            yield f"latest is now {_named(good, store)}", lambda: published_files.point_latest_to(good, store)
        elif not is_recorded:
            yield "No other publication is whole, so latest shows the page that this one was withdrawn, and no figures", lambda: None
    kept = store.withdrawn / name
    if _left(folder) and not kept.exists():
        yield f"Its files are kept in {kept}, which only the owner can read", lambda: _keep(folder, kept)
    if _left(folder) or _aside(folder):
        yield f"Its files are gone from {folder}", lambda: _remove(folder)
    listed = f"{name}/{SUMS}"
    if (folder / SUMS).exists() or dict(chain.history(store.chain_of_publications)).get(listed, chain.GIVEN_UP) != chain.GIVEN_UP:
        yield (
            "The chain says that its list of files is gone on purpose",
            lambda: chain.give_up(store.published, [listed], store.chain_of_publications),
        )


def _refuse_unless_may(by: str, reason: str) -> None:
    may = publication_settings().may_withdraw
    if by not in may:
        who = ", ".join(may) or "nobody"
        raise ConfigurationError(f"'{by}' may not withdraw a publication. {SETTINGS} names who may, under may_withdraw: {who}")
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise ConfigurationError(
            f"The reason stands on a page for readers: write it in words, on one line, in at most {LONGEST_REASON} characters, without a name"
        )


def _folder(named: str, store: Storage) -> Path:
    """The folder of the publication that is meant, withdrawn or not. Its list may be damaged."""
    lines = [Path(name).parent for name, _ in chain.history(store.chain_of_publications)]
    known = {part: store.published / part for part in lines if (store.published / part).is_dir()}
    found = [folder for part, folder in known.items() if named.strip("/") in (part.as_posix(), part.name)]
    if len(found) == 1:
        return found[0]
    those = ", ".join(part.as_posix() for part in sorted(known)) or "none"
    raise ConfigurationError(f"{named}: {'more than one' if found else 'no'} publication has this name. Published are: {those}")


def _record(folder: Path, by: str, reason: str, now: datetime, store: Storage) -> None:
    """Write the page, then the record with its line in the chain. A page without its record says nothing to a build."""
    manifest = _manifest(folder)
    lines = {name: sha256 for name, sha256 in chain.history(store.chain_of_publications) if sha256 != chain.GIVEN_UP}
    name = _named(folder, store)
    told = {"publication": folder.name, "month": folder.parent.name, "at": now.astimezone(UTC).isoformat(timespec="seconds")}
    page = PAGES.get_template("withdrawn.html.j2").render(**told, by=by, reason=reason.strip()).encode()
    record = Withdrawal(
        **told,
        by=by,
        reason=reason.strip(),
        sha256=lines.get(f"{name}/{SUMS}"),
        page_sha256=hashlib.sha256(page).hexdigest(),
        made_at=manifest.get("made_at"),
        previous=manifest.get("previous"),
    )
    write_whole(folder / PAGE, lambda part: part.write_bytes(page))
    chain.write(store.published, f"{name}/{RECORD}", record.content(), store.chain_of_publications)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / MANIFEST).read_bytes()))
    except (OSError, ValueError):
        return {}


def _last_good(store: Storage, but: Path) -> Path | None:
    """The publication to show instead: of the latest month, the one made last, if all of it is as it was written."""
    order = [store.published / Path(name).parent for name, _ in chain.history(store.chain_of_publications) if name.endswith(f"/{SUMS}")]
    whole = [folder for folder in published_files.publications(store) if folder != but]
    for folder in sorted(whole, key=lambda folder: (folder.parent.name, order.index(folder)), reverse=True):
        if not any(published_files.damage_of_publication(folder, store)):
            return folder
    return None


def _left(folder: Path) -> list[Path]:
    """What is still there of a publication, apart from its page and record, and its list, which goes last."""
    return sorted(path for path in folder.iterdir() if path.name not in (PAGE, RECORD, SUMS) and not path.name.endswith(".part"))


def _keep(folder: Path, kept: Path) -> None:
    """Copy a publication as it was, whole or not at all, to where readers cannot come. The two may be on different disks."""
    for above in (kept.parent.parent, kept.parent):
        private(above)
    part = kept.with_name(f".{kept.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    private(part)
    shutil.copytree(folder, part, symlinks=True, dirs_exist_ok=True, ignore=_page_and_record)
    private(part)  # copytree gave it the rights of the published folder
    part.replace(kept)


def _page_and_record(_: str, names: list[str]) -> Iterable[str]:
    return [name for name in names if name in (PAGE, RECORD) or name.endswith(".part")]


def _remove(folder: Path) -> None:
    """Remove a publication's files, each top folder in one step for readers."""
    for path in _left(folder):
        aside = folder.with_name(f"{ASIDE}{folder.name}-{path.name}")
        _delete(aside)
        path.replace(aside)
    for aside in _aside(folder):
        _delete(aside)


def _aside(folder: Path) -> list[Path]:
    return sorted(folder.parent.glob(f"{ASIDE}{folder.name}-*"))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _already(folder: Path) -> str:
    record = withdrawal_in(folder)
    return f"{folder} was withdrawn" + (f" on {record.at[:10]} by the {record.by}" if record else "") + ". Nothing is left to do"


def _named(folder: Path, store: Storage) -> str:
    return folder.relative_to(store.published).as_posix()
