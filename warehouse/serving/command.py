"""The commands `python -m warehouse serve`."""

from __future__ import annotations

import argparse

from foundation.command_line import printable
from foundation.errors import ConfigurationError


def answer(asked: argparse.Namespace) -> None:
    """Do what was asked, and print what was done. Raises ConfigurationError."""
    try:
        from warehouse.serving import logins, serve
    except ModuleNotFoundError as missing:
        if missing.name and missing.name.startswith("psycopg2"):
            raise ConfigurationError("The package psycopg2-binary is missing. It is in requirements.lock: make setup") from None
        raise
    from warehouse.serving.readers import read_readers
    from warehouse.serving.server import connection

    if asked.add_login and not asked.group:
        raise ConfigurationError("Name the group of the login: --group")
    if (asked.group or asked.password_file) and not asked.add_login:
        raise ConfigurationError("--group and --password-file belong to --add-login")
    if asked.withdraw:
        lines = serve.withdraw(asked.withdraw)
    elif asked.roles:
        lines = serve.renew_rights()
    elif asked.add_login or asked.drop_login:
        readers = read_readers()
        with connection() as opened, opened.cursor() as cursor:
            if asked.add_login:
                lines = [logins.add_login(cursor, asked.add_login, readers.group(asked.group), readers, asked.password_file)]
            else:
                lines = [logins.drop_login(cursor, asked.drop_login, readers)]
    else:
        done = serve.serve(asked.publication, asked.audience)
        was = f"{done.rows:,} rows were loaded" if done.was_loaded else "its rows were there already"
        lines = [f"{done.schema} is what readers of {asked.audience} see: {was}", *done.remarks]
    print(*map(printable, lines), sep="\n")
