"""The results of the rules: counts and words for everybody, row numbers and pseudonyms for people who may see rows.

`build/checks/` has the latest results of each source. `quality/` keeps, run by run, what was open and what was fixed, so that each problem
has a day on which it was first seen. It is small, and cannot be made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from expectations.engine.check_rule import RuleResult
from foundation.ledger import FILE_REFUSED
from foundation.storage import Storage, private, shared, write_whole

RESULTS: dict[str, Any] = {
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
    "indicators": pl.String,
    "put_right_in": pl.String,
    "accepted_until": pl.Date,
    "run_at": pl.Datetime("us"),
    "first_seen": pl.Datetime("us"),
    "state": pl.String,
    "rows_new": pl.Int64,
    "rows_again": pl.Int64,
    "rows_fixed": pl.Int64,
}
ROW_NUMBERS = {
    "rule_id": pl.String,
    "period": pl.String,
    "delivery_id": pl.String,
    "source_row": pl.Int64,
    "subject": pl.String,
    "in_delivery": pl.String,
    "in_period": pl.String,
    "reason": pl.String,
}
MARTS = "marts"
EVERY_COUNCIL = "every_council"  # the folder of their results: one file for all councils
LISTED_BY = ","
FILE_MISSING = "FILE-MISSING"
FILE_RULES = (FILE_REFUSED, FILE_MISSING)
NEW, AGAIN, FIXED, CLEAR, UNKNOWN = "new", "again", "fixed", "clear", "unknown"

Key = tuple[str, str]
"""A problem: rule and month. If a new file for the month fails the rule again, it is the same problem."""


@dataclass(frozen=True)
class NamedRow:
    """What a failure of a whole delivery concerns: a row of it or of an earlier delivery, a post, a team. `reason`: why it was rejected."""

    in_delivery: str
    in_period: str
    source_row: int | None = None
    subject: str | None = field(default=None, repr=False)
    reason: str | None = None


@dataclass(frozen=True)
class Before:
    """What the previous run left open: the result of each problem, and the names of its failing rows."""

    open: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    rows: Mapping[Key, frozenset[str]] = field(default_factory=dict)


def write_source_results(
    results: Iterable[RuleResult],
    subjects: Mapping[tuple[str, int], str],
    organisation_id: str,
    source: str,
    store: Storage,
    run_at: datetime,
    named_rows: Mapping[tuple[str, str], Sequence[NamedRow]] | None = None,
    not_tested: Collection[str] = (),
) -> Path:
    """Replace a source's results of the last check. Write its row numbers to the restricted folder, and what is open to `quality/`.

    `subjects` has the pseudonyms of failing rows by delivery and row number. `named_rows` has what the failure of a whole delivery
    concerns, by rule and delivery. `not_tested` has months that could not be tested: what was open in them stays open.
    """
    kept = list(results)
    folder = private(store.rejected(organisation_id, source))
    before = _before(folder / "checks.parquet", store, organisation_id, source)
    numbers = [
        {"rule_id": result.rule_id, "period": result.period, "delivery_id": result.delivery_id, **vars(row)}
        for result in kept
        for row in _rows_of(result, subjects, named_rows or {})
    ]
    stamp = run_at.replace(tzinfo=None)
    named = _named(numbers)
    found = {(result.rule_id, result.period): result for result in kept}
    still = {(result.rule_id, result.period) for result in kept if result.outcome != "passed"}
    rows = []
    for result in kept:
        key = (result.rule_id, result.period)
        # A month may have results of the delivery in force and of one that is held. A problem is over when neither has it.
        was = before.open.get(key) if result.outcome != "passed" or (key not in still and result is found[key]) else None
        rows.append(_with_state(result, was, before.rows.get(key, frozenset()), named.get(key, frozenset()), stamp))
    rows += [
        _stays(problem, stamp) if problem["period"] in not_tested else _gone(problem, stamp)
        for key, problem in before.open.items()
        if key not in found
    ]
    _write(folder / "checks.parquet", numbers, ROW_NUMBERS)
    if told := [row for row in rows if row["state"] != CLEAR]:
        _write(shared(store.quality(organisation_id, source)) / f"{run_at:%Y%m%dT%H%M%S.%f}.parquet", told, RESULTS)
    return _write(shared(store.checks) / f"{source}__{organisation_id}.parquet", rows, RESULTS)


def _rows_of(
    result: RuleResult, subjects: Mapping[tuple[str, int], str], named: Mapping[tuple[str, str], Sequence[NamedRow]]
) -> Iterable[NamedRow]:
    delivery_id = str(result.delivery_id)
    for row in result.row_keys:
        yield NamedRow(delivery_id, result.period, row, subjects.get((delivery_id, row)))
    if result.outcome in ("failed", "accepted"):
        yield from named.get((result.rule_id, delivery_id), ())


def rejected_rows(organisation_id: str, source: str, delivery_id: str, period: str, store: Storage) -> list[NamedRow]:
    """The rows of a delivery that landing rejected: row number, column and reason, and the value if the column is open (restricted)."""
    path = store.rejected(organisation_id, source) / f"{delivery_id}.parquet"
    if not path.exists():
        return []
    reasons: dict[int, list[str]] = {}
    rejected = pl.read_parquet(path)
    # Messages of an earlier version quote the value themselves.
    found = pl.col("found") if "found" in rejected.columns else pl.lit("")
    for row, column, message, text in rejected.select("source_row", "column", "message", found.alias("found")).iter_rows():
        told = f"{column}: {message}" if column else message
        reasons.setdefault(row, []).append(f"{told} Found: {text}" if text else told)
    return [NamedRow(delivery_id, period, row, reason="; ".join(those)) for row, those in sorted(reasons.items())]


def write_marts_results(results: Iterable[RuleResult], store: Storage, run_at: datetime) -> list[dict[str, Any]]:
    """Replace the marts' results of the last check, and write what is open to `quality/`. Returns the results, each compared with the previous run."""
    kept = list(results)
    told = _last_run(store.quality(EVERY_COUNCIL, MARTS)) or []
    before = {(row["rule_id"], row["period"], row["organisation_id"]): row for row in told if row["first_seen"] and row["state"] != FIXED}
    stamp = run_at.replace(tzinfo=None)
    rows = [
        _with_state(result, before.get((result.rule_id, result.period, result.organisation_id)), frozenset(), frozenset(), stamp)
        for result in kept
    ]
    found = {(result.rule_id, result.period, result.organisation_id) for result in kept}
    rows += [_gone(problem, stamp) for key, problem in before.items() if key not in found]
    if any(row["state"] != CLEAR for row in rows):
        open_now = [row for row in rows if row["state"] != CLEAR]
        _write(shared(store.quality(EVERY_COUNCIL, MARTS)) / f"{run_at:%Y%m%dT%H%M%S.%f}.parquet", open_now, RESULTS)
    _write(shared(store.checks) / f"{MARTS}.parquet", rows, RESULTS)
    return rows


def latest_results(organisation_id: str, source: str, store: Storage) -> list[dict[str, Any]]:
    """The results of the last check of a source, as written. None before the first check."""
    path = store.checks / f"{source}__{organisation_id}.parquet"
    return pl.read_parquet(path).rows(named=True) if path.exists() else []


def failing_rows(organisation_id: str, source: str, store: Storage) -> list[dict[str, Any]]:
    """The failing rows of the last check of a source, with their pseudonyms (restricted)."""
    path = store.rejected(organisation_id, source) / "checks.parquet"
    return pl.read_parquet(path).rows(named=True) if path.exists() else []


def _before(rows: Path, store: Storage, organisation_id: str, source: str) -> Before:
    told = _last_run(store.quality(organisation_id, source))
    if told is None:
        return Before()
    numbers = pl.read_parquet(rows).rows(named=True) if rows.exists() else []
    return Before({(row["rule_id"], row["period"]): row for row in told if row["first_seen"] and row["state"] != FIXED}, _named(numbers))


def _last_run(folder: Path) -> list[dict[str, Any]] | None:
    """What the last run that can be read left open. None if there is none. The build and the doctor name one that cannot be."""
    for path in sorted(folder.glob("[0-9]*.parquet"), reverse=True):
        try:
            return pl.read_parquet(path).rows(named=True)
        except (pl.exceptions.PolarsError, OSError):
            continue
    return None


def _named(numbers: Iterable[Mapping[str, Any]]) -> dict[Key, frozenset[str]]:
    """The names of each problem's failing rows: the pseudonym if there is one, otherwise the row number."""
    found: dict[Key, set[str]] = {}
    for number in numbers:
        found.setdefault((number["rule_id"], number["period"]), set()).add(number["subject"] or f"row {number['source_row']}")
    return {key: frozenset(names) for key, names in found.items()}


def _with_state(
    result: RuleResult, was: Mapping[str, Any] | None, had: frozenset[str], names: frozenset[str], run_at: datetime
) -> dict[str, Any]:
    """A result compared with what the previous run left open. A check that could not run leaves a problem as it was."""
    first_seen, state = was["first_seen"] if was else None, CLEAR
    if result.outcome == "errored":
        state = UNKNOWN
    elif result.outcome in ("failed", "accepted"):
        first_seen, state = first_seen or run_at, AGAIN if was else NEW
    elif was:
        state = FIXED
    new, again, fixed = _rows_by_state(result, state, was, had, names)
    return _public(result) | {
        "run_at": run_at,
        "first_seen": first_seen,
        "state": state,
        "rows_new": new,
        "rows_again": again,
        "rows_fixed": fixed,
    }


def _rows_by_state(
    result: RuleResult, state: str, was: Mapping[str, Any] | None, had: frozenset[str], names: frozenset[str]
) -> tuple[int, int, int]:
    """How many rows are new, there again and fixed: by their names if rows have names, otherwise by number."""
    if state not in (NEW, AGAIN, FIXED):
        return 0, 0, 0
    if names or had:
        return len(names - had), len(names & had), len(had - names)
    rows = int(was["rows_failed"]) if state == FIXED and was else result.rows_failed
    return (rows if state == NEW else 0, rows if state == AGAIN else 0, rows if state == FIXED else 0)


def _stays(was: Mapping[str, Any], run_at: datetime) -> dict[str, Any]:
    """A problem of a month that could not be tested this time."""
    return dict(was) | {"run_at": run_at, "state": AGAIN, "rows_new": 0, "rows_again": was["rows_failed"], "rows_fixed": 0}


def _gone(was: Mapping[str, Any], run_at: datetime) -> dict[str, Any]:
    """A problem that can no longer be tested, because its delivery was replaced by one to which the rule does not apply."""
    return dict(was) | {
        "outcome": "passed",
        "rows_failed": 0,
        "run_at": run_at,
        "state": FIXED,
        "accepted_until": None,
        "rows_new": 0,
        "rows_again": 0,
        "rows_fixed": was["rows_failed"],
    }


def _public(result: RuleResult) -> dict[str, Any]:
    return {name: getattr(result, name, None) for name in RESULTS} | {"indicators": LISTED_BY.join(result.indicators)}


def _write(path: Path, rows: list[dict[str, Any]], schema: Mapping[str, Any]) -> Path:
    return write_whole(path, pl.DataFrame(rows, schema=dict(schema), orient="row").write_parquet)
