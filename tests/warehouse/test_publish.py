"""Publish all or nothing: what readers see, and what they never see."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from foundation import kept_hashes, ledger
from foundation.configuration import ConfigurationError
from foundation.storage import storage
from warehouse.build import BuildFailed, build, left_out, write_raw
from warehouse.publish import NotAllWell, NothingToPublish, confirm, stage_publication, switch_latest


@pytest.mark.usefixtures("built_home")
def test_nothing_is_visible_before_latest_is_switched() -> None:
    staged = stage_publication()
    assert not storage().latest.exists()
    assert staged.name.startswith(".")
    final = switch_latest(staged)
    assert storage().latest.resolve() == final
    assert not staged.exists()


@pytest.mark.usefixtures("built_home")
def test_the_same_inputs_make_the_same_publication() -> None:
    first = switch_latest(stage_publication())
    manifest = (first / "manifest.json").read_bytes()
    second = switch_latest(stage_publication())
    assert second == first
    assert (second / "manifest.json").read_bytes() == manifest, "what readers hold open stays as it is"
    assert [path.name for path in first.parent.iterdir()] == [first.name]


@pytest.mark.usefixtures("built_home")
def test_a_publication_holds_the_marts_and_nothing_of_a_person() -> None:
    final = switch_latest(stage_publication())
    with duckdb.connect(str(final / "inside" / "workforce.duckdb"), read_only=True) as published:
        schemas = {row[0] for row in published.execute("select distinct schema_name from duckdb_tables()").fetchall()}
        columns = {row[0] for row in published.execute("select distinct column_name from duckdb_columns() where not internal").fetchall()}
        tables = {row[0] for row in published.execute("select table_name from information_schema.tables").fetchall()}
    assert schemas == {"marts"}
    keys = {"unit_key", "indicator_key", "course_key"}  # of dimensions
    assert not {
        column for column in columns - keys if column.endswith("_key") or column in ("post_id", "booking_id", "person_id", "fte_days")
    }
    assert {path.stem for path in (final / "inside" / "marts").glob("*.parquet")} == tables
    assert {"indicator_value", "establishment_position"} <= tables
    assert (
        not {
            "agency_engagement",
            "assignment",
            "assignment_month",
            "agency_month",
            "leaver",
            "starter",
            "transfer",
            "person",
            "post",
            "post_month",
        }
        & tables
    )


@pytest.mark.usefixtures("built_home")
def test_the_manifest_names_the_deliveries_in_force() -> None:
    manifest = json.loads((stage_publication() / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["month"] == "2022-05"
    assert {(delivery["organisation_id"], delivery["source"], delivery["period"]) for delivery in manifest["deliveries_in_force"]} == {
        (council, source, "2022-05")
        for council in ("cambridgeshire", "peterborough")
        for source in ("hr_assignments", "establishment", "agency")
    }
    assert manifest["rows"]["organisation"] == 2


@pytest.mark.usefixtures("golden_home")
def test_without_any_delivery_there_is_nothing_to_publish() -> None:
    build(with_tests=False)
    with pytest.raises(NothingToPublish, match="Put extracts into inbox"):
        stage_publication()


def test_a_model_with_a_row_twice_stops_the_build_and_names_itself_and_its_grain(built_home: Path) -> None:
    courses = built_home / "config" / "courses.csv"
    courses.write_text(courses.read_text(encoding="utf-8") + "SAFE,Safeguarding,all,12\nSAFE,Safeguarding again,all,12\n", encoding="utf-8")
    with pytest.raises(BuildFailed, match="stg_config__courses: more than one row has the same course_id"):
        build()


def test_a_broken_configuration_file_is_named_with_its_columns(built_home: Path) -> None:
    (built_home / "config" / "courses.csv").write_text(
        "course_id,course_name,required_of,valid_months\nSAFE,Safeguarding,all,a year\n", encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=r"courses\.csv.*valid_months"):
        build()


def test_a_broken_file_of_one_council_among_several_is_the_one_that_is_named(built_home: Path) -> None:
    folders = sorted(path.parent for path in (built_home / "config" / "organisations").glob("*/post_grades.csv"))
    assert len(folders) > 1
    grades = folders[-1] / "post_grades.csv"
    grades.write_text("list,job_role,from_date,to_date\nteam_manager_and_below,social_worker,2020-99-01,\n", encoding="utf-8")
    write_raw(storage())
    (council,) = left_out(storage())
    assert council.organisation_id == folders[-1].name
    assert re.search(rf"{folders[-1].name}/post_grades\.csv.*Line: 2.*YYYY-MM-DD", council.says, re.DOTALL)


def test_columns_in_another_order_are_refused_and_targets_of_nobody_named(built_home: Path) -> None:
    targets = built_home / "config" / "targets.csv"
    header = targets.read_text(encoding="utf-8").splitlines()[0]
    targets.write_text(",".join(reversed(header.split(","))) + "\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"targets\.csv: the header is .* It must be organisation_id,"):
        build()
    targets.write_text(f"{header}\nnowhere,agency_rate,board,2022-04-01,,at_most,10,A plan\n", encoding="utf-8")
    write_raw(storage())
    (council,) = left_out(storage())
    assert council.organisation_id == "nowhere"
    assert "no council is configured as nowhere" in council.says


def test_accepted_rows_that_are_not_in_raw_stop_the_build(built_home: Path) -> None:
    place = storage()
    (delivery,) = ledger.deliveries("cambridgeshire", "establishment")
    path = kept_hashes.places(delivery, place)[kept_hashes.RAW]
    pl.read_parquet(path).head(1).write_parquet(path)
    ledger.write(replace(delivery, hashes=kept_hashes.hashes_of(delivery, place)))
    with pytest.raises(BuildFailed, match="not in raw: cambridgeshire establishment 2022-05-"):
        write_raw(place)


@pytest.mark.parametrize(
    ("published", "held", "says"),
    [
        (None, {"land": [], "check": []}, "Nothing was published"),
        ("there", {"land": [], "check": None}, "1 of 2 tasks of councils did not succeed: check"),
        ("there", {"land": ["a.csv: empty"], "check": []}, "a.csv: empty"),
        ("there", {"land": [], "check": ["HR-004 fell by a fifth"]}, "HR-004"),
    ],
)
def test_a_run_is_not_well_when_something_is_held_or_missing(published: str | None, held: dict[str, list[str] | None], says: str) -> None:
    with pytest.raises(NotAllWell, match=says):
        confirm(published, True, held)


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))


@pytest.mark.usefixtures("empty_home")
def test_a_dry_run_is_well_if_the_month_could_be_published() -> None:
    confirm(None, True, {}, is_dry=True)
    with pytest.raises(NotAllWell, match="Nothing could be published"):
        confirm(None, None, {}, is_dry=True)


@pytest.mark.usefixtures("empty_home")
def test_a_run_is_well_when_all_was_landed_checked_and_published() -> None:
    confirm("there", True, {"land": [], "check": []})
