"""Published figures depend only on what extracts say: not on the key of the pseudonyms, nor on any order."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
import yaml

from expectations.marts_check import TOLD_MARTS
from foundation.configuration import council_sources
from ingestion.landing.land import land_source
from ingestion.renewing.rekey import rekey
from warehouse.build import build
from warehouse.publish import stage_publication

pytestmark = pytest.mark.wide
ANOTHER_KEY = b"another key for these tests, longer than thirty-two characters"


def published(folder: Path) -> dict[str, bytes]:
    """The bytes of each published table, except the results and rules of checks, to which those of the marts are added after a build, and not here."""
    return {path.stem: path.read_bytes() for path in (folder / "inside" / "marts").glob("*.parquet") if path.stem not in TOLD_MARTS}


def use(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(home / "config"))


def built_again(publication: Path) -> dict[str, bytes]:
    """What the data root in use publishes, as known at the time of another publication."""
    known = json.loads((publication / "manifest.json").read_bytes())["as_known_at"]
    build(as_known_at=datetime.fromisoformat(known), with_tests=False)
    return published(stage_publication())


def test_another_key_changes_no_byte_of_any_published_table(three_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    shutil.copytree(three_home, home, symlinks=True)
    use(monkeypatch, home)
    key = yaml.safe_load((home / "config" / "sample_pseudonym_key.yaml").read_bytes())["key"]
    assert rekey(key.encode(), ANOTHER_KEY).rekeyed > 0
    latest = three_home / "published" / "latest"
    again, before = built_again(latest), published(latest)
    assert [name for name in before if again[name] != before[name]] == []
    assert len(again) == len(before) > 0


def test_rows_and_files_in_any_order_change_no_byte_of_any_published_table(
    three_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of the CSV extracts are shuffled, and half of all files arrive before the others, for sources in any order."""
    use(monkeypatch, tmp_path)
    shutil.copytree(three_home / "config", tmp_path / "config")
    random = Random(3)
    extracts = [path for path in sorted((three_home / "inbox").rglob("*")) if path.is_file()]
    random.shuffle(extracts)
    for arriving in (extracts[::2], extracts[1::2]):
        for extract in arriving:
            arrive(extract, tmp_path / extract.relative_to(three_home), random)
        sources = council_sources()
        for source in random.sample(sources, len(sources)):
            assert land_source(**source).held == 0
    latest = three_home / "published" / "latest"
    again, before = built_again(latest), published(latest)
    assert [name for name in before if again[name] != before[name]] == []


def arrive(extract: Path, received: Path, random: Random) -> None:
    """Put a file into the inbox with its own time. If it is a council's CSV, its rows are shuffled."""
    content = extract.read_bytes()
    if extract.suffix == ".csv" and "england" not in extract.parts:
        header, *rows = content.splitlines(keepends=True)
        assert rows[-1].endswith(b"\n")
        random.shuffle(rows)
        content = b"".join([header, *rows])
    received.parent.mkdir(parents=True, exist_ok=True)
    received.write_bytes(content)
    os.utime(received, (extract.stat().st_atime, extract.stat().st_mtime))
