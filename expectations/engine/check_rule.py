"""Rules and their results.

A rule is written once: its id, what it says, what to do and what it expects of a column. Results, pages and mails take their words from
here. Nothing here needs Great Expectations, so reading the rules is fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

Severity = Literal["block", "hold", "warn", "note"]
Outcome = Literal["passed", "failed", "accepted", "errored"]

PRESENT = "ExpectColumnValuesToNotBeNull"
BETWEEN = "ExpectColumnValuesToBeBetween"
IN_SET = "ExpectColumnValuesToBeInSet"


@dataclass(frozen=True)
class Expects:
    """A Great Expectations expectation by class name, and its arguments. `column` is the column that it tests."""

    expectation: str
    arguments: dict[str, Any]

    @property
    def column(self) -> str | None:
        """The column tested. None if the expectation tests several."""
        return self.arguments.get("column")


def between(column: str, least: float | None = None, most: float | None = None) -> Expects:
    """Each value that is present is between `least` and `most`, both included."""
    limits = {name: value for name, value in (("min_value", least), ("max_value", most)) if value is not None}
    return Expects(BETWEEN, {"column": column, **limits})


def present(column: str) -> Expects:
    """No value is missing."""
    return Expects(PRESENT, {"column": column})


def holds(column: str) -> Expects:
    """The column is true. A missing value means that the rule does not apply."""
    return Expects(IN_SET, {"column": column, "value_set": [True]})


def one_of(column: str, values: Sequence[str]) -> Expects:
    """Each value that is present is one of `values`."""
    return Expects(IN_SET, {"column": column, "value_set": list(values)})


def unique(columns: Sequence[str]) -> Expects:
    """No two rows have the same values in all of `columns`. A missing value counts as a value."""
    return Expects("ExpectCompoundColumnsToBeUnique", {"column_list": list(columns), "ignore_row_if": "never"})


@dataclass(frozen=True)
class Limits:
    """The lowest and highest figure that passes. None if there is no limit."""

    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Rule:
    """One rule. `of` says whether it is tested on rows, or on deliveries as a whole.

    `severity`: `block` holds the delivery, `hold` holds the indicators that it affects, `warn` and `note` hold nothing. `indicators` are
    those that it affects. If none is named, it affects all that are counted from the source. `reads` names the other sources that it needs.
    The rule is not tested for a month that they lack. It never blocks, because it is not known which of two sources that disagree is wrong.
    `counted_in` names the column of the deliveries with the number of rows that a failure of a whole delivery concerns. `counts` says what
    they are if they are not rows. `put_right_in` is the source whose owner corrects what fails, if it is not the rule's own. `says` may
    contain its limits: {least}, {most}, or {fall} and {rise}, which say how far a ratio may fall and rise.
    """

    rule_id: str
    severity: Severity
    says: str
    fix: str
    expects: Expects
    of: str = "rows"
    reads: tuple[str, ...] = ()
    counted_in: str | None = None
    indicators: tuple[str, ...] = ()
    put_right_in: str | None = None
    counts: str = "rows"

    def __post_init__(self) -> None:
        if self.severity == "block" and self.reads:
            raise ValueError(f"{self.rule_id}: a rule that compares sources cannot block, because it is not known which of them is wrong")
        if self.severity == "hold" and not self.indicators:
            raise ValueError(f"{self.rule_id}: a rule that holds indicators must name them")

    @property
    def limits(self) -> Limits | None:
        """The limits that the project gives to the rule. None for a rule without limits."""
        given = self.expects.arguments
        if self.expects.expectation != BETWEEN:
            return None
        return Limits(given.get("min_value"), given.get("max_value"))

    def within(self, limits: Limits) -> Rule:
        """The same rule with other limits, which are also in its words."""
        return replace(self, expects=between(str(self.expects.column), limits.least, limits.most))

    @property
    def told(self) -> str:
        """What the rule says, with its limits in it."""
        limits = self.limits or Limits()
        least, most = limits.least or 0.0, limits.most or 0.0
        return self.says.format(least=least, most=most, fall=1 - least, rise=most - 1)


@dataclass(frozen=True)
class RuleResult:
    """The result of a rule for one delivery (or, for the marts, one council). It has no value of any row.

    `row_keys` are row numbers of the extract, for the restricted workbook. They go into no shared file. `accepted_until` is the day until
    which somebody accepted the failure as true.
    """

    rule_id: str
    organisation_id: str | None
    source: str
    period: str
    delivery_id: str | None
    severity: Severity
    outcome: Outcome
    rows_failed: int
    says: str
    fix: str
    row_keys: tuple[int, ...] = field(default=(), repr=False)
    indicators: tuple[str, ...] = ()
    put_right_in: str = ""
    accepted_until: date | None = None


def refusals(results: Iterable[RuleResult]) -> list[RuleResult]:
    """The results that hold a delivery or stop publication: blocking rules that failed. A check that errored is not one of them."""
    return [result for result in results if result.severity == "block" and result.outcome == "failed"]


def errors(results: Iterable[RuleResult]) -> list[RuleResult]:
    """The checks that could not run. Engineers must look at them. They are never a fault of the extract."""
    return [result for result in results if result.outcome == "errored"]
