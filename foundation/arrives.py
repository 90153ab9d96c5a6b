"""Where a source's extracts arrive, from `arrives` in organisation.yaml: the inbox, a folder, an SFTP server or a URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

INBOX, FOLDER, SFTP, URL = "inbox", "folder", "sftp", "url"
PLACES = (FOLDER, SFTP, URL)
KEYS = {
    INBOX: ("stable_seconds", "done_marker"),
    FOLDER: ("folder", "stable_seconds", "done_marker"),
    SFTP: ("sftp", "path", "stable_seconds", "done_marker"),
    URL: ("url", "connection", "stable_seconds", "done_marker"),
}
CONNECTION_ID = re.compile(r"[A-Za-z0-9_.\-]+")


class ArrivesError(Exception):
    """What is wrong with `arrives`. The message begins with the key below it."""


@dataclass(frozen=True)
class Arrives:
    """Where extracts arrive and when one is finished.

    `kind` is inbox, folder, sftp or url; `place` the folder, the path on the server or the URL; `connection` the id of an Airflow
    connection. A file is not read until it has not changed for `stable_seconds` (0: at once). If the sender writes a
    marker `<file>.done`, it is not read until the marker is there.
    """

    kind: str = INBOX
    place: str = ""
    connection: str | None = None
    stable_seconds: int = 0
    done_marker: bool = False


def read_arrives(written: object) -> Arrives:
    """The `arrives` of a source. None is the inbox. Raises ArrivesError naming the key."""
    if written is None:
        return Arrives()
    if not isinstance(written, dict):
        raise ArrivesError(" must contain keys and values, for example {sftp: hr_sftp, path: /outgoing/hr}")
    kinds = [place for place in PLACES if place in written]
    if len(kinds) > 1:
        raise ArrivesError(f" names {' and '.join(kinds)}. Extracts of a source arrive in one place")
    kind = kinds[0] if kinds else INBOX
    for key in written:
        if key not in KEYS[kind]:
            raise ArrivesError(f".{key} is not known for {kind}; known are {', '.join(KEYS[kind])}")
    seconds, marker = written.get("stable_seconds", 0), written.get("done_marker", False)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        raise ArrivesError(".stable_seconds must be a whole number of seconds, 0 or more")
    if not isinstance(marker, bool):
        raise ArrivesError(".done_marker must be true or false")
    place, connection = _place(kind, written)
    return Arrives(kind, place, connection, seconds, marker)


def _place(kind: str, written: dict[str, object]) -> tuple[str, str | None]:
    if kind == FOLDER:
        return _absolute("folder", written["folder"]), None
    if kind == SFTP:
        return _absolute("path", written.get("path")), _connection("sftp", written["sftp"])
    if kind == URL:
        connection = written.get("connection")
        return _url(written["url"]), None if connection is None else _connection("connection", connection)
    return "", None


def _absolute(key: str, value: object) -> str:
    if not isinstance(value, str) or not PurePosixPath(value).is_absolute() or ".." in PurePosixPath(value).parts:
        raise ArrivesError(f".{key} must be the full path of a folder, beginning with / and without ..")
    return value


def _connection(key: str, value: object) -> str:
    if not isinstance(value, str) or not CONNECTION_ID.fullmatch(value):
        raise ArrivesError(f".{key} must be the id of an Airflow connection: letters, digits, _ . and -")
    return value


def _url(value: object) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or not parts.scheme:
        raise ArrivesError('.url must be a location like "s3://bucket/folder" or "abfs://container/folder"')
    if parts.password:
        raise ArrivesError(".url must not contain a password. Put it in an Airflow connection and name it: connection: <id>")
    return str(value)
