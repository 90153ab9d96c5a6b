"""What a source promises: its columns, types, codes, keys, privacy and rules, read from `contracts/<source>.odcs.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from open_data_contract_standard.model import DataQuality, OpenDataContractStandard, SchemaProperty
from pydantic import ValidationError

CONTRACTS = Path(__file__).resolve().parent / "contracts"
ENDING = ".odcs.yaml"
LOGICAL_TYPES = ("string", "date", "boolean", "integer", "number")
PHYSICAL_TYPE = re.compile(r"varchar|date|boolean|integer|decimal\(\d{1,2},\d{1,2}\)")
PRIVACY = ("open", "pseudonymise", "generalise", "identity", "drop")
SEVERITIES = ("reject", "leave_out")
HISTORY_COLUMN = "effective_from"

# What every raw row carries besides its contract's columns. The folder names give organisation and period.
DELIVERY_COLUMNS = (("delivery_id", "varchar"), ("source_file", "varchar"), ("source_sheet", "varchar"), ("source_row", "integer"))


class ContractError(Exception):
    """A contract cannot be used. The message names the file and the key."""


@dataclass(frozen=True)
class Rule:
    """What must hold for a row. `sql` is an expression over the contract's columns (empty result: passes), or None for a list of codes."""

    name: str
    column: str | None
    severity: str
    says: str
    fix: str
    sql: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of a contract. `codes` is empty when any text may stand in it."""

    name: str
    logical_type: str
    physical_type: str
    required: bool
    key: bool
    privacy: str
    raw_name: str
    identifier: str | None
    codes: tuple[str, ...]
    codes_rule: Rule | None
    description: str

    @property
    def left_out_unless_listed(self) -> bool:
        """Whether a row with a value that is not listed is left out by rule, and nothing of it kept."""
        return self.codes_rule is not None and self.codes_rule.severity == "leave_out"


@dataclass(frozen=True)
class Contract:
    """A source's contract, its columns in order. Rows that are not linkable must not show which of them came together."""

    source: str
    version: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    linkable: bool

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return {one.name: one for one in self.columns}[name]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.columns)

    def key(self, delivers: str) -> tuple[str, ...]:
        """The columns that tell one row of a delivery from another; a history has a row an effective date as well. May be empty."""
        key = tuple(one.name for one in self.columns if one.key)
        if key and delivers == "history" and HISTORY_COLUMN in self.column_names:
            return (*key, HISTORY_COLUMN)
        return key

    @property
    def has_pseudonyms(self) -> bool:
        return any(one.privacy == "pseudonymise" for one in self.columns)

    @property
    def has_identities(self) -> bool:
        """Whether the statutory return needs something of this source that raw does not hold."""
        return any(one.privacy in ("identity", "generalise") for one in self.columns)


def sources() -> tuple[str, ...]:
    """The sources that have a contract, in alphabetical order."""
    return tuple(sorted(path.name.removesuffix(ENDING) for path in CONTRACTS.glob(f"*{ENDING}")))


@lru_cache
def contract(source: str) -> Contract:
    """The contract of a source. Raises ContractError naming the file and the key."""
    return read_contract(CONTRACTS / f"{source}{ENDING}")


def read_contract(path: Path) -> Contract:
    """The contract written in a file (Open Data Contract Standard 3.1). Raises ContractError naming the file and the key."""
    try:
        written = OpenDataContractStandard.from_file(str(path))
    except FileNotFoundError:
        raise ContractError(f"{path}: there is no such contract. Contracts exist for: {', '.join(sources())}") from None
    except (ValidationError, yaml.YAMLError) as error:
        raise ContractError(f"{path}: not a data contract: {error}") from None
    if not written.schema_ or len(written.schema_) != 1 or not written.schema_[0].properties:
        raise ContractError(f"{path}: `schema` must hold one table with properties")
    table = written.schema_[0]
    properties = table.properties or []
    columns = tuple(_column(path, one) for one in properties)
    rules = [_sql_rule(path, None, one) for one in table.quality or []]
    for one in properties:
        rules += [_sql_rule(path, one.name, quality) for quality in one.quality or [] if quality.type == "custom"]
    linkable = _custom(table.customProperties).get("rows", "linkable") != "not_linkable"
    return Contract(str(written.id), str(written.version), columns, tuple(rules), linkable)


def raw_columns(contract: Contract) -> list[tuple[str, str]]:
    """Names and SQL types of a source's raw table in order; organisation_id and period come from the folder names."""
    columns = [(one.raw_name, raw_type(one)) for one in contract.columns if one.privacy in ("open", "pseudonymise", "generalise")]
    return columns + list(DELIVERY_COLUMNS)


def raw_type(column: Column) -> str:
    """The SQL type of a column in raw: a pseudonym and an age band are text, whatever they were made from."""
    return column.physical_type if column.privacy == "open" else "varchar"


def _column(path: Path, written: SchemaProperty) -> Column:
    where = f"{path}: {written.name}"
    extra = _custom(written.customProperties)
    privacy = extra.get("privacy", "")
    if privacy not in PRIVACY:
        raise ContractError(f"{where}: privacy must be one of {', '.join(PRIVACY)}")
    if written.logicalType not in LOGICAL_TYPES:
        raise ContractError(f"{where}: logicalType must be one of {', '.join(LOGICAL_TYPES)}")
    if not PHYSICAL_TYPE.fullmatch(written.physicalType or ""):
        raise ContractError(f"{where}: physicalType must be varchar, date, boolean, integer or decimal(p,s)")
    if privacy == "pseudonymise" and not ("identifier" in extra and "raw_name" in extra):
        raise ContractError(f"{where}: a pseudonymised column needs `identifier` and `raw_name`")
    if privacy == "generalise" and not (written.logicalType == "date" and "raw_name" in extra):
        raise ContractError(f"{where}: a generalised column must be a date (of birth) and needs `raw_name`")
    lists = [one for one in written.quality or [] if one.type == "library"]
    if any(one.metric != "invalidValues" or not (one.arguments or {}).get("validValues") for one in lists) or len(lists) > 1:
        raise ContractError(f"{where}: the only library rule known is one `invalidValues` with `arguments.validValues`")
    codes = tuple(str(value) for one in lists for value in (one.arguments or {})["validValues"])
    return Column(
        name=str(written.name),
        logical_type=str(written.logicalType),
        physical_type=str(written.physicalType),
        required=bool(written.required),
        key=bool(written.primaryKey),
        privacy=privacy,
        raw_name=extra.get("raw_name", str(written.name)),
        identifier=extra.get("identifier"),
        codes=codes,
        codes_rule=_rule(path, written.name, lists[0]) if lists else None,
        description=written.description or "",
    )


def _sql_rule(path: Path, column: str | None, written: DataQuality) -> Rule:
    if written.type != "custom" or written.engine != "sql" or not isinstance(written.implementation, str):
        raise ContractError(f"{path}: {column or 'schema'}: rule {written.name}: a custom rule needs `engine: sql` and `implementation`")
    return _rule(path, column, written, written.implementation)


def _rule(path: Path, column: str | None, written: DataQuality, sql: str | None = None) -> Rule:
    if not written.name or not written.description or written.severity not in SEVERITIES:
        raise ContractError(f"{path}: {column or 'schema'}: a rule needs name, description and severity ({' or '.join(SEVERITIES)})")
    if sql is not None and written.severity == "leave_out":
        raise ContractError(f"{path}: {column or 'schema'}: rule {written.name}: only a list of codes can leave rows out")
    fix = _custom(written.customProperties).get("fix", "")
    return Rule(written.name, column, written.severity, written.description, fix, sql)


def _custom(properties: list[Any] | None) -> dict[str, str]:
    return {str(one.property): str(one.value) for one in properties or []}
