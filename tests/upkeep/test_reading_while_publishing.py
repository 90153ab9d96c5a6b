"""Readers who open `latest` in a loop see one whole publication each time, whichever, while publications take each other's place."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from foundation import published_files
from foundation.storage import Storage
from tests.upkeep.publishing import SECOND, THIRD, publish
from warehouse.publish import switch_latest

PROGRAM = Path(__file__).with_name("reader.py")
READERS, SECONDS = 2, 2.0


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    place = Storage(tmp_path / "home")
    for hour, name in enumerate((SECOND, THIRD)):
        publish(place, name, hour)
    return place


def read_meanwhile(store: Storage, tmp_path: Path, switch: Callable[[int], object]) -> tuple[set[str], list[str], int]:
    """What readers saw whole, what else they saw, and how often the publication changed meanwhile."""
    stop = tmp_path / "stop"
    command = [sys.executable, str(PROGRAM), str(store.published), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(READERS)]
    until, switched = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        switch(switched)
        switched += 1
    stop.touch()
    told = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    return {name for one in told for name in one["whole"]}, [what for one in told for what in one["broken"]], switched


def test_readers_see_one_whole_publication_while_two_switch_back_and_forth(store: Storage, tmp_path: Path) -> None:
    both = [store.published / SECOND, store.published / THIRD]
    seen, broken, switched = read_meanwhile(store, tmp_path, lambda at: switch_latest(both[at % 2]))
    assert switched > 10
    assert broken == []
    assert seen == {"bbbbbbbbbbbb", "cccccccccccc"}


def test_readers_see_one_whole_publication_while_new_ones_are_made(store: Storage, tmp_path: Path) -> None:
    def make(at: int) -> None:
        aside = store.published / "2024-09" / f".{at:012x}"
        shutil.copytree(store.published / SECOND, aside, ignore=shutil.ignore_patterns("SHA256SUMS"))
        manifest = json.loads((aside / "manifest.json").read_bytes())
        (aside / "manifest.json").write_text(json.dumps(manifest | {"publication": f"{at:012x}"}))
        switch_latest(aside)

    seen, broken, _ = read_meanwhile(store, tmp_path, make)
    assert broken == []
    assert seen


def test_a_switch_that_removed_latest_first_would_be_seen(store: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_two_steps(folder: Path, place: Storage) -> None:
        place.latest.unlink()
        time.sleep(0.005)
        place.latest.symlink_to(folder.relative_to(place.published))

    monkeypatch.setattr(published_files, "point_latest_to", in_two_steps)
    monkeypatch.setattr("warehouse.publish.point_latest_to", in_two_steps)
    both = [store.published / SECOND, store.published / THIRD]
    _, broken, _ = read_meanwhile(store, tmp_path, lambda at: switch_latest(both[at % 2]))
    assert broken
