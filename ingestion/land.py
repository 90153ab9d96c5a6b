"""Landing: what waits in the inbox becomes raw rows, rejected rows and a ledger entry, each delivery whole or not at all.

The ledger entry is written last, so that a landing that was killed is simply done again.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import polars as pl
from filelock import FileLock

from ingestion.account import SourceReport, counted, rejections, report_of, same_content
from ingestion.contract import Contract, contract, every_version
from ingestion.find import Extract, find
from ingestion.fit import Fit, fit
from ingestion.judge import Judged, judge
from ingestion.keep import keep_accepted, keep_original, keep_rejected, keep_rejected_keys, rejected_path
from ingestion.keys import Pseudonyms, check_key, master_key, pseudonyms_of
from ingestion.mapping import Mapping, read_mapping
from ingestion.mapping.version import of_version
from ingestion.parts import content_of, each_month, together
from ingestion.period import month_end, months_of, period_of
from ingestion.protect import protect
from ingestion.reading.ahead import short_turns
from ingestion.refusal import FileRefused, Finding, problem, refused_if_unforeseen
from warehouse import ledger
from warehouse.configuration import ConfigurationError, Organisation, organisation
from warehouse.ledger import ACCEPTED, HELD, LANDING, Delivery, Problem
from warehouse.rekeyed import refuse_half_rekeyed
from warehouse.storage import Storage, restrict, shared, storage

log = logging.getLogger(__name__)


def land_source(organisation_id: str, source: str, again: bool = False) -> SourceReport:
    """Land every extract of a council's source that waits in the inbox and is not known yet.

    A file that cannot be used is held with its problems, is tried again at each call, and keeps no other file back. `again` reads
    deliveries with rejected rows, or held by a check, once more, for when the mapping was mended; what a check holds stays held
    until the check is made again. Raises ConfigurationError where configuration, mapping or key are wrong: nothing was read then.
    """
    council = organisation(organisation_id)
    if source not in council.sources:
        configured = ", ".join(council.sources)
        raise ConfigurationError(f"{council.folder / 'organisation.yaml'}: no source {source}; configured are {configured}")
    store = storage()
    pseudonyms = pseudonyms_of(organisation_id, master_key()) if every_version(source).has_pseudonyms else None
    landing = _Landing(council, source, store, pseudonyms)
    restrict(store)
    with FileLock(shared(store.ledger(organisation_id, source)) / ".lock"):
        refuse_half_rekeyed(store)
        report = landing.run(again)
    log.info("%s", report)
    for one in report.problems:
        log.log(logging.WARNING if one.severity == HELD else logging.DEBUG, "%s %s: %s", organisation_id, source, one.message)
    return report


class _Landing:
    """One landing of a council's source: what stays the same for all its files."""

    def __init__(self, council: Organisation, source: str, store: Storage, pseudonyms: Pseudonyms | None) -> None:
        setting = council.sources[source]
        self.council, self.source, self.store, self.pseudonyms = council, source, store, pseudonyms
        self.delivers, self.arrives = setting.delivers, setting.arrives
        self.mapping: Mapping = read_mapping(setting.mapping, every_version(source))
        self.fits: dict[str, tuple[Mapping, Fit]] = {}
        self.known: dict[str, Delivery] = {}

    def run(self, again: bool) -> SourceReport:
        organisation_id = self.council.organisation_id
        ledger.forget_old_words(organisation_id, self.source, self.store)
        everything = ledger.deliveries(organisation_id, None, self.store)
        if self.pseudonyms:
            check_key(self.pseudonyms, everything)
        self.known = {one.delivery_id: one for one in everything if one.source == self.source}
        extracts, problems = find(self.store.inbox(organisation_id, self.source), self.mapping, self.arrives)
        extracts, of_parts = together(extracts, self.mapping)
        problems += of_parts
        decided: dict[str, Delivery] = {}
        known = 0
        for waiting in extracts:
            content = content_of(waiting, self.mapping)
            if isinstance(content, Problem):
                problems.append(content)
                continue
            months = [(one, self._received(one, content)) for one in each_month(waiting, content, self.mapping)]
            fresh = [one for one in months if one[1].delivery_id not in decided and not self._is_done(one[1].delivery_id, again)]
            known += len(months) - len(fresh)
            for extract, delivery in fresh:
                decided[delivery.delivery_id] = self.known[delivery.delivery_id] = self._land(extract, content, delivery)
                problems += self.known[delivery.delivery_id].problems
            # A large file is let go of before the next one is read.
            del content
        self._settle()
        return report_of(organisation_id, self.source, decided.values(), known, problems)

    def _received(self, extract: Extract, content: bytes) -> Delivery:
        """The delivery that an extract is, before it is read; its states are those that the ledger has."""
        sha256 = hashlib.sha256(content).hexdigest()
        delivery_id = f"{extract.period or 'no-month'}-{sha256[:12]}"
        known = self.known.get(delivery_id)
        return Delivery(
            delivery_id=delivery_id,
            organisation_id=self.council.organisation_id,
            source=self.source,
            period=extract.period,
            delivers=self.delivers,
            file=extract.name,
            sheet=None,
            sha256=sha256,
            received_at=extract.received_at,
            contract_version=contract(self.source, extract.period).version,
            states=known.states if known else (),
            key_id=known.key_id if known else None,
        )

    def _is_done(self, delivery_id: str, again: bool) -> bool:
        """Whether a delivery needs no landing: its rows are in raw, or a later file of its period took its place."""
        known = self.known.get(delivery_id)
        if known is None:
            return False
        if known.state == HELD and known.states[-1].by == LANDING:
            usable = (one for one in self.known.values() if one.period == known.period and one.state != HELD)
            return any(one.received > known.received for one in usable)
        return not (again and (known.rows_rejected or known.state == HELD))

    def _land(self, extract: Extract, content: bytes, delivery: Delivery) -> Delivery:
        """Land one extract: everything else first, then its ledger entry."""
        delivery, held, notes = self._use(extract, content, delivery)
        decided = replace(delivery, problems=tuple(problem(one, delivery.file, held=bool(held)) for one in held or notes))
        if held:
            decided = ledger.append_state(decided, HELD, LANDING, "; ".join(one.message for one in decided.problems))
        elif not decided.states or decided.state != HELD or decided.states[-1].by == LANDING:
            decided = ledger.append_state(decided, ACCEPTED, LANDING, "read again" if delivery.landed else "landed")
        if decided != self.known.get(decided.delivery_id):
            ledger.write(decided, self.store)
        return decided

    def _use(self, extract: Extract, content: bytes, delivery: Delivery) -> tuple[Delivery, Sequence[Finding], Sequence[Finding]]:
        """Keep an extract and what it comes to; returns the delivery with what is known of it now, what holds it, and the notes."""
        with ThreadPoolExecutor(max_workers=1) as aside:
            original = aside.submit(keep_original, extract, content, delivery, self.store)
            try:
                with refused_if_unforeseen():
                    promised, judged, protected = self._judged(extract, content)
            except FileRefused as refused:
                return delivery, refused.findings, ()
            finally:
                original.result()
        conformed = judged.conformed
        delivery = counted(delivery, judged.sheet, conformed)
        keep_rejected(conformed.rejected, delivery, self.store)
        if judged.held:
            return delivery, judged.held, ()
        keep_accepted(conformed.accepted, protected, delivery, promised, self.pseudonyms, self.store)
        keep_rejected_keys(conformed.rejected_keys, delivery, promised, self.pseudonyms, self.store, self.council.same_number)
        delivery = replace(delivery, rejected_keys=conformed.rejected_keys.height)
        delivery = replace(delivery, key_id=self.pseudonyms.key_id if self.pseudonyms and promised.has_pseudonyms else None)
        rejected = rejections(conformed, rejected_path(delivery, self.store).relative_to(self.store.home))
        return delivery, (), (*judged.notes, *rejected, *same_content(delivery, self.known.values()))

    def _judged(self, extract: Extract, content: bytes) -> tuple[Contract, Judged, pl.DataFrame]:
        """The month's contract, the judgement by it, and the accepted rows as raw keeps them: they are protected as they come."""
        if self.mapping.says_month and extract.period is None:
            months_of(content, self.mapping)
        period = period_of(extract, self.council.first_month, self.council.last_month)
        promised = contract(self.source, period)
        mapping, fitted = self._fit(promised)
        protected: list[Future[pl.DataFrame]] = []
        with short_turns(), ThreadPoolExecutor(max_workers=1) as aside:

            def take(accepted: pl.DataFrame) -> None:
                protected.append(aside.submit(protect, accepted, promised, self.pseudonyms, month_end(period), self.council.same_number))

            judged = judge(content, mapping, promised, fitted, period, take)
        return promised, judged, pl.concat(one.result() for one in protected)

    def _fit(self, promised: Contract) -> tuple[Mapping, Fit]:
        """The mapping as far as a version of the contract goes, and its fit; made once a version."""
        if promised.version not in self.fits:
            mapping = of_version(self.mapping, promised)
            self.fits[promised.version] = mapping, fit(promised, mapping, self.delivers, self.council.same_number)
        return self.fits[promised.version]

    def _settle(self) -> None:
        """Mark which of several deliveries of a period is in force."""
        periods = Counter(one.period for one in self.known.values() if one.state != HELD)
        for period, count in periods.items():
            if count > 1 and period:
                ledger.settle(self.council.organisation_id, self.source, period, self.store)
