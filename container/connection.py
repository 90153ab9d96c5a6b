"""Prints the address of a server with its password, for Airflow's settings that end in _CMD: `connection.py postgresql+psycopg2`."""

import sys
from pathlib import Path
from urllib.parse import quote

PASSWORDS = Path("/run/workforce/database")


def address(scheme: str) -> str:
    """The address by the scheme that is asked for. Raises OSError where the password's file cannot be read."""
    if scheme == "redis":
        return f"redis://:{_password('redis')}@redis:6379/0"
    return f"{scheme}://airflow:{_password('postgres')}@postgres:5432/airflow"


def _password(server: str) -> str:
    return quote((PASSWORDS / f"{server}_password").read_text(encoding="utf-8").strip(), safe="")


if __name__ == "__main__":
    print(address(sys.argv[1]), end="")  # Airflow would take the end of the line as part of it
