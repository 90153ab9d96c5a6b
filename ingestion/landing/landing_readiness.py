"""Whether anything can be landed, built and published at all, checked before the first file is read:

the key of the pseudonyms, the folders of the data root, the disk, and the publication that figures are compared with.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

from contracts import every_version
from foundation import published_files
from foundation.configuration import ConfigurationError, councils
from foundation.folder_rights import give_inbox
from foundation.storage import Storage, private, shared, storage
from foundation.withdrawals import withdrawn
from ingestion.protecting.pseudonyms import master_key

MEBIBYTE = 1 << 20
# What the samples' month writes. The doctor names a disk long before.
LEAST_FREE = 256 * MEBIBYTE


def refuse_unless_ready() -> Storage:
    """The data root, if extracts can be landed in it.

    Raises ConfigurationError if there is no usable key, and see `refuse_unless_usable`.
    """
    store = storage()
    usable, _ = councils()
    if any(every_version(source).has_pseudonyms for council in usable for source in council.sources):
        master_key()
    return refuse_unless_usable(store)


def refuse_unless_usable(store: Storage) -> Storage:
    """The data root, if a run can write and read it. Raises ConfigurationError naming the folder or file and what is needed."""
    give_inbox(store.home / "inbox")
    for folder in store.written:
        _refuse_unless_written(folder, store.restricted)
    for disk in dict.fromkeys(folder.resolve() for folder in (store.home, store.build_folder, store.published)):
        free = shutil.disk_usage(disk).free
        if free < LEAST_FREE:
            says = f"{disk}: {free // MEBIBYTE} MiB are free, and a run needs at least {LEAST_FREE // MEBIBYTE} MiB"
            raise ConfigurationError(f"{says}, so nothing is landed or published. Free the disk, or give it more room")
    _refuse_damaged_publication(store)
    return store


def _refuse_damaged_publication(store: Storage) -> None:
    """Refuse if the publication that readers see is damaged: the gate before publication compares the new figures with it."""
    published_files.refuse_broken_chain(store)
    if not store.latest.is_symlink() or store.latest.resolve() in withdrawn(store):
        return
    folder = published_files.latest(store)
    wrong: str | None = f"published/latest names {store.latest.readlink()}, which is missing or damaged"
    if folder:
        wrong = next((f"{found.path} {found.wrong}" for found in published_files.damage_of_publication(folder, store)), None)
    if wrong:
        raise ConfigurationError(
            f"{store.home}: {wrong}, so nothing is landed or published. Take the publication from the backup, or point published/latest to an "
            "earlier one: docs/runbooks/data_root.md"
        )


def _refuse_unless_written(folder: Path, restricted: tuple[Path, ...]) -> None:
    """Try to write into a folder, and check the right to write into each folder below it."""
    try:
        (private if folder in restricted else shared)(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refused(folder, error.strerror or "no reason given") from None
    for below, _, names in os.walk(folder):
        if not os.access(below, os.W_OK | os.X_OK):
            raise _refused(Path(below), os.strerror(errno.EACCES))
        for name in names:
            path = Path(below) / name
            if not os.access(path, os.R_OK) and path.exists():
                raise _refused(path, os.strerror(errno.EACCES), "read")


def _refused(path: Path, why: str, verb: str = "written") -> ConfigurationError:
    return ConfigurationError(
        f"{path}: cannot be {verb} ({why}), so nothing is landed or published. Give the account that runs the pipeline (user {os.geteuid()}) the "
        "right to it, free the disk, or name another data root in WORKFORCE_HOME"
    )
