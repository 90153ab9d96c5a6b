"""The tables of schema `raw` that dbt reads, column by column: sources, the ledger, the checks, earlier publications and the configuration."""

from __future__ import annotations

from contracts.configuration_files import configuration_tables
from contracts.contract_model import raw_columns, rejected_keys
from contracts.contract_versions import contract, every_version, sources
from foundation.storage import REJECTED_KEY

LEDGER = {
    "delivery_id": "VARCHAR",
    "organisation_id": "VARCHAR",
    "source": "VARCHAR",
    "period": "VARCHAR",
    "delivers": "VARCHAR",
    "file": "VARCHAR",
    "received_at": "TIMESTAMP",
    "rows_read": "BIGINT",
    "rows_accepted": "BIGINT",
    "rows_rejected": "BIGINT",
    "rows_left_out": "BIGINT",
    "state": "VARCHAR",
    "is_in_force": "BOOLEAN",
    "rejected_keys": "BIGINT",
}
CHECKS = {
    "rule_id": "VARCHAR",
    "organisation_id": "VARCHAR",
    "source": "VARCHAR",
    "period": "VARCHAR",
    "delivery_id": "VARCHAR",
    "severity": "VARCHAR",
    "outcome": "VARCHAR",
    "rows_failed": "BIGINT",
    "says": "VARCHAR",
    "fix": "VARCHAR",
    "indicators": "VARCHAR",
    "put_right_in": "VARCHAR",
    "accepted_until": "DATE",
    "run_at": "TIMESTAMP",
    "first_seen": "TIMESTAMP",
    "state": "VARCHAR",
    "rows_new": "BIGINT",
    "rows_again": "BIGINT",
    "rows_fixed": "BIGINT",
}
PUBLICATION = {
    "publication": "VARCHAR",
    "published_at": "TIMESTAMP",
}
PUBLISHED_DELIVERY = {
    "publication": "VARCHAR",
    "organisation_id": "VARCHAR",
    "source": "VARCHAR",
    "period": "VARCHAR",
    "delivery_id": "VARCHAR",
}
PUBLISHED_VALUE = {
    "publication": "VARCHAR",
    "organisation_id": "VARCHAR",
    "indicator_id": "VARCHAR",
    "definition_id": "VARCHAR",
    "month_end": "DATE",
    "scope": "VARCHAR",
    "scope_id": "VARCHAR",
    "numerator": "DECIMAL(18,6)",
    "denominator": "DECIMAL(18,6)",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "target": "DOUBLE",
    "status": "VARCHAR",
    "status_reason": "VARCHAR",
    "as_at_month": "DATE",
}
EARLIER_PUBLICATIONS = {"publication": PUBLICATION, "published_delivery": PUBLISHED_DELIVERY, "published_value": PUBLISHED_VALUE}


def tables() -> dict[str, dict[str, str]]:
    """Every table of schema `raw` that dbt may read: its columns in order and their SQL types."""
    return {
        **{source: source_columns(source) for source in sources()},
        REJECTED_KEY: rejected_key_columns(),
        "ledger": LEDGER,
        "checks": CHECKS,
        "check_runs": CHECKS,
        **EARLIER_PUBLICATIONS,
        **configuration_tables(),
    }


def source_columns(source: str) -> dict[str, str]:
    """The columns of a source's raw table, in order, and their SQL types."""
    return {"organisation_id": "VARCHAR", "period": "VARCHAR"} | {name: kind.upper() for name, kind in raw_columns(contract(source))}


def rejected_key_columns() -> dict[str, str]:
    """The columns of the table of rejected rows' numbers, in order, and their SQL types: one column for each number that a contract
    reads."""
    numbers = dict.fromkeys(column.raw_name for source in sources() for column in rejected_keys(every_version(source)))
    texts_of = ("organisation_id", "period", "source", "delivery_id", *numbers)
    return dict.fromkeys(texts_of, "VARCHAR") | {"source_row": "INTEGER"}
