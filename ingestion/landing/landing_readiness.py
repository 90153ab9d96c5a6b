"""Whether anything can be landed at all, checked before the first file is read:

the key of the pseudonyms and the folders of the data root.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from contracts import every_version
from foundation.configuration import ConfigurationError, councils
from foundation.storage import Storage, private, shared, storage
from ingestion.protecting.pseudonyms import master_key


def refuse_unless_ready() -> Storage:
    """The data root, if extracts can be landed in it.

    Raises ConfigurationError if there is no usable key, or if a folder cannot be written to.
    """
    store = storage()
    usable, _ = councils()
    if any(every_version(source).has_pseudonyms for council in usable for source in council.sources):
        master_key()
    for folder in store.written:
        _refuse_unless_written(folder, store.restricted)
    return store


def _refuse_unless_written(folder: Path, restricted: tuple[Path, ...]) -> None:
    """Try to write into a folder, and check the right to write into each folder below it."""
    try:
        (private if folder in restricted else shared)(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refused(folder, error.strerror or "no reason given") from None
    for below, _, _ in os.walk(folder):
        if not os.access(below, os.W_OK | os.X_OK):
            raise _refused(Path(below), os.strerror(errno.EACCES))


def _refused(folder: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{folder}: cannot be written ({why}), so nothing is landed or published. Give the account that runs the pipeline the right to "
        "write there, free the disk, or name another data root in WORKFORCE_HOME"
    )
