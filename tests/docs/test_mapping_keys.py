"""docs/mapping_keys.md has every key that a mapping accepts and no other. Its examples, defaults and errors are what the code does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts import contract
from foundation.configuration import ConfigurationError
from ingestion.mapping import Mapping, read_mapping

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "mapping_keys.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^- (Type|Default|Example|Error): (.+)$", re.MULTILINE)
# An example, or a default that is one. An error is followed by its message.
YAML = re.compile(r"`([^`]*: [^`]*)`")
ERROR = re.compile(r"`([^`]+)` gives `` (.+) ``")
UNKNOWN = "a_key_that_nobody_knows"
KNOWN = re.compile(rf"`(?P<place>[^`]*){UNKNOWN}` is not known here; known are (?P<keys>.*)")


@dataclass(frozen=True)
class Section:
    """The page's text about one key. `base` is the mapping to which its examples are added."""

    key: str
    base: str
    lines: dict[str, str]

    @property
    def parent(self) -> str:
        return self.key.rpartition(".")[0]


def sections() -> Iterator[Section]:
    """Every key of the page. The first mapping on it is the base, unless a chapter shows one of its own."""
    usual = FENCE.findall(PAGE)[0]
    for chapter in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        base = (FENCE.findall(chapter) or [usual])[0]
        for key, text in SECTION.findall(chapter):
            yield Section(key, base, dict(LINE.findall(text)))


SECTIONS = list(sections())
KEYS = {described.key for described in SECTIONS}
section = pytest.mark.parametrize("section", SECTIONS, ids=[described.key for described in SECTIONS])


def written(text: str) -> dict[str, Any]:
    """A part of a mapping. Every value is text, as the code reads it."""
    found: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    return found


def added(base: Any, part: Any) -> Any:
    """A mapping with a part added. Tables are merged, and everything else is replaced."""
    if not isinstance(base, dict) or not isinstance(part, dict):
        return part
    return base | {key: added(base.get(key), value) for key, value in part.items()}


def read(folder: Path, mapping: dict[str, Any], source: str) -> Mapping:
    path = folder / "mapping.yaml"
    path.write_text(yaml.safe_dump(mapping), encoding="utf-8")
    return read_mapping(path, contract(source))


def refused(folder: Path, mapping: dict[str, Any], source: str) -> list[str]:
    """The messages about a wrong mapping: one per key, without the file."""
    with pytest.raises(ConfigurationError) as error:
        read(folder, mapping, source)
    return [line.removeprefix(f"{folder / 'mapping.yaml'}: ") for line in str(error.value).splitlines()]


@section
def test_each_key_has_its_type_default_example_and_error(section: Section) -> None:
    assert list(section.lines) == ["Type", "Default", "Example", "Error"]


@section
def test_the_example_is_read_and_says_something(tmp_path: Path, section: Section) -> None:
    base = written(section.base)
    (example,) = YAML.findall(section.lines["Example"])
    of_example = read(tmp_path, added(base, written(example)), base["source"])
    as_it_is_anyway = example in section.lines["Default"] or section.key == "source"
    assert (of_example == read(tmp_path, base, base["source"])) is as_it_is_anyway


@section
def test_the_default_is_what_holds_without_the_key(tmp_path: Path, section: Section) -> None:
    base = written(section.base)
    for default in YAML.findall(section.lines["Default"]):
        assert read(tmp_path, added(base, written(default)), base["source"]) == read(tmp_path, base, base["source"])


@section
def test_the_error_is_said_in_these_words(tmp_path: Path, section: Section) -> None:
    base = written(section.base)
    found = ERROR.fullmatch(section.lines["Error"])
    assert found, section.lines["Error"]
    messages = refused(tmp_path, added(base, written(found[1])), base["source"])
    said, cut, _ = found[2].partition("...") if found[2].endswith(", ...") else (found[2], "", "")
    assert any(message.startswith(said) if cut else message == said for message in messages), messages


def path_of(key: str, example: Any) -> list[str]:
    """The place of a key in its example. `<column>` is the one column that the example has."""
    path: list[str] = []
    for name in key.split(".") if key else []:
        path.append(next(iter(example)) if name == "<column>" else name)
        example = example[path[-1]]
    return path


def test_no_key_is_accepted_that_the_page_lacks_and_none_is_told_that_is_refused(tmp_path: Path) -> None:
    """An unknown key is put beside each key of the page. The message then lists the keys that are known there."""
    known: dict[str, set[str]] = {}
    for described in SECTIONS:
        if described.key.endswith("<column>"):
            continue
        base, (example,) = written(described.base), YAML.findall(described.lines["Example"])
        mapping = added(base, written(example))
        table = mapping
        for name in path_of(described.parent, written(example)):
            table = table[name]
        table[UNKNOWN] = "x"
        listed = KNOWN.fullmatch(refused(tmp_path, mapping, base["source"])[0])
        assert listed, described.key
        known.setdefault(described.parent, set()).update(listed["keys"].split(", "))
    told = {parent: {key.rpartition(".")[2] for key in KEYS if key.rpartition(".")[0] == parent} for parent in known}
    assert told == known


def test_every_key_that_the_code_checks_is_on_the_page() -> None:
    """Each list of keys that the code gives to `known_keys`, so that keys in a new place are not forgotten."""
    modules = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((REPOSITORY / "ingestion").rglob("*.py"))]
    nodes = [node for module in modules for node in ast.walk(module)]
    lists = {
        target.id: node.value for node in nodes if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)
    }
    calls = [
        node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "known_keys"
    ]
    # The list of the keys at the top comes as a parameter.
    given = [call.args[2] for call in calls]
    lists["keys"] = lists["KEYS"]
    tables = [lists[keys.id] if isinstance(keys, ast.Name) else keys for keys in given]
    names = {node.value for table in tables for node in ast.walk(table) if isinstance(node, ast.Constant)}
    assert len(calls) > 8
    assert names == {key.rpartition(".")[2] for key in KEYS} - {"<column>"}
