"""One scan of a source's rows for every rule on rows: how many rows of each delivery fail it. Row numbers are looked up only for these.

Great Expectations judges the counts (`expectations/engine/gx_validation.py`). A check costs it the same for ten rows and for ten
million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd

from expectations.engine.check_rule import BETWEEN, IN_SET, PRESENT, Limits, Rule
from expectations.engine.source_checks import SourceChecks

MEASURED = "measured"
LimitsOf = Mapping[tuple[str, str], Limits]
"""Limits by rule and delivery, if they are not the rule's own."""


def measure(connection: duckdb.DuckDBPyConnection, checks: SourceChecks) -> None:
    """Make the table of what the rules on rows test: delivery_id, source_row and the measures of the source, never a key of a person."""
    rows = checks.rows or "select delivery_id, source_row from received where false"
    connection.execute(f"create or replace temp table {MEASURED} as {rows}")


def failures(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], limits: LimitsOf) -> pd.DataFrame:
    """One row per delivery: delivery_id, and a column per rule with the number of rows that fail it."""
    counted = ", ".join(f'count(*) filter ({breaks(rule, limits)}) as "{rule.rule_id}"' for rule in rules)
    return connection.execute(f"select delivery_id, {counted} from {MEASURED} group by delivery_id order by delivery_id").df()


def failing_rows(
    connection: duckdb.DuckDBPyConnection, rule: Rule, limits: LimitsOf, deliveries: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """The row numbers that fail a rule, by delivery."""
    found = connection.execute(
        f"select delivery_id, list(source_row order by source_row) from {MEASURED} "
        f"where list_contains(?, delivery_id) and ({breaks(rule, limits)}) group by delivery_id",
        [list(deliveries)],
    ).fetchall()
    return {str(delivery_id): tuple(int(row) for row in rows) for delivery_id, rows in found}


def breaks(rule: Rule, limits: LimitsOf) -> str:
    """The condition, in SQL, of a row that fails a rule. A missing value fails only a rule that values are present."""
    expects, column = rule.expects, rule.expects.column
    if expects.expectation == PRESENT:
        return f"{column} is null"
    if expects.expectation == IN_SET and expects.arguments["value_set"] == [True]:
        return f"not {column}"
    if expects.expectation == BETWEEN and rule.limits:
        written = _outside(column, rule.limits)
        others = {delivery_id: those for (rule_id, delivery_id), those in limits.items() if rule_id == rule.rule_id}
        if not others:
            return written
        cases = " ".join(f"when '{delivery_id}' then {_outside(column, those)}" for delivery_id, those in others.items())
        return f"case delivery_id {cases} else {written} end"
    raise ValueError(f"{rule.rule_id}: {expects.expectation} is not asked of rows")


def _outside(column: str | None, limits: Limits) -> str:
    sides = [f"{column} {sign} {limit!r}" for sign, limit in (("<", limits.least), (">", limits.most)) if limit is not None]
    return f"({' or '.join(sides)})"
