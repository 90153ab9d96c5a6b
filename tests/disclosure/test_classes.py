"""Every column of every mart has a class, and a mart without one stops the build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from disclosure.classes import GOVERNED, MeasureGroup, NoClass, described_classes, groups_of
from warehouse import build as building
from warehouse.build import BuildFailed, build
from warehouse.models import PROJECT
from warehouse.published_tables import described_tables


@pytest.fixture
def manifest(built_once: Path) -> Path:
    return built_once / "build" / "dbt" / "manifest.json"


def _node(disclosure: object, **columns: bool) -> dict[str, object]:
    """A mart of the manifest; a column is True if it joins to a dimension."""
    keyed = [{"type": "foreign_key"}]
    return {
        "name": "absence",
        "config": {"meta": {} if disclosure is None else {"disclosure": disclosure}},
        "columns": {name: {"constraints": keyed if is_key else []} for name, is_key in columns.items()},
    }


def test_every_column_of_every_mart_has_a_class(manifest: Path) -> None:
    marts = {path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    groups = described_classes(manifest)
    assert {group.table for group in groups} == marts
    people = {"days_lost", "headcount", "heads", "workers", "starters", "leavers", "cost", "amount", "respondents", "answers", "score"}
    unprotected = [
        f"{group.table}.{column}"
        for group in groups
        if group.disclosure_class == "open"
        for column in group.columns
        if people & {column, *column.split("_", 1)}
    ]
    of_nobody = {"course.cost_a_place", "survey_result.national_score"}  # a price, and the country's own figure
    assert set(unprotected) <= of_nobody, "figures of people, or a class too low"


def test_what_is_sensitive_or_paid_says_how_many_people_are_underneath(manifest: Path) -> None:
    groups = [group for group in described_classes(manifest) if group.disclosure_class in ("sensitive", "pay")]
    assert {group.table for group in groups} >= {"absence_rate_month", "staff_cost_month", "survey_result", "workforce_profile"}
    assert [group for group in groups if group.people is None] == []


def test_internal_columns_are_in_no_publication_and_every_mart_with_figures_says_what_is_not_shown(manifest: Path) -> None:
    groups = described_classes(manifest)
    for table in described_tables(manifest):
        names = [column.name for column in table.columns]
        own = [group for group in groups if group.table == table.name]
        assert not {name for group in own if group.disclosure_class == "internal" for name in group.columns} & set(names)
        assert (names[-1] == "not_shown") == any(group.disclosure_class in GOVERNED for group in own), table.name


@pytest.mark.parametrize(
    ("disclosure", "says"),
    [
        (None, "absence: no class says who may see its columns: days, people. Add `disclosure`"),
        ([{"class": "sensitive", "measures": ["days"], "people": "people"}], "absence.people: no class says who may see this column"),
        ([{"class": "secret", "measures": ["days", "people"]}], "must be one of open, internal, posts, staffing, sensitive, pay"),
        ([{"class": "sensitive", "measures": ["days", "people"]}], "a group of class sensitive must name `people`"),
        ([{"class": "posts", "measures": ["days", "people", "posts"]}], "names the column `posts`, which the mart does not have"),
        ([{"class": "posts", "measure": ["days"]}], "has the key `measure`, which is not known"),
        (
            [{"class": "posts", "measures": ["days", "people"]}, {"class": "open", "measures": ["days"]}],
            "absence.days: it stands in two groups",
        ),
        ("public", "`disclosure` must be `open`, or a list of groups"),
    ],
)
def test_a_mart_whose_columns_have_no_class_is_refused(disclosure: object, says: str) -> None:
    with pytest.raises(NoClass) as refused:
        groups_of(_node(disclosure, unit_key=True, days=False, people=False), ("unit_key",))
    assert says in str(refused.value)


def test_the_groups_of_a_mart_are_as_written() -> None:
    written = yaml.safe_load(
        "[{class: sensitive, measures: [days], people: people, parts: reason, sums: [[days, people]], same_as: {days: other.days_lost},"
        " totals: {level: {all: [some, others]}}}, {class: staffing, measures: [people]}]"
    )
    group, people = groups_of(_node(written, level=False, reason=False, days=False, people=False), ("level", "reason"))
    assert group == MeasureGroup(
        "absence", ("level", "reason"), "sensitive", ("days",), people="people", parts="reason", sums=(("days", "people"),),
        totals=(("level", "all", ("some", "others")),), same_as=(("days", "other", "days_lost"),),
    )  # fmt: skip
    assert people.columns == ("people",)


def test_a_mart_added_without_a_class_stops_the_build(golden_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_class(place: object) -> None:
        manifest = json.loads((golden_home / "build" / "dbt" / "manifest.json").read_bytes())
        (node,) = (node for node in manifest["nodes"].values() if node["name"] == "agency_position" and node["resource_type"] == "model")
        del node["config"]["meta"]["disclosure"]
        (golden_home / "without.json").write_text(json.dumps(manifest))
        described_classes(golden_home / "without.json")

    monkeypatch.setattr(building, "classes", without_class)
    with pytest.raises(BuildFailed, match="agency_position: no class says who may see its columns: workers, fte"):
        build(with_tests=False)
