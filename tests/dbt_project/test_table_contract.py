"""The statement that makes a table checks it against the contract and the grain in its YAML."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
import yaml

from warehouse.models import PROJECT

CONTRACT = [
    {"name": "unit", "data_type": "varchar", "constraints": [{"type": "not_null"}]},
    {"name": "fte", "data_type": "decimal(18, 4)"},
]
MODELS = {
    "as_written": "select 'a' as unit, cast(null as decimal(18, 4)) as fte",
    "another_type": "select 'a' as unit, 1.5 as fte",
    "another_order": "select cast(1 as decimal(18, 4)) as fte, 'a' as unit",
    "one_column_more": "select 'a' as unit, cast(1 as decimal(18, 4)) as fte, 2 as heads",
    "a_value_missing": "select cast(null as varchar) as unit, cast(1 as decimal(18, 4)) as fte",
    "a_row_twice": "select 'a' as unit, cast(unnest([1, 2]) as decimal(18, 4)) as fte",
    "an_unknown_key": "select 'b' as unit, cast(1 as decimal(18, 4)) as fte",
    "a_known_key": "select 'a' as unit, cast(1 as decimal(18, 4)) as fte",
}
# These two name the first table as the dimension of their unit.
WITH_A_DIMENSION = ("an_unknown_key", "a_known_key")
FOREIGN_KEY = {"type": "foreign_key", "to": "ref('as_written')", "to_columns": ["unit"]}
GRAIN = [{"one_row_a": {"arguments": {"columns": ["unit"]}}}]


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The result of dbt for each model, in a project of only these models with our macros."""
    project = tmp_path_factory.mktemp("project")
    settings = {
        "name": "held",
        "version": "1.0.0",
        "profile": "held",
        "models": {"held": {"+materialized": "table", "+contract": {"enforced": True}}},
    }
    output = {"type": "duckdb", "path": str(project / "held.duckdb")}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    (project / "profiles.yml").write_text(yaml.safe_dump({"held": {"target": "build", "outputs": {"build": output}}}))
    (project / "macros").mkdir()
    shutil.copy(PROJECT / "macros" / "engine" / "table.sql", project / "macros")
    shutil.copytree(PROJECT / "tests" / "generic", project / "tests" / "generic")
    (project / "models").mkdir()
    for name, sql in MODELS.items():
        (project / "models" / f"{name}.sql").write_text(sql)
    joined = [CONTRACT[0] | {"constraints": [{"type": "not_null"}, FOREIGN_KEY]}, CONTRACT[1]]
    columns = {name: joined if name in WITH_A_DIMENSION else CONTRACT for name in MODELS}
    described = {"models": [{"name": name, "columns": columns[name], "data_tests": GRAIN} for name in MODELS]}
    (project / "models" / "models.yml").write_text(yaml.safe_dump(described))
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "run", "--project-dir", str(project), "--profiles-dir", str(project)]
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"}
    subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {
        result["unique_id"].split(".")[-1]: result["status"] if result["status"] == "success" else result["message"] for result in results
    }


def test_a_table_with_the_columns_and_the_grain_that_are_written_is_made(messages: dict[str, str]) -> None:
    assert messages["as_written"] == "success"
    assert messages["a_known_key"] == "success"


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("another_type", "Only in the contract: fte DECIMAL(18,4). Only in the model: fte DECIMAL(2,1)"),
        ("another_order", "not those of its contract, in its order"),
        ("one_column_more", "Only in the contract: . Only in the model: heads INTEGER"),
        ("a_value_missing", "a value is missing in one of unit"),
        ("a_row_twice", "a_row_twice: more than one row has the same unit"),
        ("an_unknown_key", "an_unknown_key: unit has a value that"),
    ],
)
def test_a_table_that_breaks_its_contract_or_grain_stops_the_build(messages: dict[str, str], model: str, told: str) -> None:
    assert told in messages[model]
