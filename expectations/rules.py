"""What a rule is, what came of it, and the rules that every source has in common.

A rule is written once: its id, what it says, what to do and what it expects of a column. Results, pages and mails take
their words from here. Nothing here needs Great Expectations, so reading the rules costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["block", "warn", "note"]
Outcome = Literal["passed", "failed", "errored"]

MOST_REJECTED_SHARE = 0.05  # one row in twenty: more is a change of the system's layout or codes, not single mistakes
MOST_FALL = 0.85  # no service of 20 people or more loses 15% in a month without a re-organisation that HR announces
MOST_RISE = 1.25  # a rise of a quarter in a month is people counted twice, or another service in the extract
LEAST_BASE = 20  # below 20, three people are 15%: an ordinary month
LEAST_CHANGE = 5  # with a small base or after a long gap, a change of fewer than five is an ordinary month
LONGEST_GAP = 6  # months without any delivery: after half a year a council may really have changed by 15%


PRESENT = "ExpectColumnValuesToNotBeNull"


@dataclass(frozen=True)
class Expects:
    """A Great Expectations expectation by class name, and its arguments. `column` is the column that it tests."""

    expectation: str
    arguments: dict[str, Any]

    @property
    def column(self) -> str | None:
        """The one column tested; None where the expectation is of several."""
        return self.arguments.get("column")


def between(column: str, least: float | None = None, most: float | None = None) -> Expects:
    """Each value that is there lies between `least` and `most`, both included."""
    limits = {name: value for name, value in (("min_value", least), ("max_value", most)) if value is not None}
    return Expects("ExpectColumnValuesToBeBetween", {"column": column, **limits})


def present(column: str) -> Expects:
    """No value is missing."""
    return Expects(PRESENT, {"column": column})


def holds(column: str) -> Expects:
    """The statement that the column answers is true. A missing answer means that it does not apply."""
    return Expects("ExpectColumnValuesToBeInSet", {"column": column, "value_set": [True]})


def one_of(column: str, values: Sequence[str]) -> Expects:
    """Each value that is there is one of `values`."""
    return Expects("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)})


def unique(columns: Sequence[str]) -> Expects:
    """No two rows have the same values in all of `columns`; a missing value counts as a value."""
    return Expects("ExpectCompoundColumnsToBeUnique", {"column_list": list(columns), "ignore_row_if": "never"})


@dataclass(frozen=True)
class Rule:
    """One rule. `of` says whether it is tested on rows, or on deliveries as a whole.

    `reads` names the other sources that it needs: it is not tested for a month that they lack, and it never blocks,
    since nobody knows which of two sources that disagree is wrong. `counted_in` names the column of the deliveries that
    tells how many rows a failure of a whole delivery concerns.
    """

    rule_id: str
    severity: Severity
    says: str
    fix: str
    expects: Expects
    of: str = "rows"
    reads: tuple[str, ...] = ()
    counted_in: str | None = None

    def __post_init__(self) -> None:
        if self.severity == "block" and self.reads:
            raise ValueError(f"{self.rule_id}: a rule that compares sources cannot block; it is not known which of them is wrong")


@dataclass(frozen=True)
class RuleResult:
    """What came of a rule for one delivery (or, for the marts, one council). Holds no value of any row.

    `row_keys` are row numbers of the extract, for the restricted workbook; they go into no shared file.
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


def refusals(results: Iterable[RuleResult]) -> list[RuleResult]:
    """The results that hold a delivery or stop publication: blocking rules that failed. A check that errored is none."""
    return [one for one in results if one.severity == "block" and one.outcome == "failed"]


def errors(results: Iterable[RuleResult]) -> list[RuleResult]:
    """The checks that could not be made: an engineer's matter, never a fault of the extract."""
    return [one for one in results if one.outcome == "errored"]


def delivery_rules(prefix: str, where: str, empty: Severity = "warn") -> tuple[Rule, ...]:
    """The rules 001 to 004 that every source has, on a delivery as a whole.

    `where` says in plain words where the extract is made; `empty` how bad a delivery without rows is.
    """
    return (
        Rule(
            rule_id=f"{prefix}-001",
            severity=empty,
            says="The extract has no rows that could be used",
            fix=f"Run the extract again for the month and check its filters: {where}",
            expects=between("rows_accepted", least=1),
            of="deliveries",
        ),
        Rule(
            rule_id=f"{prefix}-002",
            severity="block",
            says=f"More than {MOST_REJECTED_SHARE:.0%} of the rows break the contract",
            fix=f"Read the rejected rows; usually a code or a column of the system changed: {where}",
            expects=between("rejected_share", most=MOST_REJECTED_SHARE),
            of="deliveries",
            counted_in="rows_rejected",
        ),
        Rule(
            rule_id=f"{prefix}-003",
            severity="warn",
            says="Some rows break the contract and were left out",
            fix=f"Correct the rejected rows, each is listed with its reason, and send the extract again: {where}",
            expects=between("rows_rejected", most=0),
            of="deliveries",
            counted_in="rows_rejected",
        ),
        Rule(
            rule_id=f"{prefix}-004",
            severity="block",
            says="The file is the same, byte for byte, as the file of another month",
            fix=f"Run the extract for this month and send it: {where}",
            expects=holds("differs_from_other_months"),
            of="deliveries",
        ),
    )


def change_rules(
    rule_id: str,
    figure: str,
    words: str,
    where: str,
    blocks: bool = False,
    most_fall: float = MOST_FALL,
    most_rise: float = MOST_RISE,
) -> tuple[Rule, ...]:
    """Rules on a figure of the delivery against the month in force before it, as a ratio (1 is no change).

    A blocking rule looks at changes from a sound base alone (see LEAST_BASE, LONGEST_GAP); a second rule, its id ending
    in `w`, warns of the others. A rule that does not block looks at both.
    """
    says = f"{words} fell by more than {1 - most_fall:.0%} or rose by more than {most_rise - 1:.0%} since the month before"
    fix = f"Check that the extract has everybody and nobody twice; if the change is real, tell the warehouse's owner: {where}"
    if not blocks:
        return (Rule(rule_id, "warn", says, fix, between(f"{figure}_change", most_fall, most_rise), of="deliveries"),)
    return (
        Rule(rule_id, "block", says, fix, between(f"{figure}_change_sound", most_fall, most_rise), of="deliveries"),
        Rule(
            f"{rule_id}w",
            "warn",
            f"{says} (few rows to compare with, or a long gap)",
            fix,
            between(f"{figure}_change_unsure", most_fall, most_rise),
            of="deliveries",
        ),
    )
