"""Fixtures: Testshire, a small council of its own for every test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingestion.testshire import KEY, STAFF_MAPPING, SendingCouncil


@pytest.fixture
def council(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SendingCouncil:
    """Testshire with a mapping of staff in post, a key, and an empty inbox."""
    home, config = tmp_path / "home", tmp_path / "config"
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(config))
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", KEY)
    testshire = SendingCouncil(home, config).configure()
    testshire.mapping("hr_assignments", STAFF_MAPPING)
    return testshire


@pytest.fixture
def another(council: SendingCouncil) -> Callable[[str], SendingCouncil]:
    """Make another council with the same mapping beside testshire."""

    def make(name: str) -> SendingCouncil:
        made = SendingCouncil(council.home, council.config, name).configure()
        made.mapping("hr_assignments", STAFF_MAPPING)
        return made

    return make
