"""A council in a data root of the test's own."""

from pathlib import Path

import pytest

from tests.expectations.council import Council


@pytest.fixture
def council(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Council:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    return Council(tmp_path)
