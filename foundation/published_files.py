"""Publications as they lie in `published/`: each has a list of the hashes of its files, and a chain says which publications there should be.

The list is `SHA256SUMS`, so that anybody who reads a publication can check it: sha256sum --check SHA256SUMS. The hash of the list is the hash of the
publication. The manifest has the same hashes, and the hash of the publication before it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock

from foundation import chain
from foundation.folder_rights import give_audiences
from foundation.kept_hashes import OR_LOOK, hash_of, wrong_with
from foundation.ledger import BrokenChain
from foundation.storage import Storage, part_of, private, write_whole
from foundation.withdrawals import PATTERN as WITHDRAWN
from foundation.withdrawals import RECORD, withdrawn

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
FIGURES = "inside/marts/indicator_value.parquet"
# What later builds read of a publication.
THE_BUILD_READS = (MANIFEST, FIGURES)
FOR_READERS = 0o755
PATTERN = f"[0-9]*/[!.]*/{SUMS}"


@dataclass(frozen=True)
class DamagedPublication:
    """A file of a publication that is missing or damaged: its path within the data root, and what is wrong. An empty `publication` is none in particular."""

    publication: str
    path: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.path} {self.wrong}. {OR_LOOK}"


def seal(folder: Path, store: Storage) -> None:
    """Write the hashes of all files of a publication that is in its place into it, and into the chain. Until then it is not finished.

    Each audience's folder gets its rights first. The manifest gets the hashes too, and the publication before. Raises BrokenChain if the chain is
    missing or damaged, and ConfigurationError if the rights cannot be given.
    """
    refuse_broken_chain(store)
    give_audiences(folder)
    folder.chmod(FOR_READERS)
    name = (folder / SUMS).relative_to(store.published).as_posix()
    files = _hashes(folder)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest |= {"previous": _previous(name, store), "files": {path: sha256 for path, sha256 in files.items() if path != MANIFEST}}
    write_whole(folder / MANIFEST, lambda part: part.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8"))
    chain.write(store.published, name, _list_of(files | {MANIFEST: hash_of(folder / MANIFEST)}), store.chain_of_publications)


def _previous(but: str, store: Storage) -> dict[str, str] | None:
    """Month, id and hash of the publication that was made last before this one and is still there, or has its page that it was withdrawn."""
    made = [(name, sha256) for name, sha256 in chain.history(store.chain_of_publications) if name.endswith(f"/{SUMS}") and name != but]
    hashes = {name: sha256 for name, sha256 in made if sha256 != chain.GIVEN_UP}
    for name, _ in reversed(made):
        folder = (store.published / name).parent
        if name in hashes and (is_sealed(folder) or (folder / RECORD).exists()):
            return {"month": folder.parent.name, "publication": folder.name, "sha256": hashes[name]}
    return None


def refuse_broken_chain(store: Storage) -> None:
    """Raise BrokenChain if there are publications, and what says which there should be is missing or damaged."""
    broken = chain.contents(store.published, PATTERN, store.chain_of_publications).broken
    if broken:
        raise BrokenChain(f"{store.chain_of_publications} {broken}, so nothing is landed or published. {OR_LOOK}")


@contextmanager
def one_publisher(store: Storage) -> Iterator[None]:
    """Only one process at a time gives publications their names, withdraws them or moves `latest`. Others wait."""
    with FileLock(private(store.build_folder) / ".published.lock"):
        yield


def point_latest_to(folder: Path, store: Storage) -> None:
    """Let `latest` name a publication, in one step."""
    link = store.latest.with_name(".latest")
    link.unlink(missing_ok=True)
    link.symlink_to(folder.relative_to(store.published), target_is_directory=True)
    link.replace(store.latest)


def is_sealed(folder: Path) -> bool:
    """Whether a publication was finished."""
    return (folder / SUMS).exists()


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (SUMS, part_of(folder / SUMS).name))
    return {path.relative_to(folder).as_posix(): hash_of(path) for path in files}


def _list_of(hashes: Mapping[str, str]) -> bytes:
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items())).encode()


def begin_chain(store: Storage) -> None:
    """Write a chain for the publications as they are now. Those that have no hashes get them."""
    folders = [path.parent for path in sorted(store.published.glob(f"[0-9]*/[!.]*/{MANIFEST}"))]
    for folder in folders:
        if not is_sealed(folder):
            write_whole(folder / SUMS, partial(_write_sums, folder))
    records = sorted(store.published.glob(WITHDRAWN))
    names = [path.relative_to(store.published).as_posix() for path in (*(folder / SUMS for folder in folders), *records)]
    chain.begin_anew(store.published, names, store.chain_of_publications)


def _write_sums(folder: Path, part: Path) -> None:
    part.write_bytes(_list_of(_hashes(folder)))


def sums(content: bytes) -> dict[str, str]:
    """The hash of each file by the content of `SHA256SUMS`."""
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in content.decode().split("\n") if line)}


def publications(store: Storage) -> dict[Path, dict[str, str]]:
    """The folders of the publications that are finished and have their list, in order, with the hash of each of their files. Without those that were
    withdrawn."""
    found = chain.contents(store.published, PATTERN, store.chain_of_publications)
    folders = {store.published / Path(name).parent: content for name, content in sorted(found.files.items())}
    gone = withdrawn(store)
    return {folder: sums(content) for folder, content in folders.items() if folder not in gone}


def latest(store: Storage) -> Path | None:
    """The folder of the publication that readers see. None if there is none, or if it is not finished, was withdrawn or its list is damaged."""
    seen = store.latest.resolve()
    return next((folder for folder in publications(store) if folder.resolve() == seen), None)


def damage_of_publications(store: Storage, files: Collection[str] | None = THE_BUILD_READS) -> Iterator[DamagedPublication]:
    """What is wrong with publications: with those of their files that later builds read, or with all of them (None)."""
    found = chain.contents(store.published, PATTERN, store.chain_of_publications)
    if found.broken:
        yield DamagedPublication("", store.chain_of_publications.relative_to(store.home).as_posix(), found.broken)
    gone = withdrawn(store)
    records = chain.contents(store.published, WITHDRAWN, store.chain_of_publications).damage
    lists = {name: wrong for name, wrong in found.damage.items() if (store.published / name).parent not in gone}
    for name, wrong in sorted({**lists, **records}.items()):
        yield DamagedPublication(Path(name).parent.name, f"published/{name}", wrong)
    for folder in publications(store):
        yield from damage_of_publication(folder, store, files)


def damage_of_publication(folder: Path, store: Storage, files: Collection[str] | None = None) -> Iterator[DamagedPublication]:
    """What is wrong with the files of a publication that has its list."""
    for file, sha256 in sums((folder / SUMS).read_bytes()).items():
        if (files is None or file in files) and (wrong := wrong_with(folder / file, sha256)):
            yield DamagedPublication(folder.name, (folder / file).relative_to(store.home).as_posix(), wrong)
