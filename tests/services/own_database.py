"""A database of a test's own on the PostgreSQL server that `WORKFORCE_TEST_POSTGRES` names, with roles that nobody else has."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import extensions, sql

SERVER = os.environ.get("WORKFORCE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
PASSWORD = "a password of tests alone"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A database: its name, the connection string of its owner, what the names of its roles begin with, and a file with the logins' password."""

    name: str
    owner: str
    prefix: str
    password_file: Path

    def as_owner(self, statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement as the owner, and return its rows."""
        with closing(psycopg2.connect(self.owner)) as opened, opened, opened.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def login(self, name: str, options: str = "-c default_transaction_read_only=off") -> Any:
        """An open connection of a reader's login, which may write as far as its rights go. What fails is rolled back by whoever asks."""
        return psycopg2.connect(**{**extensions.parse_dsn(self.owner), "user": name, "password": PASSWORD, "options": options})


def administer(statement: sql.Composable | str) -> None:
    """Run a statement on the server, outside of a transaction."""
    try:
        connection = psycopg2.connect(SERVER, connect_timeout=5)
    except psycopg2.OperationalError as error:
        pytest.fail(
            f"PostgreSQL is missing: {error}. Start one, or name it in WORKFORCE_TEST_POSTGRES (postgresql://user@host:port/database)"
        )
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def own_database(folder: Path) -> Iterator[Database]:
    """Make a database, and drop it with all roles of its prefix."""
    number = f"{os.getpid()}_{next(_NUMBERS)}"
    name, prefix = f"workforce_serve_{number}", f"wf{number}_"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    administer(sql.SQL("create database {}").format(sql.Identifier(name)))
    owner = extensions.make_dsn(**{**extensions.parse_dsn(SERVER), "dbname": name})
    try:
        yield Database(name, owner, prefix, folder / "password")
    finally:
        administer(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        with closing(psycopg2.connect(SERVER)) as opened, opened, opened.cursor() as cursor:
            # The logins of a test are named as its roles, behind a letter.
            cursor.execute(
                "select rolname from pg_roles where starts_with(rolname, %s) or starts_with(rolname, %s)", [prefix, f"l{prefix}"]
            )
            for (role,) in cursor.fetchall():
                cursor.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
