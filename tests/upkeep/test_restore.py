"""Rows, results of checks and the build are made again from what cannot be made again, and every mart is byte for byte what it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from expectations.marts_check import check_marts
from expectations.source_check import accept_delivery, check_source
from foundation import kept_hashes, ledger, published_files
from foundation.configuration import council_sources
from foundation.storage import storage
from ingestion.landing.land import land_source
from tests.warehouse.test_damage import cut_off
from warehouse.__main__ import main as warehouse
from warehouse.build import build
from warehouse.publish import audiences_of, stage_publication, switch_latest
from warehouse.written_tables import PARQUET, write_tables


def land_and_check() -> None:
    for council_and_source in council_sources():
        land_source(**council_and_source)
    for council_and_source in council_sources():
        check_source(**council_and_source)


def marts(aside: Path) -> dict[str, bytes]:
    aside.mkdir()
    with duckdb.connect(str(storage().build_database), read_only=True) as built:
        inside = audiences_of(built)["inside"]
    write_tables(storage(), aside, inside)
    return {path.stem: path.read_bytes() for path in (aside / PARQUET).iterdir()}


def contents(home: Path, *folders: str) -> dict[str, bytes]:
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted((home / folder).rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def reject_a_row(home: Path) -> None:
    """Give the first row of an extract an FTE that no row can have, so that there is something to report."""
    (extract,) = (home / "inbox" / "peterborough" / "hr_assignments").iterdir()
    stamps = extract.stat()
    header, first, *others = extract.read_text().splitlines()
    cells = first.split(",")
    cells[header.split(",").index("fte")] = "7"
    extract.write_text("\n".join([header, ",".join(cells), *others]) + "\n")
    os.utime(extract, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))


@pytest.mark.wide
def test_every_mart_is_byte_for_byte_what_it_was(golden_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reject_a_row(golden_home)
    land_and_check()
    (delivery,) = ledger.deliveries("peterborough", "establishment")
    ledger.hold("peterborough", "establishment", delivery.delivery_id, "EST-005", "fell by a fifth. Ask the owner")
    accept_delivery("peterborough", "establishment", delivery.delivery_id, "Head of HR systems", "a service moved away")
    # Two runs, so that problems have a day on which they were first seen.
    land_and_check()
    build()
    check_marts()
    published = switch_latest(stage_publication())
    before, kept = marts(tmp_path / "before"), contents(golden_home, "raw", "ledger", "identity", "published")
    quality = contents(golden_home, "quality")
    assert list((golden_home / "quality" / "hr_assignments" / "peterborough").iterdir())
    for lost in ("inbox", "raw", "build", "quality", "rejected"):
        shutil.rmtree(golden_home / lost)

    assert warehouse(["restore"]) == 0
    said = capsys.readouterr().out
    assert f"Each of {len(before)} marts is byte for byte that of the publication {published.parent.name}/{published.name}" in said
    assert marts(tmp_path / "after") == before
    assert contents(golden_home, "raw", "ledger", "identity", "published") == kept
    (again,) = ledger.deliveries("peterborough", "establishment")
    assert "a service moved away" in [state.reason for state in again.states]
    assert list(published_files.damage_of_publications(storage(), None)) == []

    assert contents(golden_home, "quality") == quality


@pytest.fixture
def landed(golden_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The golden councils landed. Their build, which other tests make, is left out."""
    for council_and_source in council_sources():
        land_source(**council_and_source)

    def nothing(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr("upkeep.restore._build", nothing)
    return golden_home


def test_rows_that_are_damaged_or_gone_are_made_again_and_the_others_are_left_alone(
    landed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(landed, "raw", "identity", "ledger", "rejected")
    gone, damaged = sorted((landed / "raw" / "hr_assignments").rglob("*.parquet"))[:2]
    untouched = next((landed / "raw" / "agency").rglob("*.parquet"))
    stamp = untouched.stat().st_mtime_ns
    gone.unlink()
    cut_off(damaged)
    assert warehouse(["restore"]) == 0
    said = capsys.readouterr().out
    assert "cambridgeshire hr_assignments: the rows of 1 deliveries are made again, 0 were whole" in said
    assert contents(landed, "raw", "identity", "ledger") == {
        name: content for name, content in before.items() if not name.startswith("rejected")
    }
    assert untouched.stat().st_mtime_ns == stamp


def test_what_cannot_be_made_again_is_named_and_the_rest_is(landed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = next((landed / "landing" / "agency" / "cambridgeshire").iterdir())
    lost.unlink()
    mapping = landed / "config/organisations/peterborough/mappings/establishment.yaml"
    mapping.write_text(mapping.read_text() + "\nnonsense: true\n")
    shutil.rmtree(landed / "raw")
    assert warehouse(["restore"]) == 1
    said = capsys.readouterr().out
    assert f"its original {lost.relative_to(landed).as_posix()} is missing. Take it from the backup" in said
    assert "peterborough establishment: " in said
    assert "nonsense" in said
    for organisation_id, source in ledger.known_sources(storage()):
        for delivery in ledger.deliveries(organisation_id, source):
            whole = not list(kept_hashes.damage_of_rows(delivery, storage(), delivery.hashes))
            assert whole == ((organisation_id, source) not in {("cambridgeshire", "agency"), ("peterborough", "establishment")})


def test_rows_that_todays_mapping_reads_otherwise_are_not_put_in_place_of_those_that_landed(
    landed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    council = "cambridgeshire"
    mapping = landed / "config/organisations" / council / "mappings/agency.yaml"
    mapping.write_text(mapping.read_text().replace("team_id: team_id", "team_id: post_id"))
    raw = next((landed / "raw" / "agency" / f"organisation={council}").rglob("*.parquet"))
    raw.unlink()
    assert warehouse(["restore"]) == 1
    assert "today's mapping and contract read other rows from its original" in capsys.readouterr().out
    assert not raw.exists()


def test_rows_that_come_out_in_other_bytes_are_said(landed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = landed / "config/organisations/cambridgeshire/mappings/agency.yaml"
    mapping.write_text(mapping.read_text().replace('yes: ["Y"]\nno: ["N"]', 'yes: ["N"]\nno: ["Y"]'))
    next((landed / "raw" / "agency" / "organisation=cambridgeshire").rglob("*.parquet")).unlink()
    assert warehouse(["restore"]) == 0
    assert "1 of them in other bytes than they landed in" in capsys.readouterr().out
    assert warehouse(["restore"]) == 0
    assert "other bytes" not in capsys.readouterr().out


def test_another_key_makes_no_rows(landed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", "quite another key than that of the samples, and as long")
    shutil.rmtree(landed / "raw")
    assert warehouse(["restore"]) == 1
    said = capsys.readouterr().out
    assert "was landed with the key" in said
    assert not list((landed / "raw" / "hr_assignments").rglob("*.parquet"))
