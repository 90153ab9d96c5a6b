"""Sample councils from generated extracts to a publication, through the DAG."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dags.by_hand import run_here
from dags.workforce_month import workforce_month
from samples.__main__ import main as samples


def run_samples(home: Path, *arguments: str) -> duckdb.DuckDBPyConnection:
    """Generate samples, run the DAG over them, and open what it published."""
    assert samples(["generate", "--out", str(home), *arguments]) == 0
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        environment.delenv("WORKFORCE_PSEUDONYM_KEY", raising=False)
        assert str(run_here(workforce_month()).state) == "success"
    return duckdb.connect(str(home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True)
