"""The logins of readers: each is a member of groups, and everything that it asks is in the server's log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from psycopg2 import errors, extensions, sql

from foundation.errors import ConfigurationError
from warehouse.serving.readers import Group, Readers
from warehouse.serving.rights import LOGIN, SETTINGS
from warehouse.serving.server import ServerError

_LOGIN = re.compile(r"[a-z][a-z0-9_.@-]{0,62}")
SHORTEST = 16


def add_login(cursor: Any, name: str, group: Group, readers: Readers, password_file: Path | None) -> str:
    """Make a login, or take one that is there, and make it a member of a group. Returns what was done. Raises ServerError, ConfigurationError."""
    if not _LOGIN.fullmatch(name) or name.startswith("pg_") or name.startswith(readers.prefix):
        raise ConfigurationError(
            f"{name!r} is no name for a login: it begins with a letter, has up to 63 lower case letters, digits and . _ @ -, and does not begin "
            f"with pg_ or {readers.prefix}"
        )
    cursor.execute("select 1 from pg_roles where rolname = %s", [group.role])
    if not cursor.fetchone():
        raise ServerError(f"The group {group.role} is not on the server yet. Make it: python -m warehouse serve --roles")
    role = sql.Identifier(name)
    cursor.execute(
        "select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls, rolcanlogin from pg_roles where rolname = %s",
        [name],
    )
    there = cursor.fetchone()
    if there is None:
        cursor.execute(sql.SQL(f"create role {{}} {LOGIN}").format(role))
    elif there[0] or not there[1]:
        raise ServerError(f"The role {name} cannot log in, or may do more than read. Choose another name")
    else:
        _refuse_other_rights(cursor, name, readers)
    if password_file:
        # The server gets a verifier and never the password: a statement may be in its log.
        verifier = extensions.encrypt_password(_password(password_file), name, cursor.connection, "scram-sha-256")
        cursor.execute(sql.SQL("alter role {} password {}").format(role, sql.Literal(verifier)))
    cursor.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group.role), role))
    for setting, value in SETTINGS.items():
        try:
            cursor.execute(sql.SQL("alter role {} set {} to {}").format(role, sql.Identifier(setting), sql.Literal(value)))
        except errors.InsufficientPrivilege:
            raise ServerError(
                f"What {name} reads could not be logged, so it was not made. Ask a superuser once: grant set on parameter log_statement to "
                f"the login of the setting"
            ) from None
    schemas = [sql.Identifier(kind) for kind in _schemas(cursor, name, readers)]
    cursor.execute(sql.SQL("alter role {} set search_path to {}").format(role, sql.SQL(", ").join(schemas)))
    return f"{name} is a member of {group.role}" + ("" if there else ". It is new" + ("" if password_file else " and has no password"))


def drop_login(cursor: Any, name: str, readers: Readers) -> str:
    """Drop a reader's login and end its sessions. Raises ServerError if it is no member of a group of readers."""
    if name.startswith(readers.prefix) or not _groups_of(cursor, name, readers):
        raise ServerError(f"{name} is no login of a reader: it is a member of no group of {readers.prefix}")
    cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [name])
    try:
        cursor.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
    except errors.DependentObjectsStillExist:
        raise ServerError(
            f"{name} has rights or tables of its own, in this database or another. Look at them, then: drop owned by"
        ) from None
    return f"{name} is dropped"


def _refuse_other_rights(cursor: Any, name: str, readers: Readers) -> None:
    cursor.execute(
        "select pg_get_userbyid(roleid) from pg_auth_members where member = (select oid from pg_roles where rolname = %s)", [name]
    )
    others = [role for (role,) in cursor.fetchall() if not role.startswith(readers.prefix)]
    cursor.execute("select 1 from pg_shdepend where refobjid = (select oid from pg_roles where rolname = %s) and deptype = 'o'", [name])
    if others or cursor.fetchone():
        raise ServerError(f"The role {name} owns something, or is a member of {', '.join(others) or 'nothing'}. Choose another name")


def _groups_of(cursor: Any, name: str, readers: Readers) -> list[str]:
    cursor.execute(
        "select pg_get_userbyid(roleid) from pg_auth_members where member = (select oid from pg_roles where rolname = %s) order by 1",
        [name],
    )
    return [role for (role,) in cursor.fetchall() if role.startswith(readers.prefix)]


def _schemas(cursor: Any, name: str, readers: Readers) -> list[str]:
    groups = _groups_of(cursor, name, readers)
    return list(dict.fromkeys(group.kind.schema for group in readers.groups if group.role in groups))


def _password(file: Path) -> str:
    try:
        password = file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{file} cannot be read. Write the password into it, and let nobody else read it") from None
    if len(password) < SHORTEST:
        raise ConfigurationError(f"{file}: the password has fewer than {SHORTEST} characters")
    return password
