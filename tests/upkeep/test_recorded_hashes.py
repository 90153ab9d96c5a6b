"""A data root of before hashes: one command takes its files as they are, says what is wrong already, and from then on damage is found."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from foundation import ledger
from foundation.configuration import ConfigurationError
from foundation.layout import LAYOUT, LayoutError, layout_of
from foundation.storage import Storage
from ingestion.renewing import recorded_hashes
from ingestion.renewing.migration import migrate
from tests.ingestion.testshire import SendingCouncil
from tests.warehouse.test_damage import cut_off, flip_a_bit
from upkeep import surroundings
from upkeep.doctor import examine
from warehouse.__main__ import main as warehouse


@pytest.fixture(autouse=True)
def enough_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "LEAST_FREE", 1 << 20)


@pytest.fixture
def old(council: SendingCouncil) -> SendingCouncil:
    """Testshire as layout 2 had it: no hash but those of originals, and no chain."""
    shutil.rmtree(council.home / "chains")
    (council.home / "layout.json").write_text('{"layout": 2}\n')
    for path in (council.home / "ledger").rglob("*.json"):
        stamps = path.stat()
        entry = json.loads(path.read_bytes())
        path.write_text(json.dumps({key: kept for key, kept in entry.items() if key not in ("hashes", "size")}))
        os.utime(path, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
    next(council.home.glob("published/2024-09/*/SHA256SUMS")).unlink()
    return council


def rows(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*.parquet")}


def test_it_refuses_until_it_is_migrated_and_then_all_is_well(old: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LayoutError, match="python -m warehouse migrate"):
        old.land()
    before, known = rows(old.home), [delivery.states for delivery in ledger.deliveries(store=Storage(old.home))]
    assert warehouse(["migrate"]) == 0
    assert "3 deliveries have layout 3 now. From now on a file that changes or goes is noticed" in capsys.readouterr().out
    assert rows(old.home) == before
    assert [delivery.states for delivery in ledger.deliveries()] == known
    assert examine().findings == ()
    assert old.land().already_known == 2
    flip_a_bit(next(old.home.glob("raw/payroll/*/*/*.parquet")))
    assert len(examine().findings) == 1


def test_an_original_that_is_damaged_or_gone_already_is_said(old: SendingCouncil) -> None:
    first, second = sorted((old.home / "landing" / "hr_assignments" / "testshire").iterdir())
    flip_a_bit(first)
    second.unlink()
    done = migrate()
    assert done is not None
    assert done.originals.gone == 1
    (says,) = done.originals.damaged
    assert says.startswith(f"testshire hr_assignments: {first} is not as it was written")
    (found,) = examine().findings
    assert first.name in str(found)


def test_a_migration_that_is_killed_goes_on_and_gives_no_second_hash(old: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = ledger.begin_chain
    with monkeypatch.context() as patch:

        def killed(organisation_id: str, source: str, store: object) -> None:
            if source == "payroll":
                raise KeyboardInterrupt
            begin(organisation_id, source, store)  # type: ignore[arg-type]

        patch.setattr(recorded_hashes.ledger, "begin_chain", killed)
        with pytest.raises(KeyboardInterrupt):
            migrate()
    assert layout_of(old.home) == 2
    damaged = next(old.home.glob("raw/payroll/*/*/*.parquet"))
    flip_a_bit(damaged)
    migrate()
    assert layout_of(old.home) == LAYOUT
    (found,) = examine().findings
    assert damaged.name in str(found)


def test_an_entry_that_cannot_be_read_is_named(old: SendingCouncil) -> None:
    path = next(old.home.glob("ledger/payroll/testshire/*.json"))
    cut_off(path)
    with pytest.raises(ConfigurationError, match="the entry cannot be read"):
        migrate()
    assert layout_of(old.home) == 2
