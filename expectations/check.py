"""Check a council's source, hold what is not believable, and keep what was found.

Everything that landed is checked again every time: that costs less than a second, and so a correction of an earlier
month, or of another source, clears or raises alarms without anybody touching the pipeline. Months are judged in their
order, and a held delivery is nothing that a later month is compared with.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, field, replace

import duckdb
import pandas as pd

from expectations.frames import database, deliveries_frame, in_force, order, rows_frame
from expectations.marts import CheckErrored, MartsRefused, check_marts
from expectations.results import write_source_results
from expectations.rules import Outcome, Rule, RuleResult, errors, refusals
from expectations.source import SourceChecks
from expectations.sources import SOURCES
from expectations.suite import ERRORED, Verdict, verdicts
from warehouse import ledger
from warehouse.ledger import Delivery
from warehouse.storage import Storage, storage

__all__ = ["CheckErrored", "MartsRefused", "accept_delivery", "check_marts", "check_source", "errors", "refusals"]

RELEASED_BY = "expectations"
PERSON = "person: "

# These speak of files, tables and columns. Any other message of DuckDB may quote the value that it could not use.
QUOTES_NO_VALUE = (duckdb.BinderException, duckdb.CatalogException, duckdb.IOException)

log = logging.getLogger(__name__)


@dataclass
class Judgement:
    """What came of all rules: the row numbers that fail each rule of each delivery, and which rules could not be tested.

    `tested` are the pairs of rule and delivery that had something to test; `counts` says how many rows a failure of a
    whole delivery concerns.
    """

    failed: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    errored: set[str] = field(default_factory=set)
    tested: set[tuple[str, str]] = field(default_factory=set)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


def check_source(organisation_id: str, source: str) -> list[RuleResult]:
    """Check all deliveries of a council's source, hold those that a blocking rule refuses, release those that pass again.

    Returns the results of the deliveries in force and of those held after them, and writes the same to `build/checks/`.
    A check that could not be made is returned as `errored`; it holds nothing and releases nothing. Raises ValueError for
    a source that has no checks.
    """
    if source not in SOURCES:
        raise ValueError(f"There is no source '{source}'. Those with checks are: {', '.join(SOURCES)}")
    checks, store = SOURCES[source], storage()
    known = ledger.deliveries(organisation_id, source, store)
    landed = sorted((one for one in known if one.landed and not _held_by_others(one)), key=order)
    others = {other: list(ledger.in_force(ledger.deliveries(organisation_id, other, store)).values()) for other in checks.reads}
    judged = _judge(checks, landed, others, {str(one.period) for one in known if one.period}, store)
    _bring_ledger_in_line(checks, landed, judged, store)
    months = {other: {str(one.period) for one in those} for other, those in others.items()}
    results = [
        _result(rule, one, judged)
        for one in _reported(landed, judged.held)
        for rule in checks.rules
        if all(one.period in months[other] for other in rule.reads)
        if rule.rule_id in judged.errored or (rule.rule_id, one.delivery_id) in judged.tested
    ]
    write_source_results(results, organisation_id, source, store)
    if judged.errored:
        log.error("%s %s: could not be checked, and nothing is held for it: %s", organisation_id, source, ", ".join(sorted(judged.errored)))
    return results


def accept_delivery(organisation_id: str, source: str, delivery_id: str, person: str, reason: str) -> Delivery:
    """Take a delivery as true although a rule refuses it; the ledger keeps who decided and why. No check holds it again.

    Raises KeyError for a delivery that the ledger does not know, and ValueError for one whose rows never landed.
    """
    return ledger.accept(organisation_id, source, delivery_id, f"{PERSON}{person}", reason)


def _judge(
    checks: SourceChecks,
    landed: Sequence[Delivery],
    others: Mapping[str, Sequence[Delivery]],
    received_periods: AbstractSet[str],
    store: Storage,
) -> Judgement:
    judged = Judgement()
    if not landed:
        return judged
    try:
        with closing(
            database(checks, landed, {name: (SOURCES[name].columns, those) for name, those in others.items()}, store)
        ) as connection:
            _judge_rows(connection, checks, landed, judged)
            _judge_deliveries(connection, checks, landed, received_periods, judged)
    except duckdb.Error as error:
        _could_not_measure(checks, checks.rules, error, judged)
    return judged


def _judge_rows(connection: duckdb.DuckDBPyConnection, checks: SourceChecks, landed: Sequence[Delivery], judged: Judgement) -> None:
    rules = checks.rules_of("rows")
    try:
        frame = rows_frame(connection, checks)
    except duckdb.Error as error:
        _could_not_measure(checks, rules, error, judged)
        return
    _keep(rules, frame, verdicts(frame, rules), judged)
    judged.tested |= {(rule.rule_id, one.delivery_id) for rule in rules for one in landed}
    judged.held |= {one.delivery_id for one in landed if _blocking(rules, one, judged)}


def _judge_deliveries(
    connection: duckdb.DuckDBPyConnection,
    checks: SourceChecks,
    landed: Sequence[Delivery],
    received_periods: AbstractSet[str],
    judged: Judgement,
) -> None:
    """Test the deliveries; hold the first that is refused and test again, until none is, since the later ones were compared with it."""
    rules = checks.rules_of("deliveries")
    while True:
        frame = deliveries_frame(connection, checks, landed, judged.held, received_periods)
        outcome = verdicts(frame, rules)
        for pair in [pair for pair in judged.failed if pair[0] in _ids(rules)]:
            del judged.failed[pair]
        _keep(rules, frame, outcome, judged)
        refused = [one for one in landed if one.delivery_id not in judged.held and _blocking(rules, one, judged)]
        if not refused:
            break
        judged.held.add(refused[0].delivery_id)
    for rule in rules:
        answered = frame if rule.expects.column is None else frame[frame[rule.expects.column].notna()]
        judged.tested |= {(rule.rule_id, delivery_id) for delivery_id in answered["delivery_id"]}
        if rule.counted_in:
            counted = zip(frame["delivery_id"], frame[rule.counted_in], strict=True)
            judged.counts |= {(rule.rule_id, delivery_id): int(count) for delivery_id, count in counted if pd.notna(count)}


def _keep(rules: Sequence[Rule], frame: pd.DataFrame, outcome: Mapping[str, Verdict], judged: Judgement) -> None:
    """Keep which deliveries and row numbers fail; positions in the frame and everything else are forgotten."""
    for rule in rules:
        if outcome[rule.rule_id] == ERRORED:
            judged.errored.add(rule.rule_id)
            continue
        failing = frame.iloc[list(outcome[rule.rule_id].failed_at)]
        for delivery_id, rows in failing.groupby("delivery_id"):
            numbers = tuple(sorted(int(row) for row in rows["source_row"])) if "source_row" in rows else ()
            judged.failed[(rule.rule_id, str(delivery_id))] = numbers


def _could_not_measure(checks: SourceChecks, rules: Sequence[Rule], error: Exception, judged: Judgement) -> None:
    told = str(error).splitlines()[0] if isinstance(error, QUOTES_NO_VALUE) else "its message may quote rows and is not kept"
    log.error("%s: what its rules test could not be measured: %s: %s", checks.source, type(error).__name__, told)
    judged.errored |= set(_ids(rules))


def _blocking(rules: Iterable[Rule], delivery: Delivery, judged: Judgement) -> list[Rule]:
    """The blocking rules that refuse a delivery. None, if a person accepted it."""
    if _accepted_by_a_person(delivery):
        return []
    return [rule for rule in rules if rule.severity == "block" and (rule.rule_id, delivery.delivery_id) in judged.failed]


def _bring_ledger_in_line(checks: SourceChecks, landed: Sequence[Delivery], judged: Judgement, store: Storage) -> None:
    sure = not any(rule.rule_id in judged.errored for rule in checks.rules if rule.severity == "block")
    for one in landed:
        refusing = _blocking(checks.rules, one, judged)
        if refusing and one.state != ledger.HELD:
            reason = ". ".join(rule.says for rule in refusing) + f". {refusing[0].fix}"
            ledger.hold(one.organisation_id, one.source, one.delivery_id, refusing[0].rule_id, reason, store)
            log.warning(
                "%s %s %s: %s is held by %s: %s", one.organisation_id, one.source, one.period, one.file, refusing[0].rule_id, reason
            )
        elif not refusing and one.state == ledger.HELD and sure:
            ledger.accept(one.organisation_id, one.source, one.delivery_id, RELEASED_BY, "no blocking rule refuses it any more", store)
            log.info("%s %s: %s (%s) is no longer held", one.organisation_id, one.source, one.delivery_id, one.file)


def _reported(landed: Sequence[Delivery], held: AbstractSet[str]) -> list[Delivery]:
    """Of each month the delivery in force and those held that came after it; what was replaced is no longer news."""
    good = in_force(landed, held)
    return [one for one in landed if str(one.period) not in good or order(one) >= order(good[str(one.period)])]


def _result(rule: Rule, one: Delivery, judged: Judgement) -> RuleResult:
    pair = (rule.rule_id, one.delivery_id)
    row_keys = judged.failed.get(pair, ())
    outcome: Outcome = "errored" if rule.rule_id in judged.errored else "failed" if pair in judged.failed else "passed"
    count = len(row_keys) if rule.of == "rows" else judged.counts.get(pair, 0)
    found = RuleResult(
        rule_id=rule.rule_id,
        organisation_id=one.organisation_id,
        source=one.source,
        period=str(one.period),
        delivery_id=one.delivery_id,
        severity=rule.severity,
        outcome=outcome,
        rows_failed=count if outcome == "failed" else 0,
        says=rule.says,
        fix=rule.fix,
        row_keys=row_keys,
    )
    if outcome == "failed" and rule.severity == "block" and _accepted_by_a_person(one):
        return replace(found, severity="warn", says=f"{rule.says} (accepted as true by the council)")
    return found


def _accepted_by_a_person(delivery: Delivery) -> bool:
    return any(one.state == ledger.ACCEPTED and one.by.startswith(PERSON) for one in delivery.states)


def _held_by_others(delivery: Delivery) -> bool:
    """Held by landing or by a person: not for a rule to release."""
    last = delivery.states[-1]
    return last.state == ledger.HELD and (last.by == ledger.LANDING or last.by.startswith(PERSON))


def _ids(rules: Iterable[Rule]) -> list[str]:
    return [rule.rule_id for rule in rules]
