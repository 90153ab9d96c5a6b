"""Read a contract's file (Open Data Contract Standard 3.1). If it cannot be used, say which key is wrong and why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from open_data_contract_standard.model import CustomProperty, DataQuality, OpenDataContractStandard, SchemaProperty, Team
from pydantic import ValidationError

from contracts.census_items import census_items
from contracts.code_lists import ContractError, code_lists, in_words
from contracts.contract_model import About, Column, Contract, Rule, elements

LOGICAL_TYPES = ("string", "date", "boolean", "integer", "number")
PHYSICAL_TYPE = re.compile(r"varchar|date|boolean|integer|decimal\(\d{1,2},\d{1,2}\)")
PRIVACY = ("open", "pseudonymise", "generalise", "identity", "drop")
SEVERITIES = ("reject", "note", "leave_out")
# What a column says about a person that must never be open in raw.
CLASSIFICATIONS = ("special_category", "protected_characteristic", "pay")


def load_yaml(path: Path) -> dict[str, Any]:
    """The contents of a contract's file. Raises ContractError."""
    try:
        written = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise ContractError(f"{path}: there is no such contract") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: not a data contract: {error}") from None
    if not isinstance(written, dict):
        raise ContractError(f"{path}: not a data contract: it must contain keys and values")
    return written


def as_contract(path: Path, document: dict[str, Any]) -> Contract:
    """The contract in a document of the standard. Error messages name `path`. Raises ContractError."""
    try:
        written = OpenDataContractStandard(**document)
    except (ValidationError, TypeError) as error:
        raise ContractError(f"{path}: not a data contract: {error}") from None
    if not written.schema_ or len(written.schema_) != 1 or not written.schema_[0].properties:
        raise ContractError(f"{path}: `schema` must contain one table with properties")
    table = written.schema_[0]
    properties = table.properties or []
    columns = tuple(_column(path, written_column) for written_column in properties)
    rules = [_sql_rule(path, None, check) for check in table.quality or []]
    for written_column in properties:
        rules += [_sql_rule(path, written_column.name, quality) for quality in written_column.quality or [] if quality.type == "custom"]
    linkable = _custom(table.customProperties).get("rows", "linkable") != "not_linkable"
    about = _about(path, written, table.dataGranularityDescription or "")
    return Contract(str(written.id), str(written.version), columns, tuple(rules), linkable, about)


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
    read_when_rejected = extra.get("read_when_rejected") is not None
    if read_when_rejected and not (written.logicalType == "string" and privacy in ("open", "pseudonymise")):
        raise ContractError(f"{where}: only a number that is in raw, open or as a pseudonym, can be `read_when_rejected`")
    if written.classification is not None and written.classification not in CLASSIFICATIONS:
        raise ContractError(f"{where}: classification must be one of {', '.join(CLASSIFICATIONS)}")
    if written.classification and privacy == "open":
        raise ContractError(f"{where}: a column that is {written.classification} cannot be open; choose generalise, identity or drop")
    lists = [check for check in written.quality or [] if check.type == "library"]
    if any(check.metric != "invalidValues" or not (check.arguments or {}).get("validValues") for check in lists) or len(lists) > 1:
        raise ContractError(f"{where}: the only library rule known is one `invalidValues` with `arguments.validValues`")
    codes = tuple(str(value) for check in lists for value in (check.arguments or {})["validValues"])
    code_list = extra.get("code_list")
    groups = _groups(where, code_list, codes)
    for element in elements(extra.get("census")):
        if element not in census_items():
            raise ContractError(f"{where}: census {element} is not in census.yaml")
    if privacy == "generalise" and not ("raw_name" in extra and (written.logicalType == "date" or groups)):
        raise ContractError(
            f"{where}: a generalised column must be a date (of birth), or have a `code_list` whose codes have groups, and needs `raw_name`"
        )
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
        title=written.businessName or in_words(str(written.name)),
        code_list=code_list,
        groups=groups if privacy == "generalise" else (),
        census=extra.get("census"),
        classification=written.classification,
        weight=extra.get("weight"),
        weighs_at_most=_most(where, written, extra),
        read_when_rejected=read_when_rejected,
        number_of=extra.get("number_of", extra.get("identifier")),
    )


def _most(where: str, written: SchemaProperty, extra: dict[str, str]) -> float | None:
    """The most that a row can weigh by a column, or None if there is no limit. Raises ContractError."""
    if "weight" in extra and written.logicalType not in ("integer", "number"):
        raise ContractError(f"{where}: only a number can be a weight")
    if "weighs_at_most" not in extra:
        return None
    try:
        return float(extra["weighs_at_most"])
    except ValueError:
        raise ContractError(f"{where}: weighs_at_most must be a number") from None


def _groups(where: str, code_list: str | None, codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The group of each code, if its list has groups. Raises ContractError if the list or one of its codes is not in codes.yaml."""
    if code_list is None:
        return ()
    if code_list not in code_lists():
        raise ContractError(f"{where}: code_list {code_list} is not in codes.yaml; it has {', '.join(code_lists())}")
    known = {code.value: code for code in code_lists()[code_list].codes}
    for code in codes:
        if code not in known:
            raise ContractError(f"{where}: validValues has {code}, which is not in the list {code_list} of codes.yaml")
    return tuple((code, group) for code in codes if (group := known[code].group) is not None)


def _about(path: Path, written: OpenDataContractStandard, grain: str) -> About:
    told, team = written.description, written.team
    if told is None or not (written.name and told.purpose and told.usage and told.limitations and grain):
        raise ContractError(f"{path}: needs name, description (purpose, usage, limitations) and dataGranularityDescription")
    if not isinstance(team, Team) or not team.name:
        raise ContractError(f"{path}: needs `team.name`, the owner of the extract")
    extra = written.customProperties or []
    return About(
        name=written.name,
        purpose=told.purpose,
        usage=told.usage,
        limitations=told.limitations,
        owner=team.name,
        grain=grain,
        privacy_choice=_custom(extra).get("privacy_choice", ""),
        unverified=tuple(str(given_property.value) for given_property in extra if given_property.property == "unverified"),
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


def _custom(properties: list[CustomProperty] | None) -> dict[str, str]:
    return {str(given_property.property): str(given_property.value) for given_property in properties or []}
