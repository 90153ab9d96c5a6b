"""What a person decides to forget is missed no longer, and who decided is kept; everything else that goes is found."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from foundation import ledger
from foundation.ledger import BrokenChain
from foundation.storage import storage
from ingestion.landing.landing_readiness import refuse_unless_ready
from tests.ingestion.testshire import SendingCouncil
from tests.warehouse.test_damage import cut_off
from upkeep import surroundings
from upkeep.doctor import examine
from warehouse.__main__ import main as warehouse

WHO = ("--by", "Head of HR systems", "--reason", "seven years are over")
PAY = ("--organisation", "testshire", "--source", "payroll")


@pytest.fixture(autouse=True)
def enough_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "LEAST_FREE", 1 << 20)


def pay_delivery() -> str:
    (delivery,) = ledger.deliveries("testshire", "payroll")
    return delivery.delivery_id


def files(home: Path) -> list[str]:
    kept = ("raw", "landing", "identity", "rejected", "ledger")
    return [
        path.as_posix() for name in kept for path in (home / name).rglob("*") if path.is_file() and "payroll" in path.parts and path.suffix
    ]


def test_a_delivery_that_is_forgotten_leaves_nothing_and_nobody_misses_it(council: SendingCouncil) -> None:
    assert files(council.home)
    assert warehouse(["forget", *PAY, "--delivery", pay_delivery(), *WHO]) == 0
    assert [path for path in files(council.home) if not path.endswith(".lock")] == []
    assert examine().findings == ()
    with (council.home / "chains" / "forgotten.csv").open() as opened:
        ((_, what, by, reason),) = csv.reader(opened)
    assert what.startswith("testshire payroll: the delivery 2024-09-")
    assert (by, reason) == ("Head of HR systems", "seven years are over")
    council.land("payroll")
    assert pay_delivery()
    assert examine().findings == ()


def test_an_original_that_is_forgotten_is_not_looked_for_and_the_month_stays(council: SendingCouncil) -> None:
    assert warehouse(["forget", *PAY, "--original-of", pay_delivery(), *WHO]) == 0
    assert list((council.home / "landing" / "payroll" / "testshire").iterdir()) == []
    assert not council.land("payroll").failed
    assert examine().findings == ()


def test_a_lost_entry_without_a_backup_can_be_given_up(council: SendingCouncil) -> None:
    cut_off(council.home / "ledger" / "payroll" / "testshire" / f"{pay_delivery()}.json")
    assert examine().findings != ()
    assert warehouse(["forget", *PAY, "--delivery", pay_delivery(), *WHO]) == 0
    assert examine().findings == ()


def test_a_lost_chain_without_a_backup_can_be_begun_anew(council: SendingCouncil) -> None:
    (council.home / "chains" / "payroll" / "testshire.chain").unlink()
    assert examine().findings != ()
    assert warehouse(["forget", *PAY, "--chain", *WHO]) == 0
    assert examine().findings == ()
    assert not council.land("payroll").failed


def test_a_publication_is_forgotten_only_once_it_is_away(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    store = storage()
    name = "2024-09/0123456789ab"
    assert warehouse(["forget", "--publication", name, *WHO]) == 2
    assert "it is still there" in capsys.readouterr().err
    shutil.rmtree(store.published / name)
    store.latest.unlink()
    assert examine().findings != ()
    assert warehouse(["forget", "--publication", name, *WHO]) == 0
    assert examine().findings == ()


def test_a_lost_chain_of_publications_stops_everything_until_somebody_trusts_them(council: SendingCouncil) -> None:
    storage().chain_of_publications.unlink()
    with pytest.raises(BrokenChain, match=r"published.chain is missing, so nothing is landed or published"):
        refuse_unless_ready()
    assert warehouse(["forget", "--chain", *WHO]) == 0
    refuse_unless_ready()
    assert examine().findings == ()


def test_what_the_ledger_does_not_know_cannot_be_forgotten(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    assert warehouse(["forget", *PAY, "--delivery", "2024-09-nothing", *WHO]) == 2
    assert warehouse(["forget", "--delivery", "2024-09-nothing", *WHO]) == 2
    assert warehouse(["forget", "--organisation", "nowhere", "--source", "payroll", "--delivery", "x", *WHO]) == 2
    said = capsys.readouterr().err
    assert "knows no delivery" in said
    assert "Name the council" in said
    assert "nothing has landed" in said
