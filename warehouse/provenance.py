"""What a publication was made by: the code, the configuration and the policy of disclosure, each with a hash. For its manifest."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

from foundation.configuration import configuration_folder
from foundation.storage import REPOSITORY

READ = (".csv", ".yaml", ".yml", ".sql", ".py", ".j2", ".css", ".lock")
# Whatever has a part in a figure or a page, from the contracts to the versions of the packages.
CODE = (
    "contracts",
    "dbt_project/macros",
    "dbt_project/models",
    "dbt_project/seeds",
    "disclosure",
    "expectations",
    "foundation",
    "ingestion",
    "reporting",
    "requirements.lock",
    "warehouse",
)
POLICY = "disclosure.yaml"
GIT_SECONDS = 10


def made_by() -> dict[str, object]:
    """For a manifest: `code`, `configuration` and `policy`.

    `code` has the commit if the code lies in its own git repository, and `changed` if a file differs from it. The hash is of the files as they
    are, so it is there without git too. `policy` is None where the configuration has none.
    """
    config = configuration_folder()
    policy = config / POLICY
    return {
        "code": {**_commit(), "sha256": _hash_of(REPOSITORY, (REPOSITORY / name for name in CODE))},
        "configuration": {"sha256": _hash_of(config, [config])},
        "policy": {"name": POLICY, "sha256": _hash_of_file(policy)} if policy.exists() else None,
    }


def _hash_of(root: Path, places: Iterable[Path]) -> str:
    """One hash for files, by their paths within a folder and their contents."""
    digest = hashlib.sha256()
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in READ and path.is_file():
                digest.update(f"{_hash_of_file(path)}  {path.relative_to(root).as_posix()}\n".encode())
    return digest.hexdigest()


def _hash_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _commit() -> dict[str, object]:
    """The commit of the code, and whether a file of it was changed since. Nothing where there is no git, or the code is in nobody's repository."""
    if not (REPOSITORY / ".git").exists():
        return {}
    commit, changed = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return {} if commit is None else {"commit": commit, "changed": changed != ""}


def _git(*arguments: str) -> str | None:
    try:
        asked = ["git", "-C", str(REPOSITORY), *arguments]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
