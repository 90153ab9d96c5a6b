"""A council in a data root of the test's own."""

from pathlib import Path

import pytest

from tests.expectations.landed_council import LandedCouncil


@pytest.fixture
def council(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LandedCouncil:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    return LandedCouncil(tmp_path)
