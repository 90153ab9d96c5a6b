"""The results of all rules of a source for all its deliveries. Months are judged in order, and none is compared with a held one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import duckdb
import pandas as pd

from expectations.engine.check_results import NamedRow
from expectations.engine.check_rule import Limits, Rule, between
from expectations.engine.council_decisions import Decisions
from expectations.engine.delivery_frame import deliveries_frame
from expectations.engine.gx_validation import ERRORED, Verdict, verdicts
from expectations.engine.row_scan import failing_rows, failures, measure
from expectations.engine.source_checks import SourceChecks
from foundation import ledger
from foundation.ledger import Delivery
from warehouse.engine_words import without_values

PERSON = "person: "
AT = "@"

log = logging.getLogger(__name__)


@dataclass
class Judgement:
    """The results of all rules: the row numbers that fail each rule of each delivery, and the rules that could not be tested.

    `tested` has each rule and delivery for which there was something to test. `counts` has the number of rows that a failure of a
    whole delivery concerns. `subjects` names the failing rows of a delivery by pseudonym. `named` has what a failure of a whole
    delivery concerns, by rule and delivery. Both are for the restricted folder only.
    """

    failed: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    errored: set[str] = field(default_factory=set)
    tested: set[tuple[str, str]] = field(default_factory=set)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    subjects: dict[tuple[str, int], str] = field(default_factory=dict, repr=False)
    limits: dict[tuple[str, str], Limits] = field(default_factory=dict)
    named: dict[tuple[str, str], list[NamedRow]] = field(default_factory=dict, repr=False)


def judge(
    connection: duckdb.DuckDBPyConnection,
    checks: SourceChecks,
    landed: Sequence[Delivery],
    received_periods: AbstractSet[str],
    decided: Decisions,
) -> Judgement:
    """Test every rule on the tables of `connection`, with the council's limits for the month of a delivery."""
    judged = Judgement()
    for rule in checks.rules:
        for delivery in landed:
            limits = decided.limits(rule, str(delivery.period))
            if limits is not None and limits != rule.limits:
                judged.limits[(rule.rule_id, delivery.delivery_id)] = limits
    _judge_rows(connection, checks, landed, judged)
    _judge_deliveries(connection, checks, landed, received_periods, judged)
    _name_subjects(connection, checks, judged)
    _name_what_deliveries_fail_for(connection, checks, {delivery.delivery_id: str(delivery.period) for delivery in landed}, judged)
    return judged


def could_not_measure(checks: SourceChecks, rules: Sequence[Rule], error: Exception, judged: Judgement) -> None:
    """Note that rules could not be tested, in words that quote no value."""
    log.error("%s: what its rules test could not be measured: %s", checks.source, without_values(error))
    judged.errored |= {rule.rule_id for rule in rules}


def blocking(rules: Iterable[Rule], delivery: Delivery, judged: Judgement) -> list[Rule]:
    """The blocking rules that refuse a delivery. None if a person accepted it."""
    if accepted_by_a_person(delivery):
        return []
    return [rule for rule in rules if rule.severity == "block" and (rule.rule_id, delivery.delivery_id) in judged.failed]


def accepted_by_a_person(delivery: Delivery) -> bool:
    """Whether a person accepted the delivery as true, whatever a rule says."""
    return any(state.state == ledger.ACCEPTED and state.by.startswith(PERSON) for state in delivery.states)


def _judge_rows(connection: duckdb.DuckDBPyConnection, checks: SourceChecks, landed: Sequence[Delivery], judged: Judgement) -> None:
    rules = checks.rules_of("rows")
    if not rules:
        return
    try:
        measure(connection, checks)
    except duckdb.Error as error:
        could_not_measure(checks, rules, error, judged)
        return
    try:
        _judge_counts(connection, rules, judged)
    except duckdb.Error:
        # If one rule cannot be tested, the others still are.
        for rule in rules:
            try:
                _judge_counts(connection, [rule], judged)
            except duckdb.Error as error:
                could_not_measure(checks, [rule], error, judged)
    judged.tested |= {(rule.rule_id, delivery.delivery_id) for rule in rules for delivery in landed}
    judged.held |= {delivery.delivery_id for delivery in landed if blocking(rules, delivery, judged)}


def _judge_counts(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], judged: Judgement) -> None:
    """Ask Great Expectations whether the number of rows that fail each rule is 0 in each delivery."""
    frame = failures(connection, rules, judged.limits)
    outcome = verdicts(frame, [replace(rule, expects=between(rule.rule_id, most=0)) for rule in rules])
    for rule in rules:
        if outcome[rule.rule_id] == ERRORED:
            judged.errored.add(rule.rule_id)
        elif found := [str(frame["delivery_id"].iloc[position]) for position in outcome[rule.rule_id].failed_at]:
            rows = failing_rows(connection, rule, judged.limits, found)
            judged.failed |= {(rule.rule_id, delivery_id): rows[delivery_id] for delivery_id in found}


def _judge_deliveries(
    connection: duckdb.DuckDBPyConnection,
    checks: SourceChecks,
    landed: Sequence[Delivery],
    received_periods: AbstractSet[str],
    judged: Judgement,
) -> None:
    """Test the deliveries. Hold the first that is refused and test again, until none is, because later ones were compared with it."""
    rules = checks.rules_of("deliveries")
    while True:
        try:
            frame = deliveries_frame(connection, checks, landed, judged.held, received_periods)
        except duckdb.Error as error:
            could_not_measure(checks, rules, error, judged)
            return
        outcome = _verdicts_within_limits(frame, rules, judged)
        for pair in [pair for pair in judged.failed if pair[0] in outcome]:
            del judged.failed[pair]
        for rule in rules:
            if outcome[rule.rule_id] == ERRORED:
                judged.errored.add(rule.rule_id)
            for position in outcome[rule.rule_id].failed_at:
                judged.failed[(rule.rule_id, str(frame["delivery_id"].iloc[position]))] = ()
        refused = [delivery for delivery in landed if delivery.delivery_id not in judged.held and blocking(rules, delivery, judged)]
        if not refused:
            break
        judged.held.add(refused[0].delivery_id)
    for rule in rules:
        answered = frame if rule.expects.column is None else frame[frame[rule.expects.column].notna()]
        judged.tested |= {(rule.rule_id, delivery_id) for delivery_id in answered["delivery_id"]}
        if rule.counted_in:
            counted = zip(frame["delivery_id"], frame[rule.counted_in], strict=True)
            judged.counts |= {(rule.rule_id, delivery_id): int(count) for delivery_id, count in counted if pd.notna(count)}


def _verdicts_within_limits(frame: pd.DataFrame, rules: Sequence[Rule], judged: Judgement) -> dict[str, Verdict]:
    """Test the rules in one validation. A rule with other limits for some deliveries is tested on these separately."""
    asked: list[Rule] = []
    split: dict[str, pd.Series] = {}
    for rule in rules:
        mine = {delivery_id: limits for (rule_id, delivery_id), limits in judged.limits.items() if rule_id == rule.rule_id}
        if not mine:
            asked.append(rule)
            continue
        of_delivery = frame["delivery_id"].map(lambda delivery_id, mine=mine, rule=rule: mine.get(delivery_id, rule.limits))
        for number, limits in enumerate(dict.fromkeys(of_delivery)):
            name = f"{rule.rule_id}{AT}{number}"
            split[name] = frame[rule.expects.column].where(of_delivery == limits)
            asked.append(replace(rule, rule_id=name, expects=between(name, limits.least, limits.most)))
    found = verdicts(frame.assign(**split), asked)
    return {rule.rule_id: _together(verdict for name, verdict in found.items() if name.partition(AT)[0] == rule.rule_id) for rule in rules}


def _together(parts: Iterable[Verdict]) -> Verdict:
    listed = list(parts)
    if any(verdict == ERRORED for verdict in listed):
        return ERRORED
    return Verdict(failed_at=tuple(sorted(position for verdict in listed for position in verdict.failed_at)))


def _name_subjects(connection: duckdb.DuckDBPyConnection, checks: SourceChecks, judged: Judgement) -> None:
    """Look up the pseudonym or post by which the failing rows are named."""
    rows = {(delivery_id, row) for (_, delivery_id), numbers in judged.failed.items() for row in numbers}
    if not rows:
        return
    connection.register("named", pd.DataFrame(sorted(rows), columns=["delivery_id", "source_row"]))
    found = connection.execute(
        f"select delivery_id, source_row, {checks.subject} as subject from received semi join named using (delivery_id, source_row)"
    ).fetchall()
    judged.subjects = {(str(delivery_id), int(row)): str(subject) for delivery_id, row, subject in found if subject is not None}


def _name_what_deliveries_fail_for(
    connection: duckdb.DuckDBPyConnection, checks: SourceChecks, periods: Mapping[str, str], judged: Judgement
) -> None:
    """Look up what the failures of whole deliveries concern: rows of them or of an earlier one, posts, teams."""
    for rule in checks.rules_of("deliveries"):
        failing = {delivery_id for rule_id, delivery_id in judged.failed if rule_id == rule.rule_id}
        sql = checks.named.get(rule.counted_in or "")
        if not failing or not sql:
            continue
        try:
            found = connection.execute(
                f"select delivery_id, in_delivery, source_row, subject, value from ({sql}) where list_contains(?, delivery_id) order by all",
                [sorted(failing)],
            ).fetchall()
        except duckdb.Error as error:  # the failure is reported all the same, without its rows
            log.error("%s: what %s concerns could not be looked up: %s", checks.source, rule.rule_id, type(error).__name__)
            continue
        for delivery_id in failing if any(value is not None for *_, value in found) else ():
            judged.counts[(rule.rule_id, delivery_id)] = 0  # by the council's limits, which only this count uses
        for delivery_id, in_delivery, row, subject, value in found:
            if value is None or _is_outside(value, with_limits(rule, delivery_id, judged.limits).limits):
                named_row = NamedRow(in_delivery, periods[in_delivery], row, None if subject is None else str(subject))
                judged.named.setdefault((rule.rule_id, delivery_id), []).append(named_row)
                if value is not None:
                    judged.counts[(rule.rule_id, delivery_id)] += 1


def _is_outside(value: float, limits: Limits | None) -> bool:
    least, most = (limits.least, limits.most) if limits else (None, None)
    return (least is not None and value < least) or (most is not None and value > most)


def with_limits(rule: Rule, delivery_id: str, limits: Mapping[tuple[str, str], Limits]) -> Rule:
    """The rule as it was tested on a delivery."""
    mine = limits.get((rule.rule_id, delivery_id))
    return rule.within(mine) if mine else rule
