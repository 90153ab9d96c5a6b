"""Whether a mapping can say what its contract needs, checked as a whole before any extract is read."""

from __future__ import annotations

from ingestion.contract import Column, Contract
from ingestion.mapping.form import Mapping
from warehouse.configuration import ConfigurationError

TRUTHS = ("true", "false")


def checked(mapping: Mapping, contract: Contract) -> Mapping:
    """The mapping, if it fits its contract. Raises ConfigurationError with a line for each key that is wrong."""
    wrong = [*_headers(mapping), *_names(mapping, contract), *_constants(mapping, contract), *_codes(mapping, contract)]
    for column in contract.columns:
        if column.name in mapping.columns:
            wrong += _written(mapping, column)
        elif column.required and column.name not in mapping.constants:
            wrong.append((f"columns.{column.name}", f"is missing; {contract.source} needs it: {column.description}"))
    if wrong:
        raise ConfigurationError("\n".join(f"{mapping.path}: `{key}` {says}" for key, says in wrong))
    return mapping


def not_said(mapping: Mapping, contract: Contract) -> tuple[Column, ...]:
    """The contract's columns that the mapping gives nothing for, so that they are empty in every row."""
    return tuple(one for one in contract.columns if one.name not in mapping.columns and one.name not in mapping.constants)


def _headers(mapping: Mapping) -> list[tuple[str, str]]:
    wrong = []
    both = sorted({one for header in mapping.headers for one in mapping.written(header)} & set(mapping.ignore))
    if both:
        wrong.append(("ignore", f"names a header that is mapped: {', '.join(both)}"))
    spelled = [one for header in mapping.headers for one in mapping.written(header)]
    twice = sorted({one for one in spelled if spelled.count(one) > 1})
    if twice:
        wrong.append(("columns", f"names '{twice[0]}' as a spelling of two headers; a header means one thing"))
    if mapping.unpivot:
        for key, header in (("name", mapping.unpivot.name), ("value", mapping.unpivot.value)):
            used = header in mapping.columns.values() or (mapping.period is not None and header == mapping.period.column)
            if not used:
                wrong.append((f"unpivot.{key}", f"makes the header '{header}', which `columns` never uses"))
    return wrong


def _names(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    return [
        (f"{key}.{name}", f"is no column of {contract.source}; it has {', '.join(contract.column_names)}")
        for key, named in (("columns", mapping.columns), ("constants", mapping.constants), ("codes", mapping.codes))
        for name in named
        if name not in contract.column_names
    ]


def _constants(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    wrong = []
    for name, value in mapping.constants.items():
        if name in mapping.columns:
            wrong.append((f"constants.{name}", "is mapped in `columns` as well; leave one out"))
        codes = contract.column(name).codes if name in contract.column_names else ()
        if codes and value not in codes:
            wrong.append((f"constants.{name}", f"is '{value}'; it must be one of {', '.join(codes)}"))
    return wrong


def _codes(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    wrong = []
    for name, listed in mapping.codes.items():
        if name not in contract.column_names:
            continue
        column = contract.column(name)
        if name not in mapping.columns:
            wrong.append((f"codes.{name}", "is not mapped in `columns`, so its codes are never used"))
        allowed = TRUTHS if column.logical_type == "boolean" else column.codes
        for value, code in listed.items():
            if allowed and code not in allowed:
                wrong.append((f"codes.{name}.{value}", f"is '{code}'; it must be one of {', '.join(allowed)}"))
        if column.logical_type == "date":
            wrong.append((f"codes.{name}", "is a date and cannot have codes"))
    return wrong


def _written(mapping: Mapping, column: Column) -> list[tuple[str, str]]:
    """Whether the mapping says how a column's values are written."""
    if column.privacy == "drop":
        return []
    wrong = []
    if column.logical_type == "date" and not mapping.typed and not mapping.dates and not mapping.excel_serials:
        wrong.append(("dates", f'is missing; {column.name} is a date. Say how dates are written, for example "%d/%m/%Y"'))
    spelled = mapping.typed or column.name in mapping.codes or (mapping.yes and mapping.no)
    if column.logical_type == "boolean" and not spelled:
        wrong.append(("yes", f"and `no` are needed; {column.name} is yes or no. Say how they are written"))
    return wrong
