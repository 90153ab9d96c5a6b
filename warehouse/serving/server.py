"""The PostgreSQL server that readers ask: the one setting that names it, and every way in which it can be missing, in one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import errors, extensions

from foundation.errors import ConfigurationError

SETTING = "WORKFORCE_SERVE_DATABASE"
OLDEST = 150000  # views that ask with the rights of whoever reads them came with 15
_EXAMPLE = "host=db.example.gov.uk dbname=workforce user=workforce_owner passfile=/etc/workforce/pgpass"
_SECRETS = ("password", "sslpassword", "passfile")


class ServerError(ConfigurationError):
    """The server cannot be reached, or refuses. The message says what to set, start or ask for. It never has a password."""


def is_configured() -> bool:
    """Whether a server is named at all."""
    return bool(os.environ.get(SETTING))


@contextmanager
def connection() -> Iterator[Any]:
    """An open connection to the server that `WORKFORCE_SERVE_DATABASE` names: one transaction, kept if nothing is raised. Raises ServerError."""
    try:
        opened = psycopg2.connect(**_parameters(), connect_timeout=10, application_name="workforce serve")
    except psycopg2.OperationalError as refused:
        raise ServerError(_unreachable(str(refused))) from None
    try:
        if opened.server_version < OLDEST:
            raise ServerError(f"PostgreSQL 15 or later is needed. The server that {SETTING} names has {opened.server_version // 10000}")
        with opened:
            yield opened
    except errors.InsufficientPrivilege as refused:
        raise ServerError(
            f"The login of {SETTING} may not do this: {_first_line(refused)}. It has to own the database and may create roles: "
            "docs/postgresql.md says how to make it"
        ) from None
    except psycopg2.OperationalError as lost:
        raise ServerError(f"The server stopped answering: {_first_line(lost)}. Nothing was changed. Type the same again") from None
    finally:
        opened.close()


def _parameters() -> dict[str, str]:
    """What the setting says, as libpq's parameters. The setting is a connection string, or the path of a file that holds one."""
    written = os.environ.get(SETTING, "")
    if not written:
        raise ServerError(
            f"No server is named. Set {SETTING} to a connection string such as {_EXAMPLE!r}, or to the path of a file with it"
        )
    if written.startswith("/"):
        try:
            written = Path(written).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ServerError(f"{SETTING} names a file that cannot be read: {written}") from None
    try:
        parameters: dict[str, str] = extensions.parse_dsn(written)
    except psycopg2.ProgrammingError:
        # What libpq says of it may repeat the password.
        raise ServerError(f"{SETTING} is no connection string of PostgreSQL. Write it like {_EXAMPLE!r}") from None
    if "@" in parameters.get("host", ""):
        raise ServerError(f"The host in {SETTING} has an @. Write an @ of the password as %40, or use a passfile")
    return parameters


def _unreachable(says: str) -> str:
    parameters = _parameters()
    where = ", ".join(f"{name} {parameters[name]}" for name in ("host", "port", "dbname", "user") if name in parameters)
    first = says.strip().splitlines()[0]
    for name in _SECRETS:
        if secret := parameters.get(name):
            first = first.replace(secret, "***")
    return f"PostgreSQL cannot be reached ({where or 'the local server'}): {first}. Start it, or correct {SETTING}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
