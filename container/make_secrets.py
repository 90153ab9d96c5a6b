"""Makes each secret that is not there yet, at random, in a file of its own. A secret that is there stays as it is."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

PLACE = Path("/run/workforce")
FOR_ALL_IMAGES = 0o444  # PostgreSQL and Redis run as users of their own; only their services have the volume
FOR_THE_OWNER = 0o400
WRITTEN_BY_AIRFLOW = 0o600  # Airflow opens the passwords of its page for writing


def hexadecimal() -> str:
    return secrets.token_hex(32)


def fernet_key() -> str:
    """32 random bytes as Fernet reads them: URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def page_passwords() -> str:
    return json.dumps({"admin": secrets.token_urlsafe(18)})


SECRETS: dict[str, tuple[Callable[[], str], int]] = {
    "database/postgres_password": (hexadecimal, FOR_ALL_IMAGES),
    "database/redis_password": (hexadecimal, FOR_ALL_IMAGES),
    "secrets/fernet_key": (fernet_key, FOR_THE_OWNER),
    "secrets/jwt_secret": (hexadecimal, FOR_THE_OWNER),
    "secrets/api_secret_key": (hexadecimal, FOR_THE_OWNER),
    "keys/pseudonym_key": (hexadecimal, FOR_THE_OWNER),
    "accounts/passwords.json": (page_passwords, WRITTEN_BY_AIRFLOW),
}


def make_missing(place: Path) -> list[str]:
    """Make the secrets that are missing below a folder; returns their names. Raises OSError where a folder cannot be written."""
    made = []
    for name, (make, mode) in SECRETS.items():
        path = place / name
        if path.exists() and path.stat().st_size:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(make() + "\n")
        part.chmod(mode)
        part.replace(path)
        made.append(name)
    return made


def main(place: Path = PLACE) -> int:
    """Returns 0; 1 where a folder cannot be written, in words."""
    try:
        made = make_missing(place)
    except OSError as error:
        print(
            f"{error.filename}: cannot be written ({error.strerror}). The volume has to belong to the user 50000 and the group 0",
            flush=True,
        )
        return 1
    print(f"Made: {', '.join(made)}" if made else "Every secret is there already", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
