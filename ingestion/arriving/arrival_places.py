"""The places besides the inbox where extracts arrive: a folder, an SFTP server, or any location that fsspec knows.

Each place lists its files and copies one to the inbox. None of them changes, moves or deletes anything at the place.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import fsspec

from foundation.arrives import SFTP, URL, Arrives
from foundation.configuration import ConfigurationError
from foundation.storage import use_own_airflow

# The filesystems of fsspec give the time of change under different names.
TIMES = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")

CHUNK = 1 << 20
# If a server sends nothing for this many seconds, it counts as stopped. The next run tries again.
MOST_SILENCE = 8.0
# What to look at, by the kind of error of a folder, a server or a store. The names are those of paramiko and Python.
SILENT = "Nothing answers there. Check the connection's host and port, and that the network lets it through"
ADVICE = {
    "BadHostKeyException": "The server shows another key than the connection's host_key: it was changed, or another server poses as this "
    "one. Ask its owner before anything is fetched",
    "AuthenticationException": "The server does not take the connection's login. Check the login and its password or key",
    "SSHException": "The connection broke off, the server's key is not known, or it speaks another protocol. It is tried again. If that fails too, "
    "look at the key. Give its key as host_key in the connection's extra",
    "FileNotFoundError": "Check that it is there, and a folder: it may have been renamed, or its share not mounted",
    "PermissionError": "Have the folder opened for reading to the account that fetches",
    "NoValidConnectionsError": SILENT,
    "gaierror": SILENT,
    "ConnectionError": SILENT,
    "TimeoutError": SILENT,
    "Exception": "Check that it is there, that it may be read, and that its connection is right",
}


class PlaceFailed(Exception):
    """A place cannot be reached or read. The message says which place and what to look at. Another try may help."""


@dataclass(frozen=True)
class Remote:
    """A file at a place:

    its name there, its size in bytes, the time of its last change (whole seconds since 1970), and whether it is a plain file.
    """

    name: str
    size: int
    modified: int
    plain: bool = True


class Place(Protocol):
    """A place where extracts arrive."""

    def files(self) -> list[Remote]:
        """The files at the place, without folders."""

    def copy(self, name: str, target: Path) -> None:
        """Copy a listed file's bytes to `target`, at most its listed size and one byte. Raises OSError if it cannot be read to its end."""


@contextmanager
def place_of(arrives: Arrives) -> Iterator[Place]:
    """The place, open while the block runs.

    Raises PlaceFailed with its name, or ConfigurationError if a connection or library is missing.
    """
    opened: Callable[[Arrives], Any] = {SFTP: _sftp, URL: _url}.get(arrives.kind, _folder)
    try:
        with opened(arrives) as place:
            yield place
    except ConfigurationError:
        raise
    except Exception as error:
        # A server's answer may name files. The kind of error says enough, and the cause is kept for the engineer's traceback.
        says = f"{_named(arrives)} cannot be read ({type(error).__name__})"
        raise PlaceFailed(f"{says}. {_advice(error)}") from error


def _advice(error: Exception) -> str:
    kinds = (kind.__name__ for kind in type(error).__mro__)
    return next(ADVICE[kind] for kind in kinds if kind in ADVICE)


def _named(arrives: Arrives) -> str:
    return f"{arrives.place} of the connection {arrives.connection}" if arrives.connection else arrives.place


@contextmanager
def _folder(arrives: Arrives) -> Iterator[Place]:
    yield _Location(fsspec.filesystem("file"), arrives.place)


@contextmanager
def _url(arrives: Arrives) -> Iterator[Place]:
    options = _connection(arrives.connection).extra_dejson if arrives.connection else {}
    try:
        filesystem, path = fsspec.url_to_fs(arrives.place, use_listings_cache=False, **options)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"{arrives.place}: this kind of location cannot be opened: {error}") from None
    yield _Location(filesystem, path)


class _Location:
    """A folder of an fsspec filesystem."""

    def __init__(self, filesystem: Any, path: str) -> None:
        self._filesystem, self._path = filesystem, path
        self._sizes: dict[str, int] = {}

    def files(self) -> list[Remote]:
        found = []
        for entry in self._filesystem.ls(self._path, detail=True):
            if entry["type"] == "file" and str(entry["name"]).rstrip("/") == str(self._path).rstrip("/"):
                raise FileNotFoundError
            name = str(entry["name"]).rstrip("/").rpartition("/")[2]
            if entry.get("islink") or entry["type"] not in ("file", "directory"):
                found.append(Remote(name, 0, 0, plain=False))
            elif entry["type"] == "file":
                found.append(Remote(name, int(entry["size"]), self._modified(entry)))
        self._sizes = {remote.name: remote.size for remote in found}
        return found

    def copy(self, name: str, target: Path) -> None:
        with self._filesystem.open(f"{self._path.rstrip('/')}/{name}", "rb") as given:
            _copy(given, target, self._sizes[name])

    def _modified(self, listed: dict[str, Any]) -> int:
        given = next((listed[key] for key in TIMES if listed.get(key) is not None), None)
        if given is None:
            given = self._filesystem.modified(listed["name"])
        if isinstance(given, datetime):
            return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())
        if isinstance(given, str):
            return int(datetime.fromisoformat(given).timestamp())
        return int(given)


@contextmanager
def _sftp(arrives: Arrives) -> Iterator[Place]:
    use_own_airflow()
    from airflow.providers.sftp.hooks.sftp import SFTPHook

    _connection(arrives.connection)
    # The server's key is always checked, whatever the connection says.
    hook = SFTPHook(ssh_conn_id=arrives.connection, no_host_key_check=False, conn_retry_attempts=1)
    if hook.allow_host_key_change:
        raise ConfigurationError(
            f"The connection {arrives.connection} has allow_host_key_change, so that any server could pose as this one. "
            "Take it out, and give the server's key as host_key"
        )
    with hook.get_managed_conn() as client:
        client.get_channel().settimeout(MOST_SILENCE)
        yield _Server(client, arrives.place)


class _Server:
    """A folder of an SFTP server. A file's name is kept exactly as the server gives it, and used only to ask the server for the file."""

    def __init__(self, client: Any, path: str) -> None:
        self._client, self._path = client, PurePosixPath(path)
        self._sizes: dict[str, int] = {}

    def files(self) -> list[Remote]:
        found = []
        for entry in self._client.listdir_attr(str(self._path)):
            mode = entry.st_mode or 0
            if not stat.S_ISDIR(mode):
                found.append(Remote(entry.filename, int(entry.st_size or 0), int(entry.st_mtime or 0), stat.S_ISREG(mode)))
        self._sizes = {remote.name: remote.size for remote in found}
        return found

    def copy(self, name: str, target: Path) -> None:
        with self._client.open(str(self._path / name), "rb") as given:
            given.prefetch(self._sizes[name])
            _copy(given, target, self._sizes[name])


def _copy(given: Any, target: Path, size: int) -> None:
    """Copy at most a size and one byte, because a server may never stop sending."""
    left = size + 1
    with target.open("wb") as part:
        while left > 0 and (piece := given.read(min(CHUNK, left))):
            part.write(piece)
            left -= len(piece)


def _connection(connection_id: str | None) -> Any:
    use_own_airflow()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(str(connection_id))
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"There is no Airflow connection {connection_id}. Add it (airflow connections add, or the variable "
            f"AIRFLOW_CONN_{str(connection_id).upper()}); organisation.yaml names it under `arrives`"
        ) from None
