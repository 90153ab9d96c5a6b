"""A database of its own on the PostgreSQL server of the tests, and a data root with small publications."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.own_database import Database, own_database
from tests.services.small_publication import SmallPublications


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An empty database, named by the setting, whose roles have a prefix of their own. All of it is dropped afterwards."""
    with own_database(tmp_path / "passwords") as made:
        monkeypatch.setenv("WORKFORCE_SERVE_DATABASE", made.owner)
        yield made


@pytest.fixture
def small(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallPublications]:
    """A data root without a publication yet, and a configuration of readers whose roles are the database's own."""
    home = tmp_path / "home"
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(home / "config"))
    made = SmallPublications(home, database.prefix)
    made.configure()
    yield made
    shutil.rmtree(home)
