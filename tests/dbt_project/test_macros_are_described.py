"""Each macro of the project has a description, and each of its arguments a type and a description.

dbt itself checks that the described arguments are those of the macro (validate_macro_args), and `make lint` runs this check.
"""

from __future__ import annotations

import re

import pytest
import yaml

from warehouse.models import PROJECT

SIGNATURE = re.compile(r"\{%-? macro (\w+)\(([^)]*)\)")
WRITTEN = {
    name: [argument.split("=")[0].strip() for argument in arguments.split(",") if argument.strip()]
    for file in (PROJECT / "macros").rglob("*.sql")
    for name, arguments in SIGNATURE.findall(file.read_text())
    if "__" not in name  # a form for one engine is described by the macro that calls it
}
DESCRIBED = {macro["name"]: macro for file in (PROJECT / "macros").rglob("*.yml") for macro in yaml.safe_load(file.read_text())["macros"]}


@pytest.mark.parametrize("name", sorted(WRITTEN | DESCRIBED))
def test_a_macro_has_a_description_for_itself_and_for_each_argument(name: str) -> None:
    assert len(DESCRIBED[name]["description"]) > 10
    described = DESCRIBED[name].get("arguments", [])
    assert [argument["name"] for argument in described] == WRITTEN[name]
    assert all(argument["description"] and argument["type"] for argument in described)
