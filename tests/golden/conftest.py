"""The golden council of November 2019 with DfE's files beside it, landed and built once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from foundation.configuration import council_sources
from ingestion.landing.land import land_source
from tests.golden.dfe_files import lay_out_published
from warehouse.build import build

EXTRACTS = Path(__file__).parent / "november_2019"
RECEIVED = datetime(2019, 12, 12, 6, tzinfo=UTC).timestamp()


@pytest.fixture(scope="session")
def november_2019(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data root; not to be changed."""
    home = tmp_path_factory.mktemp("november_2019")
    shutil.copytree(EXTRACTS, home, dirs_exist_ok=True)
    for extract in (home / "inbox").rglob("*.csv"):
        os.utime(extract, (RECEIVED, RECEIVED))
    lay_out_published(home)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        environment.delenv("WORKFORCE_PSEUDONYM_KEY", raising=False)
        for council_and_source in council_sources():
            report = land_source(**council_and_source)
            assert (report.rows_rejected, report.rows_left_out) == (0, 0)
        build()
    return home


@pytest.fixture(scope="module")
def marts(november_2019: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(november_2019 / "build" / "workforce.duckdb"), read_only=True) as connection:
        yield connection
