"""The three councils' samples, generated once. Do not change."""

from __future__ import annotations

from pathlib import Path

import pytest

from samples.generate import generate_councils
from tests.recount.extracts import Extracts


@pytest.fixture(scope="session")
def three_councils(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with inbox and config."""
    out = tmp_path_factory.mktemp("samples")
    generate_councils(out, say=str)
    return out


@pytest.fixture(scope="session")
def councils(three_councils: Path) -> dict[str, Extracts]:
    """The extracts of each council, as the tests read them."""
    return {name: Extracts(three_councils, name) for name in ("cambridgeshire", "leicestershire", "peterborough")}
