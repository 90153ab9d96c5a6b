"""What is kept of a delivery is missing or damaged: file and council are named, its month is held, and everybody else goes on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from alerts.owner_mail import tell_owners
from expectations.source_check import check_source
from foundation import kept_hashes, ledger
from foundation.configuration import council_sources
from foundation.ledger import BrokenChain
from foundation.storage import storage
from ingestion.__main__ import main as ingestion
from ingestion.landing.land import land_source
from tests.conftest import lay_out_golden
from warehouse.build import damage_in, write_raw

HURT, OTHER, SOURCE = "cambridgeshire", "peterborough", "hr_assignments"


@pytest.fixture(scope="session")
def landed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden councils, landed; not to be changed."""
    home = lay_out_golden(tmp_path_factory.mktemp("landed"))
    with pytest.MonkeyPatch.context() as environment:
        set_home(environment, home)
        for council_and_source in council_sources():
            land_source(**council_and_source)
    return home


@pytest.fixture
def home(landed_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    shutil.copytree(landed_once, home)
    set_home(monkeypatch, home)
    return home


def set_home(environment: pytest.MonkeyPatch, home: Path) -> None:
    environment.setenv("WORKFORCE_HOME", str(home))
    environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
    environment.delenv("WORKFORCE_PSEUDONYM_KEY", raising=False)


def last(home: Path, pattern: str) -> Path:
    return sorted(home.glob(pattern))[-1]


def entry(home: Path) -> Path:
    return last(home, f"ledger/{SOURCE}/{HURT}/*.json")


def raw(home: Path) -> Path:
    return last(home, f"raw/{SOURCE}/organisation={HURT}/*/*.parquet")


def original(home: Path) -> Path:
    return last(home, f"landing/{SOURCE}/{HURT}/*")


def entry_of_file(home: Path) -> Path:
    return last(home, f"ledger/{SOURCE}/{HURT}/files/*.json")


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def remove_with_extract(path: Path) -> None:
    """Remove an entry, and what came, so that nothing lands again."""
    path.unlink()
    for extract in (path.parents[3] / "inbox" / HURT / SOURCE).iterdir():
        extract.unlink()


def held(home: Path) -> set[tuple[str, str, str]]:
    write_raw(storage())
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
        query = "select organisation_id, source, period from raw.ledger where state = 'held' and not is_in_force"
        return set(built.execute(query).fetchall())


def rows(home: Path) -> dict[str, int]:
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
        return dict(built.execute(f"select organisation_id, count(*) from raw.{SOURCE} group by all").fetchall())


DAMAGE: dict[str, tuple[Callable[[Path], Path], Callable[[Path], None]]] = {
    "a flipped bit in raw": (raw, flip_a_bit),
    "raw cut off": (raw, cut_off),
    "raw missing": (raw, Path.unlink),
    "a flipped bit in the ledger": (entry, flip_a_bit),
    "an entry cut off": (entry, cut_off),
    "an entry missing, with its extract": (entry, remove_with_extract),
    "a file's entry cut off, with its extract": (entry_of_file, lambda path: (cut_off(path), remove_extracts(path))[0]),
    "an original cut off": (original, cut_off),
    "an original missing": (original, Path.unlink),
}


def remove_extracts(path: Path) -> None:
    for extract in (path.parents[4] / "inbox" / HURT / SOURCE).iterdir():
        extract.unlink()


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_its_month_is_held_and_everybody_else_goes_on(home: Path, kind: str) -> None:
    assert held(home) == set()
    before = rows(home)
    find, spoil = DAMAGE[kind]
    path = find(home)
    period = max(str(delivery.period) for delivery in ledger.deliveries(HURT, SOURCE))
    spoil(path)
    reports = {HURT: land_source(HURT, SOURCE), OTHER: land_source(OTHER, SOURCE)}
    assert not reports[OTHER].failed
    for council in (HURT, OTHER):
        check_source(council, SOURCE)
    tell_owners([{"organisation_id": council, "source": SOURCE} for council in (HURT, OTHER)], datetime(2022, 6, 12, 8, tzinfo=UTC))
    assert held(home) == {(HURT, SOURCE, period)}
    assert rows(home).get(OTHER) == before[OTHER]
    (says,) = damage_in(storage())
    assert says.startswith(f"{HURT} {SOURCE}: {path.relative_to(home).as_posix()} ")
    assert f"{period} is held" in says
    if path.parent.parts[-2] != "raw" and "raw" not in path.relative_to(home).parts:
        assert says in [problem.message for problem in reports[HURT].problems]


def test_two_councils_with_the_same_damage_do_not_hide_each_other(home: Path) -> None:
    for council in (HURT, OTHER):
        cut_off(last(home, f"raw/{SOURCE}/organisation={council}/*/*.parquet"))
    assert {council for council, _, _ in held(home)} == {HURT, OTHER}
    assert len(damage_in(storage())) == 2


def test_what_is_put_back_is_used_again(home: Path) -> None:
    before = held(home), rows(home)
    for path in (raw(home), entry(home), original(home)):
        content = path.read_bytes()
        cut_off(path)
        assert held(home) != set()
        path.write_bytes(content)
    assert (held(home), rows(home)) == before


def test_an_entry_that_is_lost_is_not_written_over_until_somebody_asks_for_it(home: Path) -> None:
    path = entry(home)
    cut_off(path)
    damaged = path.read_bytes()
    assert ingestion(["land"]) == 1
    check_source(HURT, SOURCE)
    assert path.read_bytes() == damaged
    assert land_source(HURT, SOURCE, again=True).landed == 1
    assert kept_hashes.damage_of_ledger(HURT, SOURCE, storage()) == []
    assert held(home) == set()


def test_the_command_that_lands_names_it_and_lands_the_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut_off(entry(home))
    shutil.rmtree(home / "ledger" / SOURCE / OTHER)
    shutil.rmtree(home / "chains" / SOURCE)
    (home / "chains" / SOURCE).mkdir()
    assert ingestion(["land"]) == 2
    said = capsys.readouterr().out
    assert f"{HURT} {SOURCE} was not landed: {HURT} {SOURCE}: chains/{SOURCE}/{HURT}.chain is missing" in said
    assert f"{OTHER} {SOURCE}: 1 landed" in said


def test_a_chain_that_is_gone_holds_nothing_and_stops_its_own_source_alone(home: Path) -> None:
    (home / "chains" / SOURCE / f"{HURT}.chain").unlink()
    with pytest.raises(BrokenChain, match=f"chains/{SOURCE}/{HURT}.chain is missing"):
        land_source(HURT, SOURCE)
    land_source(HURT, "agency")
    assert held(home) == set()
    assert len(damage_in(storage())) == 1


def test_results_of_checks_that_cannot_be_read_stop_neither_check_nor_build(home: Path) -> None:
    check_source(HURT, SOURCE)
    results = home / "build" / "checks" / f"{SOURCE}__{HURT}.parquet"
    run = home / "quality" / SOURCE / HURT / "20220701T000000.000000.parquet"
    run.parent.mkdir(parents=True)
    run.write_bytes(results.read_bytes()[:200])
    check_source(HURT, SOURCE)
    cut_off(results)
    assert held(home) == set()
    assert {says.split()[0] for says in damage_in(storage())} == {path.relative_to(home).as_posix() for path in (results, run)}


def test_no_flipped_bit_of_a_raw_file_goes_unnoticed(home: Path) -> None:
    path = raw(home)
    whole = path.read_bytes()
    delivery = next(delivery for delivery in ledger.deliveries(HURT, SOURCE) if delivery.delivery_id == path.stem)
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert list(kept_hashes.damage_of_rows(delivery, storage())), f"byte {at}"
    path.write_bytes(whole)
    assert not list(kept_hashes.damage_of_rows(delivery, storage()))
