"""Every model gives its grain, its meaning, its owner and whether its rows are of people. Only marts are public."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from warehouse.docs import write_docs
from warehouse.models import PROJECT

REPOSITORY = PROJECT.parent
PRIVACY = ("personal", "counts", "open")
# A pseudonym, and the columns that identify a person or a post in the council's own systems. Keys of dimensions identify nobody.
TELLS_A_PERSON = re.compile(r"(?<!^unit)(?<!^indicator)(?<!^course)_key$|^(person|post|assignment|agency_worker|booking)_id$")
# Hosts that the page's own libraries name in their comments and messages, and that dbt names in the overview that ours replaces. Nothing is
# loaded from them.
NAMED_ONLY = {
    "www.w3.org", "github.com", "docs.angularjs.org", "errors.angularjs.org", "npms.io", "aviaryan.in", "jqueryui.com",
    "schemas.getdbt.com", "fuzzed.getdbt.com", "docs.getdbt.com", "www.getdbt.com", "[::1]",
}  # fmt: skip

Nodes = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def manifest(built_once: Path) -> dict[str, Nodes]:
    found: dict[str, Nodes] = json.loads((built_once / "build" / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def models(manifest: dict[str, Nodes]) -> Nodes:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def test_every_model_has_one_file_of_yaml_of_its_own() -> None:
    for model in sorted((PROJECT / "models").rglob("*.sql")):
        described = yaml.safe_load(model.with_suffix(".yml").read_text(encoding="utf-8"))
        assert [model["name"] for model in described["models"]] == [model.stem]


def test_every_model_says_what_a_row_is_and_who_looks_after_it(models: Nodes) -> None:
    for name, model in models.items():
        assert model["description"], name
        assert model["group"] == "workforce", name
        assert model["config"]["meta"]["privacy"] in PRIVACY, name


def test_every_model_tests_its_grain_or_says_why_there_is_no_key(manifest: dict[str, Nodes], models: Nodes) -> None:
    tested = {node["attached_node"] for node in manifest["nodes"].values() if node.get("test_metadata", {}).get("name") == "one_row_a"}
    for name, model in models.items():
        assert (model["unique_id"] in tested) != bool(model["config"]["meta"].get("no_key")), name


def test_only_marts_are_public_and_what_others_read_is_a_contract(models: Nodes) -> None:
    for name, model in models.items():
        assert (model["access"] == "public") == (model["schema"] == "marts"), name
        assert model["contract"]["enforced"] == (model["access"] != "private"), name
    returned = {name for name, model in models.items() if model["access"] == "protected"}
    assert {models[name]["schema"] for name in returned} == {"restricted"}
    assert {"assignment_month", "leaver", "census_fte"} <= returned
    without = [
        (name, column) for name, model in models.items() for column, described in model["columns"].items() if not described["description"]
    ]
    assert without == []


def test_a_model_with_a_person_or_post_in_a_row_is_personal_and_no_mart_is(built_once: Path, models: Nodes) -> None:
    with duckdb.connect(str(built_once / "build" / "workforce.duckdb"), read_only=True) as built:
        columns = built.execute(
            "select table_name, list(column_name) from duckdb_columns() "
            "where schema_name in ('staging', 'deliveries', 'restricted', 'counts', 'indicators', 'marts') group by 1"
        ).fetchall()
    telling = {table for table, names in columns if any(TELLS_A_PERSON.search(name) for name in names)}
    assert telling
    assert {table for table in telling if models[table]["config"]["meta"]["privacy"] != "personal"} == set()
    assert {table for table in telling if models[table]["schema"] == "marts"} == set()


def test_every_metric_that_is_an_indicator_says_all_of_its_definition(manifest: dict[str, Nodes]) -> None:
    indicators = {name: metric for name, metric in manifest["metrics"].items() if metric["config"]["meta"]}
    assert len(indicators) > 10
    for name, metric in indicators.items():
        meta = metric["config"]["meta"]
        inputs = {input_metric["alias"] or input_metric["name"] for input_metric in metric["type_params"]["metrics"]}
        assert {"numerator", "denominator", "unit_months"} <= inputs, name
        words = {key: meta[key] for key in ("numerator", "denominator", "population", "period", "owner", "document", "people")}
        assert all(words.values()), name
        assert meta["better"] in ("lower", "higher", "none"), name
        assert meta["unit"] in ("per_cent", "cases", "score"), name
        assert meta["disclosure_class"] in ("posts", "staffing", "sensitive"), name
        # A figure about health or opinion always tells something of the people behind it.
        assert meta["tells_of_people"] in ((True,) if meta["disclosure_class"] == "sensitive" else (True, False)), name
        assert meta["decimals"] in (0, 1), name
        assert all(months >= 1 for months in meta["needs"].values()), name
        assert metric["name"] == meta["indicator"] + ("" if meta["definition"] == "dfe" else f"_{meta['definition']}"), name


# Models that are read only for the month and the councils' names.
EVERY_PAGE_READS = {"indicator_value", "organisation"}


@pytest.mark.parametrize(("exposed", "module"), [("scorecard", "published_marts"), ("quality_pages", "published_quality")])
def test_pages_are_exposed_with_the_marts_that_they_read(manifest: dict[str, Nodes], exposed: str, module: str) -> None:
    (exposure,) = [exposure for exposure in manifest["exposures"].values() if exposure["name"] == exposed]
    code = (REPOSITORY / "reporting" / f"{module}.py").read_text(encoding="utf-8")
    read = EVERY_PAGE_READS | set(re.findall(r"(?:from|join) marts\.(\w+)", code))
    assert {node.rpartition(".")[2] for node in exposure["depends_on"]["nodes"]} == read


def test_what_is_exposed_without_being_written_says_so(manifest: dict[str, Nodes]) -> None:
    written = {"scorecard", "quality_pages"}
    assert {exposure["name"] for exposure in manifest["exposures"].values()} == written | {"workbook", "returns"}
    for exposure in manifest["exposures"].values():
        assert (
            exposure["description"].startswith("Not written yet.") == (exposure["name"] not in written) == (exposure["maturity"] == "low")
        )
    for name in ("workbook", "returns"):
        assert not list((REPOSITORY / "reporting").glob(f"{name}*")), f"{name} is written: say so, and what it reads, in exposures.yml"


def test_the_documentation_is_one_page_without_rows_outside_links_or_paths_of_this_machine(built_home: Path, tmp_path: Path) -> None:
    page = write_docs(tmp_path / "docs").read_text(encoding="utf-8")
    assert "They contain no data" in page
    assert "staff in post at the month end" in page
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//", page)
    assert set(re.findall(r"https?://([^/\"'\\ )<>]+)", page)) <= NAMED_ONLY
    assert '"send_anonymous_usage_stats": false' in page
    for place in (built_home, REPOSITORY, tmp_path, Path.home()):
        assert str(place) not in page
    values = _personal_values(built_home)
    assert len(values) > 100
    assert {value for value in values if value in page} == set()


def _personal_values(home: Path) -> set[str]:
    """Every pseudonym of the build, and every identifier of the extracts behind them."""
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
        keys = built.execute(
            "select person_key from restricted.assignment_month union select agency_worker_key from restricted.agency_month"
        )
        values = {str(key) for (key,) in keys.fetchall() if key}
    known = str(home / "identity" / "hr_assignments" / "**" / "*.parquet")
    identifiers = duckdb.execute("select distinct unnest([person_id, assignment_id]) from read_parquet(?)", [known]).fetchall()
    return values | {str(identifier) for (identifier,) in identifiers if identifier}
