"""Where the results of the rules lie: counts and words for everybody, row numbers for those who may see rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from expectations.rules import RuleResult
from warehouse.storage import Storage, private, shared, write_whole

RESULTS = {
    "rule_id": pl.String,
    "organisation_id": pl.String,
    "source": pl.String,
    "period": pl.String,
    "delivery_id": pl.String,
    "severity": pl.String,
    "outcome": pl.String,
    "rows_failed": pl.Int64,
    "says": pl.String,
    "fix": pl.String,
}
ROW_NUMBERS = {"rule_id": pl.String, "delivery_id": pl.String, "source_row": pl.Int64}
MARTS = "marts"


def write_source_results(results: Iterable[RuleResult], organisation_id: str, source: str, store: Storage) -> Path:
    """Write a source's results in place of those of the last check, and its row numbers into the restricted folder."""
    kept = list(results)
    numbers = [{"rule_id": one.rule_id, "delivery_id": one.delivery_id, "source_row": row} for one in kept for row in one.row_keys]
    _write(private(store.rejected(organisation_id, source)) / "checks.parquet", numbers, ROW_NUMBERS)
    return _write(shared(store.checks) / f"{source}__{organisation_id}.parquet", _public(kept), RESULTS)


def write_marts_results(results: Iterable[RuleResult], store: Storage) -> Path:
    """Write the results of the marts in place of those of the last check."""
    return _write(shared(store.checks) / f"{MARTS}.parquet", _public(results), RESULTS)


def _public(results: Iterable[RuleResult]) -> list[dict[str, Any]]:
    return [{name: getattr(one, name) for name in RESULTS} for one in results]


def _write(path: Path, rows: list[dict[str, Any]], schema: dict[str, type[pl.DataType]]) -> Path:
    return write_whole(path, pl.DataFrame(rows, schema=schema, orient="row").write_parquet)
