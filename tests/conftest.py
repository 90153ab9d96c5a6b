"""What tests of several stages share: the golden councils, landed and built, and the sample councils, run through the DAG."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import tests.own_airflow  # noqa: F401  (before anything imports Airflow)
from foundation.configuration import council_sources
from ingestion.landing.land import land_source
from tests.sample_run import run_samples
from warehouse.build import build

REPOSITORY = Path(__file__).parent.parent
LONGEST = ("tests/lives/test_lives.py", "tests/ingestion/test_killed.py", "tests/integration/test_twelve_authorities.py")
READS_SAMPLES = re.compile(r"\bthree(_home)?: ")
GOLDEN = Path(__file__).parent / "golden" / "may_2022"
RECEIVED = datetime(2022, 6, 12, 6, tzinfo=UTC).timestamp()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that at the end no process waits long for another."""
    items.sort(key=lambda item: (not item.nodeid.startswith(LONGEST), not _reads_samples(item.nodeid)))


def _reads_samples(nodeid: str) -> bool:
    return _file_reads_samples(nodeid.partition("::")[0])


@cache
def _file_reads_samples(path: str) -> bool:
    return bool(READS_SAMPLES.search((REPOSITORY / path).read_text(encoding="utf-8")))


class FilesWithWhatTheyShare(LoadScopeScheduling):
    """Tests of a file run in one process, and so do all files that read the sample councils, which take longest to make.

    The marks that pytest-xdist 3.8 groups by have no effect under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "the sample councils" if _reads_samples(nodeid) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesWithWhatTheyShare:
    return FilesWithWhatTheyShare(config, log)


def lay_out_golden(home: Path) -> Path:
    """Copy the golden extracts and their configuration into a data root, received on 12 June 2022."""
    shutil.copytree(GOLDEN, home, dirs_exist_ok=True)
    for extract in (home / "inbox").rglob("*.csv"):
        os.utime(extract, (RECEIVED, RECEIVED))
    return home


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden councils, landed and built. Do not change."""
    home = lay_out_golden(tmp_path_factory.mktemp("built"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        environment.delenv("WORKFORCE_PSEUDONYM_KEY", raising=False)
        for council_and_source in council_sources():
            assert land_source(**council_and_source).rows_rejected == 0
        build()
    return home


@pytest.fixture
def built_home(built_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root of its own with the golden councils landed and built."""
    home = tmp_path / "home"
    shutil.copytree(built_once, home)
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(home / "config"))
    return home


@pytest.fixture
def golden_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root of its own with the golden extracts waiting in the inbox."""
    home = lay_out_golden(tmp_path / "home")
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(home / "config"))
    monkeypatch.delenv("WORKFORCE_PSEUDONYM_KEY", raising=False)
    return home


@pytest.fixture(scope="session")
def three_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data root of the three sample councils, run through the DAG once. Do not change."""
    home = tmp_path_factory.mktemp("three")
    run_samples(home).close()
    return home


@pytest.fixture
def three(three_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What the three sample councils published."""
    with duckdb.connect(str(three_home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True) as marts:
        yield marts
