"""The unit tests of the models, written beside them in YAML, run on empty inputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from warehouse.build import build
from warehouse.models import PROJECT


def test_every_counting_rule_holds_at_its_edges(golden_home: Path) -> None:
    made = build(with_tests=False)
    target = golden_home / "target"
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "test", "--select", "test_type:unit"]
    command += [
        "--target",
        "build",
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
        "--target-path",
        str(target),
        "--log-path",
        str(target),
    ]
    run = subprocess.run(
        command, env={**os.environ, "WORKFORCE_BUILD_DATABASE": str(made.database)}, capture_output=True, text=True, check=False
    )
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    assert run.returncode == 0, run.stdout
    assert {result["status"] for result in results} == {"pass"}
    assert len(results) == _written_unit_tests()


def _written_unit_tests() -> int:
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (PROJECT / "models").rglob("*.yml")]
    return sum(len(file.get("unit_tests", [])) for file in files)
