"""A new version of a contract, written as a difference to the version before: `contracts/sources/<source>.from-<YYYY-MM>.yaml`."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from contracts.code_lists import ContractError
from contracts.contract_reading import load_yaml

KEYS = ("source", "version", "from_month", "why", "remove", "remove_rules", "add", "change", "unverified")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Change:
    """What a new version of a contract changes, and from which period (YYYY-MM) on.

    `add` has complete columns as the standard writes them, each with `after`, the column that it follows. `change` has the keys of a
    column that get another value, with its `customProperties` one by one. `remove_rules` names rules that apply to the whole row.
    """

    path: Path
    source: str
    version: str
    from_month: str
    why: str
    remove: tuple[str, ...]
    remove_rules: tuple[str, ...]
    add: tuple[dict[str, Any], ...]
    change: tuple[dict[str, Any], ...]
    unverified: tuple[str, ...]

    @property
    def last_month_before(self) -> str:
        """The last period of the version before."""
        year, month = map(int, self.from_month.split("-"))
        return f"{year - 1}-12" if month == 1 else f"{year}-{month - 1:02d}"


def changes(folder: Path, source: str) -> list[Change]:
    """The changes to a source's contract, the earliest first. Raises ContractError naming the file and the key."""
    found = [_read(path, source) for path in sorted(folder.glob(f"{source}.from-*.yaml"))]
    for before, after in pairwise(found):
        if _number(after.version) <= _number(before.version):
            raise ContractError(f"{after.path}: version {after.version} must be above {before.version}, the version before it")
    return found


def with_change(document: dict[str, Any], change: Change) -> dict[str, Any]:
    """The document of the version before with the change made. Raises ContractError for a column or rule that does not fit."""
    changed = copy.deepcopy(document)
    if _number(change.version) <= _number(str(document["version"])):
        raise ContractError(f"{change.path}: version {change.version} must be above {document['version']}, the version before it")
    changed["version"] = change.version
    table = changed["schema"][0]
    columns: list[dict[str, Any]] = table["properties"]
    for name in change.remove:
        columns.remove(_named(change, "remove", columns, name))
    for name in change.remove_rules:
        table["quality"].remove(_named(change, "remove_rules", table.get("quality", []), name))
    for added in change.add:
        column = {key: value for key, value in added.items() if key != "after"}
        if any(other["name"] == column["name"] for other in columns):
            raise ContractError(f"{change.path}: add: the version before has a column {column['name']} already; put it under `change`")
        columns.insert(columns.index(_named(change, "add", columns, added["after"])) + 1, column)
    for changed_column in change.change:
        _change_column(_named(change, "change", columns, changed_column["name"]), changed_column)
    notes = [{"property": "unverified", "value": name} for name in change.unverified]
    if notes:
        changed["customProperties"] = [*changed.get("customProperties", []), *notes]
    return changed


def _change_column(column: dict[str, Any], change: dict[str, Any]) -> None:
    extra = {given_property["property"]: given_property for given_property in column.get("customProperties", [])}
    extra |= {given_property["property"]: given_property for given_property in change.get("customProperties", [])}
    column.update(change)
    column["customProperties"] = list(extra.values())


def _named(change: Change, key: str, among: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for column in among:
        if column["name"] == name:
            return column
    raise ContractError(f"{change.path}: {key}: the version before has no {name}")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _read(path: Path, source: str) -> Change:
    written = load_yaml(path)
    for key in written:
        if key not in KEYS:
            raise ContractError(f"{path}: `{key}` is not known here; known are {', '.join(KEYS)}")
    month = str(written.get("from_month", ""))
    if written.get("source") != source or path.name != f"{source}.from-{month}.yaml" or not MONTH.fullmatch(month):
        raise ContractError(f"{path}: `source` must be {source}, and `from_month` the month in the file's name, like 2024-10")
    if not VERSION.fullmatch(str(written.get("version", ""))) or not written.get("why"):
        raise ContractError(f"{path}: needs `version`, like 2.0.0, and `why`")
    add, change = _columns(path, written, "add", ("name", "after")), _columns(path, written, "change", ("name",))
    lists = {key: tuple(map(str, written.get(key) or ())) for key in ("remove", "remove_rules", "unverified")}
    return Change(path, source, str(written["version"]), month, str(written["why"]), add=add, change=change, **lists)


def _columns(path: Path, written: dict[str, Any], key: str, needed: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    columns = written.get(key) or []
    if not isinstance(columns, list) or not all(isinstance(column, dict) and set(needed) <= set(column) for column in columns):
        raise ContractError(f"{path}: `{key}` must be a list of columns, each with {' and '.join(needed)}")
    return tuple(columns)
