"""Check the marts of a build. A blocking rule that fails stops publication, and the last good publication stays.

The marts are public, so the frames may contain their keys. The results are the same as for sources: counts and words.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl

from expectations.engine.check_results import MARTS, RESULTS, write_marts_results
from expectations.engine.check_rule import Outcome, Rule, RuleResult, errors, refusals
from expectations.engine.gx_validation import ERRORED, Verdict, verdicts
from expectations.rules.marts import FRAMES, RULES
from foundation.configuration import organisations
from foundation.storage import storage
from warehouse.build import left_out_of
from warehouse.earlier_publications import last_through
from warehouse.engine_words import without_values

log = logging.getLogger(__name__)

OWNER = "data engineering"  # who corrects what fails here


class CheckErrored(Exception):
    """A check could not run. This does not mean that the figures are wrong. The message names the rules."""

    def __init__(self, message: str, results: Sequence[RuleResult] = ()) -> None:
        super().__init__(message)
        self.results = list(results)


class MartsRefused(Exception):
    """A blocking rule of the marts failed, so do not publish. The message says which. `results` has all results."""

    def __init__(self, message: str, results: Sequence[RuleResult]) -> None:
        super().__init__(message)
        self.results = list(results)


_RULES_WITHOUT_ROW = """
    insert into marts.rule by name
    select distinct rule_id, source, severity, says, fix, indicators, put_right_in
    from kept
    where rule_id not in (select rule_id from marts.rule)
"""
_RESULTS_OF_MARTS = """
    insert into marts.data_quality_result by name
    select
        coalesce(councils.organisation_id, 'none') as unit_key,
        kept.* exclude (period),
        last_day(cast(kept.period || '-01' as date)) as month_end,
        true as is_latest,
        ? as owner
    from kept
    left join marts.organisation as councils on kept.organisation_id = councils.organisation_id
    where kept.period <> ''
"""


def check_marts() -> list[RuleResult]:
    """Check the marts of the build. Returns one result per rule and council, and writes them to `build/checks/marts.parquet` and to the build's own
    `marts.data_quality_result`. A later reader sees there that these very marts were checked, and what was found.

    Raises CheckErrored if a rule could not be tested or there is no build, and MartsRefused if a blocking rule failed. Both come after the
    results are written, so that nothing is published if nobody looks at them.
    """
    store = storage()
    if not store.build_database.exists():
        raise CheckErrored(f"{store.build_database}: there is no build to check. Build first: python -m warehouse build")
    results, errored = _check(store.build_database)
    tell_the_build(store.build_database, write_marts_results(results, store, datetime.now(UTC)))
    if errored:
        raise CheckErrored(
            f"The marts could not be checked: {', '.join(errored)} errored. This does not mean that the figures are wrong. See the log",
            results,
        )
    refused = {result.rule_id: result.says for result in refusals(results)}
    if refused:
        told = "; ".join(f"{rule_id} {says}" for rule_id, says in sorted(refused.items()))
        raise MartsRefused(f"The marts must not be published: {told}", results)
    return results


def _check(path: Path) -> tuple[list[RuleResult], list[str]]:
    results: list[RuleResult] = []
    with duckdb.connect(str(path), read_only=True) as connection:
        period = _latest_month(connection)
        _read_published(connection, period)
        left_out = {unusable_council.organisation_id for unusable_council in left_out_of(connection)}
        councils = [council for council in organisations() if council.is_council and council.organisation_id not in left_out]
        there = [council.organisation_id for council in councils if not period or council.has_month(period)]
        connection.register("configured", pd.DataFrame({"organisation_id": there}, dtype=str))
        for name, sql in FRAMES.items():
            rules = [rule for rule in RULES if rule.of == name]
            try:
                frame = connection.execute(sql).df()
            except duckdb.Error as error:
                log.error("%s: the data for its checks could not be prepared: %s", name, without_values(error))
                frame, outcome = pd.DataFrame(columns=["organisation_id"]), {rule.rule_id: ERRORED for rule in rules}
            else:
                outcome = verdicts(frame, rules)
            results += [result for rule in rules for result in _results(rule, frame, outcome[rule.rule_id], period)]
    return results, sorted({result.rule_id for result in errors(results)})


# The marts to which the results of a check of the marts are added.
TOLD_MARTS = ("data_quality_result", "rule")


def tell_the_build(path: Path, rows: list[dict[str, Any]]) -> None:
    """Put the results of a check of the marts (see RESULTS) into the build that was checked."""
    kept = pl.DataFrame(rows, schema=RESULTS, orient="row").to_arrow()
    with duckdb.connect(str(path)) as connection:
        connection.register("kept", kept)
        connection.execute("delete from marts.data_quality_result where source = ? and is_latest", [MARTS])
        connection.execute(_RULES_WITHOUT_ROW)
        connection.execute(_RESULTS_OF_MARTS, [OWNER])


def _read_published(connection: duckdb.DuckDBPyConnection, period: str) -> None:
    """The councils' figures in the last publication as table `published`. Empty before the first publication."""
    last = last_through(storage(), period)
    kinds = {"organisation_id": "varchar", "indicator_id": "varchar", "definition_id": "varchar", "month_end": "date", "value": "double"}
    connection.execute(f"create temp table published ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")
    if last:
        published = last / "inside" / "marts" / "indicator_value.parquet"
        connection.execute(
            f"insert into published select {', '.join(kinds)} from read_parquet(?) where scope = 'organisation'", [str(published)]
        )


def _latest_month(connection: duckdb.DuckDBPyConnection) -> str:
    try:
        latest = connection.execute("select strftime(max(month_end), '%Y-%m') from marts.indicator_value").fetchone()
    except duckdb.Error:
        return ""
    return str(latest[0]) if latest and latest[0] else ""


def _results(rule: Rule, frame: pd.DataFrame, verdict: Verdict, period: str) -> Iterable[RuleResult]:
    if verdict.errored:
        yield _result(rule, None, "errored", 0, period)
        return
    failed = frame["organisation_id"].iloc[list(verdict.failed_at)].value_counts(dropna=False)
    for organisation_id in frame["organisation_id"].drop_duplicates():
        count = int(failed.get(organisation_id, 0))
        yield _result(rule, None if pd.isna(organisation_id) else str(organisation_id), "failed" if count else "passed", count, period)


def _result(rule: Rule, organisation_id: str | None, outcome: Outcome, rows_failed: int, period: str) -> RuleResult:
    return RuleResult(
        rule_id=rule.rule_id,
        organisation_id=organisation_id,
        source=MARTS,
        period=period,
        delivery_id=None,
        severity=rule.severity,
        outcome=outcome,
        rows_failed=rows_failed,
        says=rule.told,
        fix=rule.fix,
        put_right_in=MARTS,
    )
