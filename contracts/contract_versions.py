"""The versions of each contract, read from `contracts/sources/<source>.odcs.yaml` and the changes to it, by month."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from contracts.code_lists import ContractError
from contracts.contract_changes import changes, with_change
from contracts.contract_model import Column, Contract, raw_type
from contracts.contract_reading import as_contract, load_yaml

CONTRACTS = Path(__file__).with_name("sources")
ENDING = ".odcs.yaml"


def sources() -> tuple[str, ...]:
    """The sources that have a contract, in alphabetical order."""
    return tuple(sorted(path.name.removesuffix(ENDING) for path in CONTRACTS.glob(f"*{ENDING}")))


def contract(source: str, period: str | None = None) -> Contract:
    """The contract of a source that is in force for a period (YYYY-MM), or the latest if no period is given.

    Raises ContractError naming the file and the key.
    """
    known = versions(source)
    if period is None:
        return known[-1]
    return next(contract for contract in reversed(known) if contract.from_month is None or contract.from_month <= period)


@lru_cache
def versions(source: str) -> tuple[Contract, ...]:
    """Every version of a source's contract, the oldest first. Raises ContractError naming the file and the key."""
    if source not in sources():
        path = CONTRACTS / f"{source}{ENDING}"
        raise ContractError(f"{path}: there is no such contract. Contracts exist for: {', '.join(sources())}")
    return read_versions(CONTRACTS, source)


@lru_cache
def every_version(source: str) -> Contract:
    """What a mapping may use: the columns and codes of all versions. A column is required if every version requires it."""
    known = versions(source)
    columns: list[Column] = []
    for name in dict.fromkeys(column.name for contract in reversed(known) for column in contract.columns):
        same = [contract.column(name) for contract in known if name in contract.column_names]
        codes = tuple(dict.fromkeys(code for column in reversed(same) for code in column.codes))
        everywhere = len(same) == len(known) and all(column.required for column in same)
        columns.append(replace(same[-1], codes=codes if all(column.codes for column in same) else (), required=everywhere))
    return replace(known[-1], columns=tuple(columns))


def read_contract(path: Path) -> Contract:
    """The contract written in one file, without changes. Raises ContractError naming the file and the key."""
    return as_contract(path, load_yaml(path))


def read_versions(folder: Path, source: str) -> tuple[Contract, ...]:
    """The first version of a contract in a folder, and the version after each change. Raises ContractError."""
    path = folder / f"{source}{ENDING}"
    document = load_yaml(path)
    read = [as_contract(path, document)]
    for change in changes(folder, source):
        document = with_change(document, change)
        read[-1] = replace(read[-1], to_month=change.last_month_before)
        read.append(replace(as_contract(change.path, document), from_month=change.from_month, why=change.why))
    raw = _raw(path, read)
    return tuple(replace(contract, raw=raw) for contract in read)


def _raw(path: Path, read: list[Contract]) -> tuple[Column, ...]:
    """The raw columns of all versions, each name once. Raises ContractError if two versions give a column different types."""
    columns: dict[str, Column] = {}
    for contract in read:
        for column in contract.columns:
            known = columns.setdefault(column.raw_name, column)
            if column.in_raw and known.in_raw and raw_type(known) != raw_type(column):
                says = f"is {raw_type(known)} in one version and {raw_type(column)} in version {contract.version}"
                raise ContractError(f"{path}: {column.raw_name} {says}; raw has both, so give the new one another raw_name")
            if column.in_raw:
                columns[column.raw_name] = column
    return tuple(column for column in columns.values() if column.in_raw)
