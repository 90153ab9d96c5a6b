"""Landing: what waits in the inbox becomes raw rows, rejected rows and a ledger entry, each delivery whole or not at all.

The ledger entry is written last, so that a landing that was killed is simply done again.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl
from filelock import FileLock

from ingestion.account import SourceReport, counted, expect_rows, rejections, report_of, same_content
from ingestion.conform import Conformed, conform
from ingestion.contract import Contract, contract, every_version
from ingestion.drift import changed_columns, doubtful_values, has_new_code, new_codes
from ingestion.find import Extract, find
from ingestion.fit import Fit, fit
from ingestion.keep import keep_accepted, keep_original, keep_rejected, rejected_path
from ingestion.keys import Pseudonyms, check_key, master_key, pseudonyms_of
from ingestion.mapping import Mapping, read_mapping
from ingestion.mapping.version import of_version
from ingestion.parts import content_of, each_month, together
from ingestion.period import month_end, of_month, period_of, read_month
from ingestion.protect import protect
from ingestion.read import Table, read
from ingestion.refusal import FileRefused, problem
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
            content = content_of(waiting)
            if isinstance(content, Problem):
                problems.append(content)
                continue
            months = [(one, self._received(one, content)) for one in each_month(waiting, content, self.mapping)]
            fresh = [one for one in months if one[1].delivery_id not in decided and not self._is_done(one[1].delivery_id, again)]
            known += len(months) - len(fresh)
            originals = [keep_original(extract, content, delivery, self.store) for extract, delivery in fresh]
            # Each delivery is read from its original: a large file is in memory only while it is read.
            del content
            for (extract, delivery), original in zip(fresh, originals, strict=True):
                decided[delivery.delivery_id] = self.known[delivery.delivery_id] = self._land(extract, original, delivery)
                problems += self.known[delivery.delivery_id].problems
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

    def _land(self, extract: Extract, original: Path, delivery: Delivery) -> Delivery:
        """Land one extract from its original: everything else first, then its ledger entry."""
        try:
            if self.mapping.says_month and extract.period is None:
                of_month(read(original.read_bytes(), self.mapping), self.mapping, "")
            period = period_of(extract, self.council.first_month)
            promised = contract(self.source, period)
            mapping, fitted = self._fit(promised)
            table = read_month(original.read_bytes(), mapping, period)
            conformed, protected = self._conformed(table, fitted, promised, period)
            delivery = counted(delivery, table, conformed)
            keep_rejected(conformed.rejected, delivery, self.store)
            rejected = rejections(conformed, rejected_path(delivery, self.store).relative_to(self.store.home))
            codes = new_codes(conformed, promised, mapping)
            changed = changed_columns(conformed, promised, mapping)
            if changed or has_new_code(conformed, promised, mapping):
                raise FileRefused(*changed, *codes)
            expect_rows(conformed, mapping, rejected, codes)
            keep_accepted(conformed.accepted, protected, delivery, promised, self.pseudonyms, self.store)
            delivery = replace(delivery, key_id=self.pseudonyms.key_id if self.pseudonyms and promised.has_pseudonyms else None)
        except FileRefused as refused:
            problems = tuple(problem(one, delivery.file, held=True) for one in refused.findings)
            decided = replace(delivery, problems=problems)
            decided = ledger.append_state(decided, HELD, LANDING, "; ".join(one.message for one in problems))
        else:
            notes = [*table.notes, *conformed.notes, *rejected, *codes, *same_content(delivery, self.known.values())]
            notes += doubtful_values(conformed, promised, mapping)
            decided = replace(delivery, problems=tuple(problem(one, delivery.file, held=False) for one in notes))
            held_by_check = decided.states and decided.state == HELD and decided.states[-1].by != LANDING
            if not held_by_check:
                decided = ledger.append_state(decided, ACCEPTED, LANDING, "read again" if delivery.landed else "landed")
        if decided != self.known.get(decided.delivery_id):
            ledger.write(decided, self.store)
        return decided

    def _conformed(self, table: Table, fitted: Fit, promised: Contract, period: str) -> tuple[Conformed, pl.DataFrame]:
        """The rows told apart, and those accepted as raw keeps them: some are protected while the next are being conformed."""
        protected: list[Future[pl.DataFrame]] = []

        def take(accepted: pl.DataFrame) -> None:
            protected.append(aside.submit(protect, accepted, promised, self.pseudonyms, month_end(period)))

        with ThreadPoolExecutor(max_workers=1) as aside:
            conformed = conform(table, fitted, take)
        return conformed, pl.concat(one.result() for one in protected)

    def _fit(self, promised: Contract) -> tuple[Mapping, Fit]:
        """The mapping as far as a version of the contract goes, and its fit; made once a version."""
        if promised.version not in self.fits:
            mapping = of_version(self.mapping, promised)
            self.fits[promised.version] = mapping, fit(promised, mapping, self.delivers)
        return self.fits[promised.version]

    def _settle(self) -> None:
        """Mark which of several deliveries of a period is in force."""
        periods = Counter(one.period for one in self.known.values() if one.state != HELD)
        for period, count in periods.items():
            if count > 1 and period:
                ledger.settle(self.council.organisation_id, self.source, period, self.store)
