"""One council's bad configuration is reported with the file and the key, and does not stop any other council."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from expectations.marts_check import check_marts
from foundation.configuration import ConfigurationError, council_sources
from foundation.storage import storage
from ingestion.__main__ import main as ingestion
from warehouse.__main__ import main as warehouse
from warehouse.build import build, left_out
from warehouse.configuration_tables import refuse_unusable_configuration
from warehouse.publish import NotAllWell, confirm, stage_publication, switch_latest

# The golden councils are there. One of them is made invalid in one way.


def spoil(home: Path, council: str, file: str, text: str) -> None:
    path = home / "config" / "organisations" / council / file
    path.write_text(text)


def add_line(home: Path, line: str) -> None:
    with (home / "config" / "targets.csv").open("a") as targets:
        targets.write(line + "\n")


def configured(home: Path) -> list[str]:
    return sorted(path.parent.name for path in (home / "config" / "organisations").glob("*/organisation.yaml"))


BAD_YAML: dict[str, Callable[[str], str]] = {
    "no YAML": lambda _: "id: [",
    "no keys": lambda _: "- a list",
    "unknown key": lambda text: text + "\nfirst_moth: '2020-01'\n",
    "missing key": lambda text: text.replace("region:", "# region:"),
    "sources are a list": lambda text: text.partition("sources:")[0] + "sources: [hr_assignments]\n",
}


@pytest.fixture
def bad(built_home: Path) -> str:
    """The invalid council: a copy of the first one, which also comes first in the alphabet."""
    first = configured(built_home)[0]
    folder = built_home / "config" / "organisations"
    shutil.copytree(folder / first, folder / "aaabad")
    path = folder / "aaabad" / "organisation.yaml"
    path.write_text(path.read_text().replace(f"id: {first}", "id: aaabad"))
    return "aaabad"


@pytest.mark.parametrize("kind", BAD_YAML)
def test_a_bad_organisation_yaml_is_named_and_the_others_land_and_are_built(
    built_home: Path, bad: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = built_home / "config" / "organisations" / bad / "organisation.yaml"
    path.write_text(BAD_YAML[kind](path.read_text()))
    assert ingestion(["land"]) == 2
    said = capsys.readouterr().out
    assert f"{bad} is left out: {path}" in said
    assert "already known" in said
    assert bad not in {council_and_source["organisation_id"] for council_and_source in council_sources()}


def test_a_bad_mapping_keeps_nobody_else_from_landing(built_home: Path, bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = next(council_and_source["source"] for council_and_source in council_sources() if council_and_source["organisation_id"] == bad)
    spoil(built_home, bad, f"mappings/{source}.yaml", "source: [")
    assert ingestion(["land"]) == 2
    said = capsys.readouterr().out
    assert f"{bad} {source} was not landed" in said
    assert said.count("already known") >= len(council_sources()) - 1


def test_bad_tables_of_a_council_leave_it_out_of_the_build_and_the_publication_says_so(
    built_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, bad = configured(built_home)
    spoil(built_home, bad, "team_changes.csv", "from_date,old_team_id,new_team_id\nsoon,T1,T2\n")
    add_line(built_home, f"{other}x,agency_rate,board,2020-01-01,,at_most,10,a plan")
    with pytest.raises(ConfigurationError, match=f"(?s){bad} is left out: .*team_changes.csv.*no council is configured as {other}x"):
        refuse_unusable_configuration()
    assert warehouse(["build"]) == 1
    said = capsys.readouterr().err
    assert f"{bad} is left out" in said
    assert "team_changes.csv" in said
    assert f"no council is configured as {other}x" in said
    check_marts()
    published = switch_latest(stage_publication())
    with duckdb.connect(str(published / "inside" / "workforce.duckdb"), read_only=True) as there:
        found = there.execute("select distinct organisation_id from marts.indicator_value where scope = 'organisation'").fetchall()
    assert found == [(other,)]
    manifest = json.loads((published / "manifest.json").read_bytes())
    assert {council["organisation_id"] for council in manifest["councils_left_out"]} == {bad, f"{other}x"}
    with pytest.raises(NotAllWell, match=f"{bad} is left out"):
        confirm(str(published), True, {"land": []})


def test_a_build_of_before_or_none_at_all_says_that_nobody_is_left_out(built_home: Path) -> None:
    database = storage().build_database
    with duckdb.connect(str(database)) as built:
        built.execute("drop table operations.left_out")
    assert left_out(storage()) == []
    database.unlink()
    assert left_out(storage()) == []


def test_a_configuration_in_order_is_not_refused(golden_home: Path) -> None:
    refuse_unusable_configuration()
    assert council_sources()


def test_a_council_whose_own_policy_is_looser_is_left_out_and_the_others_are_published(built_home: Path) -> None:
    first, second = configured(built_home)[:2]
    spoil(built_home, first, "disclosure.yaml", "- from: 2020-01-01\n  audiences: {inside: {classes: {pay: {least_people: 3}}}}\n")
    made = build(with_tests=False)
    assert [council.organisation_id for council in made.left_out] == [first]
    assert "disclosure.yaml: entry 1.audiences.inside.classes.pay shows more than the policy of all councils" in made.left_out[0].says
    published = switch_latest(stage_publication())
    with duckdb.connect(str(published / "inside" / "workforce.duckdb"), read_only=True) as marts:
        assert [name for (name,) in marts.execute("select organisation_id from marts.organisation").fetchall()] == [second]
