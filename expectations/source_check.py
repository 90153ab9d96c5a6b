"""Check a council's source, hold deliveries that cannot be believed, and keep the results.

Everything that landed is checked again every time, which takes less than a second. So a correction of an earlier month, or of another
source, clears or raises alerts without any work by hand. Months are judged in order, and no month is compared with a held delivery.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from datetime import UTC, date, datetime

import duckdb
from filelock import FileLock

from expectations.engine.check_results import FILE_MISSING, NamedRow, rejected_rows, write_source_results
from expectations.engine.check_rule import Outcome, Rule, RuleResult, Severity, errors, refusals
from expectations.engine.council_decisions import Decisions, decisions
from expectations.engine.delivery_frame import database, doubtful_values, in_force, order
from expectations.engine.rule_judgement import PERSON, Judgement, accepted_by_a_person, blocking, could_not_measure, judge, with_limits
from expectations.engine.source_checks import SourceChecks
from expectations.marts_check import CheckErrored, MartsRefused, check_marts
from expectations.missing_files import MISSING, NO_MONTH, FileProblem, missing, not_used, refused
from expectations.rules.every_source import SOURCES, every_rule
from foundation import ledger
from foundation.configuration import configuration_folder, organisation
from foundation.kept_hashes import held_where_damaged
from foundation.ledger import FILE_REFUSED, Delivery
from foundation.storage import Storage, shared, storage

__all__ = ["CheckErrored", "MartsRefused", "accept_delivery", "check_marts", "check_source", "errors", "refusals"]

RELEASED_BY = "expectations"

log = logging.getLogger(__name__)


def check_source(organisation_id: str, source: str, today: date | None = None) -> list[RuleResult]:
    """Check all deliveries of a council's source. Hold those that a blocking rule refuses, and release those that pass again.

    Returns the results of the deliveries in force and of those held after them, and writes the same to `build/checks/`.
    A check that could not run is returned as `errored`. It holds nothing and releases nothing. `today` decides which accepted exceptions
    still apply. Raises ValueError for a source that has no checks, ConfigurationError for a decision that cannot be read.
    """
    if source not in SOURCES:
        raise ValueError(f"There is no source '{source}'. Those with checks are: {', '.join(SOURCES)}")
    now = datetime.now(UTC)
    checks, store = SOURCES[source], storage()
    decided = decisions(organisation_id, every_rule())
    with FileLock(shared(store.ledger(organisation_id, source)) / ".lock"):  # landing's lock: nothing lands while the source is judged
        return _check(checks, organisation_id, store, decided, now, today or now.date())


def _check(checks: SourceChecks, organisation_id: str, store: Storage, decided: Decisions, now: datetime, today: date) -> list[RuleResult]:
    source = checks.source
    known, damage = held_where_damaged(ledger.deliveries(organisation_id, source, store), store)
    for wrong in damage:
        log.warning("%s", wrong)
    landed = sorted((delivery for delivery in known if delivery.landed and not _held_by_others(delivery)), key=order)
    others = {
        other: list(ledger.in_force(held_where_damaged(ledger.deliveries(organisation_id, other, store), store)[0]).values())
        for other in checks.reads
    }
    judged = _judge(checks, landed, others, {str(delivery.period) for delivery in known if delivery.period}, decided, store)
    _bring_ledger_in_line(checks, landed, judged, store)
    months = {other: {str(delivery.period) for delivery in those} for other, those in others.items()}
    results = [
        _result(rule, delivery, judged, decided, today)
        for delivery in _reported(landed, judged.held)
        for rule in checks.rules
        if all(delivery.period in months[other] for other in rule.reads)
        if rule.rule_id in judged.errored or (rule.rule_id, delivery.delivery_id) in judged.tested
    ]
    named = judged.named | _named_by_landing(checks, results, landed, store)
    of_files = _results_of_files(organisation_id, source, known, store, today)
    not_tested = {str(delivery.period) for delivery in known if delivery.is_damaged}
    write_source_results([*results, *of_files], judged.subjects, organisation_id, source, store, now, named, not_tested)
    if judged.errored:
        log.error(
            "%s %s: these rules could not be checked, so they hold nothing: %s", organisation_id, source, ", ".join(sorted(judged.errored))
        )
    return results


def _named_by_landing(
    checks: SourceChecks, results: Iterable[RuleResult], landed: Sequence[Delivery], store: Storage
) -> dict[tuple[str, str], list[NamedRow]]:
    """What rules on counts of landing concern: the rows that landing rejected, with their reasons, and the first of the rows that it doubts."""
    deliveries, counted_in = (
        {delivery.delivery_id: delivery for delivery in landed},
        {rule.rule_id: rule.counted_in for rule in checks.rules},
    )
    found = {}
    for result in results:
        if result.outcome == "failed" and counted_in[result.rule_id] in ("rows_rejected", "doubtful_values"):
            delivery = deliveries[str(result.delivery_id)]
            if counted_in[result.rule_id] == "rows_rejected":
                rows = rejected_rows(delivery.organisation_id, delivery.source, delivery.delivery_id, result.period, store)
            else:
                doubted = [(row, f"The first of {count:,} such rows") for row, count in doubtful_values(delivery)]
                rows = [NamedRow(delivery.delivery_id, result.period, row, reason=reason) for row, reason in doubted]
            found[(result.rule_id, delivery.delivery_id)] = rows
    return found


def _results_of_files(organisation_id: str, source: str, mine: Sequence[Delivery], store: Storage, today: date) -> Iterable[RuleResult]:
    """Months whose file landing refused or that did not come, one result per month, for the data-quality page. They hold no delivery, because
    there is none."""
    if not (configuration_folder() / "organisations" / organisation_id / "organisation.yaml").exists():
        return
    council = organisation(organisation_id)
    missed = missing(council, source, ledger.deliveries(organisation_id, None, store), today) if source in council.sources else ()
    found: dict[tuple[str, str], list[FileProblem]] = {}
    for problem in (*refused(mine), *missed):
        # A file whose month is not known is shown in the month in which it came.
        period = problem.received_at[:7] if problem.period == NO_MONTH else problem.period
        found.setdefault((FILE_MISSING if problem.kind == MISSING else FILE_REFUSED, period), []).append(problem)
    for (rule_id, period), those in sorted(found.items()):
        says = those[0].says if rule_id == FILE_MISSING else not_used(those)
        yield RuleResult(rule_id, organisation_id, source, period, None, "block", "failed", 0, says, those[0].fix, put_right_in=source)


def accept_delivery(organisation_id: str, source: str, delivery_id: str, person: str, reason: str) -> Delivery:
    """Accept a delivery as true although a rule refuses it. The ledger keeps who decided and why. No check holds it again.

    Raises KeyError for a delivery that the ledger does not know, and ValueError for one whose rows never landed.
    """
    return ledger.accept(organisation_id, source, delivery_id, f"{PERSON}{person}", reason)


def _judge(
    checks: SourceChecks,
    landed: Sequence[Delivery],
    others: Mapping[str, Sequence[Delivery]],
    received_periods: AbstractSet[str],
    decided: Decisions,
    store: Storage,
) -> Judgement:
    if not landed:
        return Judgement()
    others_columns = {name: (SOURCES[name].columns, those) for name, those in others.items()}
    try:
        connection = database(checks, landed, others_columns, store, _team_changes(landed[0].organisation_id))
    except duckdb.Error as error:
        judged = Judgement()
        could_not_measure(checks, checks.rules, error, judged)
        return judged
    with closing(connection):
        return judge(connection, checks, landed, received_periods, decided)


def _team_changes(organisation_id: str) -> list[tuple[str, str, str]]:
    """Teams that continue under another number: from_date, old_team_id, new_team_id."""
    path = configuration_folder() / "organisations" / organisation_id / "team_changes.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["from_date"], row["old_team_id"], row["new_team_id"]) for row in csv.DictReader(file)]


def _bring_ledger_in_line(checks: SourceChecks, landed: Sequence[Delivery], judged: Judgement, store: Storage) -> None:
    sure = not any(rule.rule_id in judged.errored for rule in checks.rules if rule.severity == "block")
    for delivery in landed:
        refusing = [with_limits(rule, delivery.delivery_id, judged.limits) for rule in blocking(checks.rules, delivery, judged)]
        if refusing and delivery.state != ledger.HELD:
            reason = ". ".join(rule.told for rule in refusing) + f". {refusing[0].fix}"
            ledger.hold(delivery.organisation_id, delivery.source, delivery.delivery_id, refusing[0].rule_id, reason, store)
            log.warning(
                "%s %s %s: %s is held by %s: %s",
                delivery.organisation_id,
                delivery.source,
                delivery.period,
                delivery.file,
                refusing[0].rule_id,
                reason,
            )
        elif not refusing and delivery.state == ledger.HELD and sure:
            ledger.accept(
                delivery.organisation_id, delivery.source, delivery.delivery_id, RELEASED_BY, "no blocking rule refuses it any more", store
            )
            log.info("%s %s: %s (%s) is no longer held", delivery.organisation_id, delivery.source, delivery.delivery_id, delivery.file)


def _reported(landed: Sequence[Delivery], held: AbstractSet[str]) -> list[Delivery]:
    """For each month, the delivery in force and held deliveries that came after it. Replaced deliveries are not reported."""
    good = in_force(landed, held)
    return [delivery for delivery in landed if str(delivery.period) not in good or order(delivery) >= order(good[str(delivery.period)])]


def _result(rule: Rule, delivery: Delivery, judged: Judgement, decided: Decisions, today: date) -> RuleResult:
    pair = (rule.rule_id, delivery.delivery_id)
    rule = with_limits(rule, delivery.delivery_id, judged.limits)
    row_keys = judged.failed.get(pair, ())
    outcome: Outcome = "errored" if rule.rule_id in judged.errored else "failed" if pair in judged.failed else "passed"
    count = (len(row_keys) if rule.of == "rows" else judged.counts.get(pair, 0)) if outcome == "failed" else 0
    severity: Severity = rule.severity
    says, until = rule.told, None
    if outcome == "failed" and severity == "block":
        if accepted_by_a_person(delivery):
            severity, says = "warn", f"{says} (accepted as true by the council)"
    elif outcome == "failed" and (accepted := decided.accepted(rule.rule_id, str(delivery.period), count, today)):
        outcome, until = "accepted", accepted.until
    return RuleResult(
        rule_id=rule.rule_id,
        organisation_id=delivery.organisation_id,
        source=delivery.source,
        period=str(delivery.period),
        delivery_id=delivery.delivery_id,
        severity=severity,
        outcome=outcome,
        rows_failed=count,
        says=says,
        fix=rule.fix,
        row_keys=row_keys,
        indicators=rule.indicators,
        put_right_in=rule.put_right_in or delivery.source,
        accepted_until=until,
    )


def _held_by_others(delivery: Delivery) -> bool:
    """Held by landing, by a person, or because something of it is damaged. A rule must not release it."""
    last = delivery.states[-1]
    return last.state == ledger.HELD and (last.by in (ledger.LANDING, ledger.DAMAGE) or last.by.startswith(PERSON))
