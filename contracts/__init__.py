"""What each source promises: one contract per source, with versions by month. YAML files and the code that reads them."""

from contracts.code_lists import ContractError
from contracts.contract_model import BAND_SINCE, About, Column, Contract, Rule, raw_columns, raw_type, rejected_keys
from contracts.contract_versions import CONTRACTS, contract, every_version, read_contract, read_versions, sources, versions

__all__ = [
    "BAND_SINCE",
    "CONTRACTS",
    "About",
    "Column",
    "Contract",
    "ContractError",
    "Rule",
    "contract",
    "every_version",
    "raw_columns",
    "raw_type",
    "read_contract",
    "read_versions",
    "rejected_keys",
    "sources",
    "versions",
]
