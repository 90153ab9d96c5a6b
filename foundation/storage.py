"""The layout of the data root: one name for every place, so that no stage writes a path itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from foundation.layout import expect_layout

RESTRICTED = ("landing", "rejected", "identity", "ledger", "raw", "chains", "withdrawn")
# What raw keeps of every source's rejected rows: the numbers that could be read.
REJECTED_KEY = "rejected_key"
CLOSED = {*RESTRICTED, "build"}
OWNER_ALONE = 0o600
REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Storage:
    """The data root (`WORKFORCE_HOME`). Paths are returned, not created. See `private` and `shared`."""

    home: Path

    def inbox(self, organisation_id: str, source: str) -> Path:
        """Where extracts of a source arrive."""
        return self.home / "inbox" / organisation_id / source

    def landing(self, organisation_id: str, source: str) -> Path:
        """Originals as they came (restricted)."""
        return self.home / "landing" / source / organisation_id

    def rejected(self, organisation_id: str, source: str) -> Path:
        """Rejected rows with their reasons (restricted)."""
        return self.home / "rejected" / source / organisation_id

    def identity(self, organisation_id: str, source: str) -> Path:
        """Pseudonyms beside the identifiers that the statutory return needs (restricted)."""
        return self.home / "identity" / source / f"organisation={organisation_id}"

    def spellings(self, organisation_id: str, source: str) -> Path:
        """Pseudonyms that show whether a number came in another spelling (restricted)."""
        return self.home / "identity" / "spellings" / source / f"organisation={organisation_id}"

    def ledger(self, organisation_id: str, source: str) -> Path:
        """One JSON file per delivery."""
        return self.home / "ledger" / source / organisation_id

    def chain(self, organisation_id: str, source: str) -> Path:
        """What the ledger of a council's source should hold, line by line. It lies outside the ledger."""
        return self.home / "chains" / source / f"{organisation_id}.chain"

    @property
    def chain_of_publications(self) -> Path:
        """Which publications there should be."""
        return self.home / "chains" / "published.chain"

    def raw(self, organisation_id: str, source: str, period: str) -> Path:
        """Accepted rows of a period (`YYYY-MM`)."""
        return self.home / "raw" / source / f"organisation={organisation_id}" / f"period={period}"

    def rejected_keys(self, organisation_id: str, source: str, period: str, delivery_id: str) -> Path:
        """The numbers of a delivery's rejected rows, if any could be read. Two sources may share a file, and so a delivery's id."""
        return self.raw(organisation_id, REJECTED_KEY, period) / f"{source}__{delivery_id}.parquet"

    def quality(self, organisation_id: str, source: str) -> Path:
        """What checks found open and fixed, one file per run: counts and words."""
        return self.home / "quality" / source / organisation_id

    @property
    def rekey(self) -> Path:
        """Where re-keyed files wait until all are ready (restricted). It exists only while pseudonyms are being made again."""
        return self.home / "rekey"

    @property
    def restricted(self) -> tuple[Path, ...]:
        """The folders that only the owner may read: all except the inbox, which systems write, and `published`, which is for readers."""
        return (*(self.home / name for name in RESTRICTED), self.build_folder)

    @property
    def written(self) -> tuple[Path, ...]:
        """Every folder that a run writes into."""
        return (*self.restricted, self.home / "quality", self.home / "alerts", self.published)

    @property
    def build_folder(self) -> Path:
        return self.home / "build"

    @property
    def build_database(self) -> Path:
        """The one writer's file: raw, and each layer of the models."""
        return self.build_folder / "workforce.duckdb"

    @property
    def checks(self) -> Path:
        """Results of the expectations, one Parquet file per organisation and source."""
        return self.build_folder / "checks"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def withdrawn(self) -> Path:
        """Publications that were withdrawn, as they were (restricted)."""
        return self.home / "withdrawn"

    @property
    def latest(self) -> Path:
        """The link to the last good publication. If all are withdrawn, to the one that was withdrawn last."""
        return self.published / "latest"


def storage() -> Storage:
    """The data root named by `WORKFORCE_HOME`. Without it, `./data` beside the code. Raises LayoutError if it has another layout than the code."""
    place = any_storage()
    expect_layout(place.home)
    return place


def any_storage() -> Storage:
    """The data root, whatever its layout."""
    return Storage(Path(os.environ.get("WORKFORCE_HOME") or REPOSITORY / "data").resolve())


def private(folder: Path) -> Path:
    """Make a folder that only its owner can read, and return it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def restrict(store: Storage) -> None:
    """Make the restricted folders, and remove everybody else's rights on them and on everything below."""
    for folder in store.restricted:
        private(folder)


def shared(folder: Path) -> Path:
    """Make a folder with the usual rights, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` write a file beside `path`, then move it into place in one step. A reader sees all of it or nothing.

    In a folder of the data root that only its owner may read, only the owner may read the file too.
    """
    part = part_of(path)
    write(part)
    return put_in_place(part, path)


def part_of(path: Path) -> Path:
    """Where a file is written before it is moved into place."""
    return path.with_name(f".{path.name}.part")


def put_in_place(part: Path, path: Path) -> Path:
    """Move a file that is written to its end into place, with the rights of its folder."""
    home = any_storage().home
    if path.is_relative_to(home) and path.relative_to(home).parts[0] in CLOSED:
        part.chmod(OWNER_ALONE)
    return part.replace(path)


def use_own_airflow() -> None:
    """Have Airflow keep its settings and logs in `.airflow` beside the code, where nothing says another place: its own choice is the home directory.

    To be called before Airflow is imported.
    """
    os.environ.setdefault("AIRFLOW_HOME", str(REPOSITORY / ".airflow"))
