"""How one council's system fits a contract, read from `mappings/<source>.yaml` and checked before any extract is read."""

from __future__ import annotations

from pathlib import Path

from contracts import Contract
from ingestion.mapping.mapping_checks import checked
from ingestion.mapping.mapping_file import MappingFile
from ingestion.mapping.mapping_model import Mapping, tidy

__all__ = ["Mapping", "read_mapping", "tidy"]


def read_mapping(path: Path, contract: Contract) -> Mapping:
    """The mapping in a file, checked against its contract. Raises ConfigurationError with the file and every key that is wrong."""
    return checked(MappingFile(path, contract.source).mapping(), contract)
