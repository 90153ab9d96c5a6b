"""Who reads the tables in PostgreSQL: `readers.yaml` in the configuration folder. What it does not name, nobody may read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from foundation.configuration import configuration_folder
from foundation.configuration_yaml import control_character, read_yaml
from foundation.errors import ConfigurationError
from warehouse.serving.served_tables import ServedTable

READERS = "readers.yaml"
ALL = "all"
DEFAULT_KEEP = 3
_KEYS = ("prefix", "keep_publications", "kinds", "groups")
_KIND_KEYS = ("audience", "tables", "without", "earlier_publications")
_GROUP_KEYS = ("kind", "councils", "partnership")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
# A schema of PostgreSQL's own, or of ours.
_TAKEN = re.compile(r"pg_.*|public|information_schema|workforce_serving")


@dataclass(frozen=True)
class Kind:
    """What a kind of reader reads: tables (None: all), columns left out by table, and whether earlier publications too. Each kind has a schema of views."""

    name: str
    audience: str
    tables: tuple[str, ...] | None
    without: Mapping[str, tuple[str, ...]]
    reads_earlier: bool

    @property
    def schema(self) -> str:
        """The schema of the views that this kind reads."""
        return f"workforce_{self.name}"

    def columns(self, table: ServedTable) -> list[str]:
        """The columns of a table that this kind reads; none if it does not read the table."""
        if self.tables is not None and table.name not in self.tables:
            return []
        return [name for name in table.names if name not in self.without.get(table.name, ())]


@dataclass(frozen=True)
class Group:
    """A role of PostgreSQL that logins are members of: its kind, and its councils. `councils` None: all of them, or those of `partnership`."""

    role: str
    kind: Kind
    councils: tuple[str, ...] | None
    partnership: str | None


@dataclass(frozen=True)
class Readers:
    """All groups, what their names begin with, and how many publications the server keeps."""

    prefix: str
    keep: int
    kinds: tuple[Kind, ...]
    groups: tuple[Group, ...]

    def of_audience(self, audience: str) -> list[Kind]:
        return [kind for kind in self.kinds if kind.audience == audience]

    def group(self, name: str) -> Group:
        """The group of this name, with or without the prefix. Raises ConfigurationError."""
        found = [group for group in self.groups if group.role in (name, f"{self.prefix}{name}")]
        if not found:
            known = ", ".join(group.role for group in self.groups)
            raise ConfigurationError(f"{configuration_folder() / READERS} has no group {name!r}. It has: {known}")
        return found[0]


def read_readers(folder: Path | None = None) -> Readers:
    """The readers of the configuration. Raises ConfigurationError, with the file and the key."""
    path = (folder or configuration_folder()) / READERS
    try:
        written = read_yaml(path)
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is not there. It says who may read what: docs/postgresql.md has one to copy") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
        raise ConfigurationError(f"{path} cannot be read: {' '.join(str(wrong).split())}") from None
    written = _mapping(path, "the file", written, _KEYS)
    if key := control_character(written):
        raise ConfigurationError(f"{path}: {key} has a character that cannot be seen. Type it again")
    prefix, keep = written.get("prefix", "workforce_"), written.get("keep_publications", DEFAULT_KEEP)
    if not isinstance(prefix, str) or not _NAME.fullmatch(prefix) or prefix.startswith("pg_"):
        raise ConfigurationError(
            f"{path}: prefix is what every role's name begins with, such as workforce_: lower case letters, digits and _"
        )
    if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
        raise ConfigurationError(f"{path}: keep_publications is how many publications the server keeps: a whole number from 1")
    kinds = {
        name: _kind(path, _name(path, "kinds", name), said) for name, said in _mapping(path, "kinds", written.get("kinds"), None).items()
    }
    groups = [
        _group(path, prefix, _name(path, "groups", name), said, kinds)
        for name, said in _mapping(path, "groups", written.get("groups"), None).items()
    ]
    return Readers(prefix, keep, tuple(kinds.values()), tuple(groups))


def refuse_unknown_names(readers: Readers, tables: Sequence[ServedTable], audience: str) -> None:
    """Raise ConfigurationError if a kind names a table or column that the publication does not have: a misspelt name would leave nothing out."""
    path, columns = configuration_folder() / READERS, {table.name: table.names for table in tables}
    for kind in readers.of_audience(audience):
        for table in [*(kind.tables or ()), *kind.without]:
            if table not in columns:
                raise ConfigurationError(f"{path}: kinds.{kind.name} names the table {table}, which the publication does not have")
        for table, left_out in kind.without.items():
            if unknown := [name for name in left_out if name not in columns[table]]:
                raise ConfigurationError(
                    f"{path}: kinds.{kind.name}.without names {table}.{unknown[0]}, which the publication does not have"
                )


def _kind(path: Path, name: str, said: object) -> Kind:
    where = f"kinds.{name}"
    kind = _mapping(path, where, said if said is not None else {}, _KIND_KEYS)
    tables, earlier, audience = kind.get("tables", ALL), kind.get("earlier_publications", False), kind.get("audience", "inside")
    if not isinstance(audience, str) or not _NAME.fullmatch(audience):
        raise ConfigurationError(f"{path}: {where}.audience is a folder of a publication, such as inside")
    if not isinstance(earlier, bool):
        raise ConfigurationError(f"{path}: {where}.earlier_publications is true or false")
    if tables != ALL and not _is_texts(tables):
        raise ConfigurationError(f"{path}: {where}.tables is {ALL}, or a list of tables")
    without = _mapping(path, f"{where}.without", kind.get("without", {}), None)
    for table, columns in without.items():
        if not _is_texts(columns):
            raise ConfigurationError(f"{path}: {where}.without.{table} is a list of columns")
    return Kind(
        name, audience, None if tables == ALL else tuple(tables), {table: tuple(columns) for table, columns in without.items()}, earlier
    )


def _group(path: Path, prefix: str, name: str, said: object, kinds: Mapping[str, Kind]) -> Group:
    where = f"groups.{name}"
    group = _mapping(path, where, said, _GROUP_KEYS)
    councils, partnership = group.get("councils"), group.get("partnership")
    if group.get("kind") not in kinds:
        raise ConfigurationError(f"{path}: {where}.kind is one of kinds: {', '.join(kinds)}")
    if (councils is None) == (partnership is None):
        raise ConfigurationError(f"{path}: {where} has either councils (a list of ids, or {ALL}) or a partnership (its id)")
    if councils is not None and councils != ALL and not _is_texts(councils):
        raise ConfigurationError(f"{path}: {where}.councils is a list of ids of councils, or {ALL}")
    if partnership is not None and not isinstance(partnership, str):
        raise ConfigurationError(f"{path}: {where}.partnership is the partnership_id of a partnership")
    named = None if councils is None or councils == ALL else tuple(councils)
    return Group(f"{prefix}{name}", kinds[group["kind"]], named, partnership)


def _name(path: Path, where: str, name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise ConfigurationError(f"{path}: a name under {where} begins with a letter and has up to 41 lower case letters, digits and _")
    if where == "kinds" and _TAKEN.fullmatch(f"workforce_{name}"):
        raise ConfigurationError(f"{path}: the kind {name} cannot have this name, because the schema workforce_{name} is the server's own")
    return name


def _mapping(path: Path, where: str, said: object, known: Collection[str] | None) -> dict[Any, Any]:
    if not isinstance(said, dict):
        raise ConfigurationError(f"{path}: {where} is a list of names with their settings below. docs/postgresql.md has an example")
    if known is not None and (unknown := sorted(str(key) for key in said if key not in known)):
        raise ConfigurationError(f"{path}: {where} has the key {unknown[0]}, which is not known. Known: {', '.join(known)}")
    return said


def _is_texts(written: object) -> bool:
    return isinstance(written, list) and bool(written) and all(isinstance(text, str) for text in written)
