"""Publications as they lie in `published/`: each has a list of the hashes of its files, and a chain says which publications there should be.

The list is `SHA256SUMS`, so that anybody who reads a publication can check it: sha256sum --check SHA256SUMS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from foundation import chain
from foundation.kept_hashes import OR_LOOK, hash_of, wrong_with
from foundation.ledger import BrokenChain
from foundation.storage import Storage, part_of, write_whole

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
FIGURES = "inside/marts/indicator_value.parquet"
# What later builds read of a publication.
THE_BUILD_READS = (MANIFEST, FIGURES)
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

    Raises BrokenChain if the chain is missing or damaged.
    """
    refuse_broken_chain(store)
    name = (folder / SUMS).relative_to(store.published).as_posix()
    chain.write(store.published, name, _sums(folder), store.chain_of_publications)


def refuse_broken_chain(store: Storage) -> None:
    """Raise BrokenChain if there are publications, and what says which there should be is missing or damaged."""
    broken = chain.contents(store.published, PATTERN, store.chain_of_publications).broken
    if broken:
        raise BrokenChain(f"{store.chain_of_publications} {broken}, so nothing is landed or published. {OR_LOOK}")


def is_sealed(folder: Path) -> bool:
    """Whether a publication was finished."""
    return (folder / SUMS).exists()


def _sums(folder: Path) -> bytes:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (SUMS, part_of(folder / SUMS).name))
    return "".join(f"{hash_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files).encode()


def begin_chain(store: Storage) -> None:
    """Write a chain for the publications as they are now. Those that have no hashes get them."""
    folders = [path.parent for path in sorted(store.published.glob(f"[0-9]*/[!.]*/{MANIFEST}"))]
    for folder in folders:
        if not is_sealed(folder):
            write_whole(folder / SUMS, partial(_write_sums, folder))
    names = [(folder / SUMS).relative_to(store.published).as_posix() for folder in folders]
    chain.begin_anew(store.published, names, store.chain_of_publications)


def _write_sums(folder: Path, part: Path) -> None:
    part.write_bytes(_sums(folder))


def sums(content: bytes) -> dict[str, str]:
    """The hash of each file by the content of `SHA256SUMS`."""
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in content.decode().split("\n") if line)}


def publications(store: Storage) -> dict[Path, dict[str, str]]:
    """The folders of the publications that are finished and have their list, in order, with the hash of each of their files."""
    found = chain.contents(store.published, PATTERN, store.chain_of_publications)
    return {store.published / Path(name).parent: sums(content) for name, content in sorted(found.files.items())}


def latest(store: Storage) -> Path | None:
    """The folder of the publication that readers see. None if there is none, or if it is not finished or its list is damaged."""
    seen = store.latest.resolve()
    return next((folder for folder in publications(store) if folder.resolve() == seen), None)


def damage_of_publications(store: Storage, files: Collection[str] | None = THE_BUILD_READS) -> Iterator[DamagedPublication]:
    """What is wrong with publications: with those of their files that later builds read, or with all of them (None)."""
    found = chain.contents(store.published, PATTERN, store.chain_of_publications)
    if found.broken:
        yield DamagedPublication("", store.chain_of_publications.relative_to(store.home).as_posix(), found.broken)
    for name, wrong in sorted(found.damage.items()):
        yield DamagedPublication(Path(name).parent.name, f"published/{name}", wrong)
    for folder in publications(store):
        yield from damage_of_publication(folder, store, files)


def damage_of_publication(folder: Path, store: Storage, files: Collection[str] | None = None) -> Iterator[DamagedPublication]:
    """What is wrong with the files of a publication that has its list."""
    for file, sha256 in sums((folder / SUMS).read_bytes()).items():
        if (files is None or file in files) and (wrong := wrong_with(folder / file, sha256)):
            yield DamagedPublication(folder.name, (folder / file).relative_to(store.home).as_posix(), wrong)
