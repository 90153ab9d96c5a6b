"""Landing: from files in the inbox to raw rows, rejected rows and ledger entries, each delivery whole or not at all.

A delivery is the rows of a month. A delivery's ledger entry is written after its rows, and a file's entry after those of all its
deliveries. So a landing that was killed is simply done again. A file whose bytes are known is not read.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from filelock import FileLock

from contracts import contract, every_version
from foundation import kept_hashes, ledger
from foundation.configuration import ConfigurationError, Organisation, organisation
from foundation.folder_rights import give_inbox
from foundation.ledger import ACCEPTED, HELD, LANDING, SUPERSEDED, CameAgain, Delivery, Problem, ReceivedFile
from foundation.rekeyed import refuse_half_rekeyed
from foundation.storage import Storage, restrict, shared, storage
from ingestion.arriving.inbox_extracts import Extract, find
from ingestion.arriving.new_arrivals import inbox_mark, remember_landed
from ingestion.landing.kept_files import keep_accepted, keep_original, keep_rejected, keep_rejected_keys, no_longer_rejected, rejected_path
from ingestion.landing.landing_report import SourceReport, counted, merged, once_a_file, rejections, report_of, same_content
from ingestion.landing.months_of_file import Month, MonthsReader
from ingestion.landing.reading_mark import ENDED_TWICE, marked, was_killed
from ingestion.landing.unread_files import remember_unread
from ingestion.mapping import Mapping, read_mapping
from ingestion.protecting.pseudonyms import Pseudonyms, check_key, master_key, pseudonyms_of
from ingestion.reading.delivery_parts import content_of, together
from ingestion.refusal import Finding, problem

log = logging.getLogger(__name__)


def land_source(organisation_id: str, source: str, again: bool = False) -> SourceReport:
    """Land every extract of a council's source that waits in the inbox and is not known yet.

    A file that cannot be used is held with its problems, is tried again at each call, and stops no other file. `again` reads
    deliveries once more that have rejected rows or are held by a check, after the mapping was corrected. A delivery that a check
    holds stays held until the check is made again. Raises ConfigurationError if configuration, mapping or key are wrong. Then
    nothing was read.
    """
    council = organisation(organisation_id)
    if source not in council.sources:
        configured = ", ".join(council.sources)
        raise ConfigurationError(f"{council.folder / 'organisation.yaml'}: no source {source}; configured are {configured}")
    store = storage()
    pseudonyms = pseudonyms_of(organisation_id, master_key()) if every_version(source).has_pseudonyms else None
    landing = _Landing(council, source, store, pseudonyms)
    restrict(store)
    give_inbox(store.home / "inbox")
    with FileLock(shared(store.ledger(organisation_id, source)) / ".lock"):
        refuse_half_rekeyed(store)
        before = inbox_mark(council, council.sources[source], store)
        report = landing.run(again)
        remember_landed(council, council.sources[source], store, before)
    log.info("%s", report)
    for reported in report.problems:
        log.log(logging.WARNING if reported.severity == HELD else logging.DEBUG, "%s %s: %s", organisation_id, source, reported.message)
    return report


@dataclass(frozen=True)
class _File:
    """A file that waits: the extract found in the inbox, the hash of its bytes, and their number."""

    extract: Extract
    sha256: str
    size: int


class _Landing:
    """One landing of a council's source: what stays the same for all its files."""

    def __init__(self, council: Organisation, source: str, store: Storage, pseudonyms: Pseudonyms | None) -> None:
        setting = council.sources[source]
        self.council, self.source, self.store, self.pseudonyms = council, source, store, pseudonyms
        self.delivers, self.arrives = setting.delivers, setting.arrives
        self.mapping: Mapping = read_mapping(setting.mapping, every_version(source))
        self.reader = MonthsReader(council, self.mapping, self.delivers, pseudonyms)
        self.known: dict[str, Delivery] = {}
        self.files: dict[str, ReceivedFile] = {}
        self.decided: dict[str, Delivery] = {}
        self.torn: frozenset[str] = frozenset()
        self.again = False

    def run(self, again: bool) -> SourceReport:
        organisation_id, self.again = self.council.organisation_id, again
        ledger.finish(organisation_id, self.source, self.store)
        damaged = kept_hashes.damage_of_ledger(organisation_id, self.source, self.store)
        kept_hashes.refuse_broken_chain(damaged)
        everything = ledger.deliveries(organisation_id, None, self.store)
        if self.pseudonyms:
            check_key(self.pseudonyms, everything)
        self.known = {delivery.delivery_id: delivery for delivery in everything if delivery.source == self.source}
        self.files = ledger.received_files(organisation_id, self.source, self.store)
        self.torn = self._torn()
        extracts, problems = find(self.store.inbox(organisation_id, self.source), self.mapping, self.arrives)
        extracts, of_parts = together(extracts, self.mapping)
        problems += of_parts
        unread = list(problems)
        problems += [Problem("damaged", HELD, damage.path, str(damage)) for damage in damaged]
        known = 0
        came: list[tuple[str, CameAgain]] = []
        for waiting in extracts:
            content = content_of(waiting, self.mapping)
            if isinstance(content, Problem):
                problems.append(content)
                unread.append(content)
                continue
            file = _File(waiting, hashlib.sha256(content).hexdigest(), len(content))
            landed: list[str] = []
            those = self._known_of(file)
            if not those or not all(self._is_done(self.known[delivery_id]) for delivery_id in those):
                landed, those = self._land_file(file, content)
                problems += once_a_file(self.known[delivery_id].problems for delivery_id in landed)
            known += len(those) - len(landed)
            came += (
                []
                if waiting.refused
                else [(delivery_id, CameAgain(waiting.name, file.sha256, waiting.received_at, "")) for delivery_id in those]
            )
            # The memory of a large file is freed before the next one is read.
            del content
        self._settle(came)
        remember_unread(unread, self.store.ledger(organisation_id, self.source))
        return report_of(organisation_id, self.source, self.decided.values(), known, problems)

    def _torn(self) -> frozenset[str]:
        """The deliveries of which a landing that was killed had written rows anew, and not yet their entry."""
        if not was_killed(self.store.ledger(self.council.organisation_id, self.source)):
            return frozenset()
        landed = [delivery for delivery in self.known.values() if delivery.landed]
        return frozenset(
            delivery.delivery_id for delivery in landed if any(kept_hashes.damage_of_rows(delivery, self.store, delivery.hashes))
        )

    def _known_of(self, file: _File) -> list[str]:
        """The deliveries of a file that was read to its end before, by the identity of their months. None for any other file."""
        entry = self.files.get(file.sha256)
        if entry is None or entry.month_from != self.mapping.month_from:
            return []
        those = [delivery_id for delivery_id in entry.deliveries if delivery_id in self.known]
        return (
            those
            if self.mapping.says_month
            else [delivery_id for delivery_id in those if self.known[delivery_id].period == file.extract.period]
        )

    def _is_done(self, known: Delivery) -> bool:
        """Whether a delivery needs no landing: its rows are in raw, or a later file of its period took its place."""
        if known.delivery_id in self.torn and known.delivery_id not in self.decided:
            return False
        if known.state == HELD and known.states[-1].by == LANDING:
            usable = (delivery for delivery in self.known.values() if delivery.period == known.period and delivery.is_usable)
            return any(delivery.received > known.received for delivery in usable)
        return known.delivery_id in self.decided or not (self.again and (known.rows_rejected or known.state == HELD))

    def _land_file(self, file: _File, content: bytes) -> tuple[list[str], list[str]]:
        """Land what is new in a file, and keep its original.

        Returns the deliveries that were landed or held now, and all deliveries of the file.
        """
        folder = self.store.landing(self.council.organisation_id, self.source)
        entries = self.store.ledger(self.council.organisation_id, self.source)
        with marked(entries, file.sha256, self.again) as may_be_read, ThreadPoolExecutor(max_workers=1) as aside:
            extract = file.extract if may_be_read else replace(file.extract, refused=(ENDED_TWICE,))
            original = aside.submit(keep_original, extract, content, file.sha256, folder)
            try:
                months, notes = self.reader.months(extract, content)
            finally:
                original.result()
        those = [self._delivery(month, file, len(months) > 1) for month in months]
        fresh = [
            (month, delivery)
            for month, delivery in zip(months, those, strict=True)
            if delivery.delivery_id not in self.known or not self._is_done(self.known[delivery.delivery_id])
        ]
        notes = merged([*notes, *(note for month, _ in fresh if month.judged for note in month.judged.notes)])
        for month, delivery in fresh:
            # A note about the file is given once, with its last month.
            decided = self._land(month, delivery, notes if month is fresh[-1][0] else ())
            self.decided[delivery.delivery_id] = self.known[delivery.delivery_id] = decided
        names = [delivery.delivery_id for delivery in those]
        self._withdraw(file, names)
        self._keep_entry(file, names)
        return [delivery.delivery_id for _, delivery in fresh], names

    def _delivery(self, month: Month, file: _File, several: bool) -> Delivery:
        """The delivery of a month of a file: a known one with the same rows, that of the file's earlier reading, or a new one."""
        of_month = [delivery for delivery in self.known.values() if delivery.period == month.period]
        same = next((delivery for delivery in of_month if month.rows_hash and delivery.rows_hash == month.rows_hash), None)
        known = same or next((delivery for delivery in of_month if delivery.sha256 == file.sha256), None)
        name = f"{month.period or 'no-month'}-{(month.rows_hash or file.sha256)[: ledger.HASH_DIGITS]}"
        known = known or self.known.get(name)
        if known and known.is_lost:
            # Its entry is written anew, because `again` asked for it.
            known = None
        return Delivery(
            delivery_id=known.delivery_id if known else name,
            organisation_id=self.council.organisation_id,
            source=self.source,
            period=month.period,
            delivers=self.delivers,
            file=file.extract.name,
            sheet=None,
            sha256=file.sha256,
            received_at=known.received_at if known and known.landed else file.extract.received_at,
            contract_version=contract(self.source, month.period).version,
            states=known.states if known else (),
            key_id=known.key_id if known else None,
            rows_hash=month.rows_hash,
            of_several=several,
            came_again=known.came_again if known else (),
            hashes=known.hashes if known else {},
        )

    def _land(self, month: Month, delivery: Delivery, notes: Sequence[Finding]) -> Delivery:
        """Land a month: everything else first, then its ledger entry."""
        delivery, held, found = self._use(month, delivery)
        decided = replace(
            delivery, problems=tuple(problem(finding, delivery.file, held=bool(held)) for finding in held or (*notes, *found))
        )
        if held:
            decided = ledger.append_state(decided, HELD, LANDING, "; ".join(problem.message for problem in decided.problems))
        elif not decided.states or decided.state != HELD or decided.states[-1].by == LANDING:
            decided = ledger.append_state(decided, ACCEPTED, LANDING, "read again" if delivery.landed else "landed")
        if decided != self.known.get(decided.delivery_id):
            ledger.write(decided, self.store)
        return decided

    def _use(self, month: Month, delivery: Delivery) -> tuple[Delivery, Sequence[Finding], Sequence[Finding]]:
        """Keep the results of a month. Returns the delivery with what is known about it now, what holds it, and the notes on its rows."""
        judged, promised = month.judged, month.promised
        if month.refused or judged is None or promised is None:
            return delivery, month.refused, ()
        conformed = judged.conformed
        delivery = counted(delivery, judged.sheet, conformed)
        keep_rejected(conformed.rejected, delivery, self.store)
        if judged.held:
            return delivery, judged.held, ()
        protected = month.protected
        if protected is None:
            protected = self.reader.protect(conformed.accepted, promised, str(month.period))
        keep_accepted(conformed.accepted, protected, delivery, promised, self.pseudonyms, self.store)
        keep_rejected_keys(conformed.rejected_keys, delivery, promised, self.pseudonyms, self.store, self.council.same_number)
        delivery = replace(delivery, rejected_keys=conformed.rejected_keys.height, hashes=kept_hashes.hashes_of(delivery, self.store))
        delivery = replace(delivery, key_id=self.pseudonyms.key_id if self.pseudonyms and promised.has_pseudonyms else None)
        rejected = rejections(conformed, rejected_path(delivery, self.store).relative_to(self.store.home))
        return delivery, (), (*judged.row_notes, *rejected, *same_content(delivery, self.known.values()))

    def _withdraw(self, file: _File, those: Sequence[str]) -> None:
        """If a file gives other deliveries than at an earlier reading, those that never landed are no longer held."""
        for delivery in list(self.known.values()):
            ours = self.mapping.says_month or delivery.period in (None, file.extract.period)
            if (
                delivery.sha256 == file.sha256
                and ours
                and delivery.delivery_id not in those
                and delivery.state == HELD
                and not delivery.landed
            ):
                gone = replace(delivery, rows_read=0, rows_accepted=0, rows_rejected=0, rows_left_out=0, problems=())
                gone = ledger.append_state(gone, SUPERSEDED, LANDING, "the file was read anew and has other deliveries")
                no_longer_rejected(delivery, self.store)
                ledger.write(gone, self.store)
                self.known[delivery.delivery_id] = gone

    def _keep_entry(self, file: _File, those: Sequence[str]) -> None:
        """Write the file's entry. From now on it is known, and is read again only if one of its deliveries needs it."""
        entry = self.files.get(file.sha256)
        if entry and entry.month_from == self.mapping.month_from and not self.mapping.says_month:
            # The same bytes under the name of another month.
            those = tuple(dict.fromkeys((*entry.deliveries, *those)))
        named = entry or ReceivedFile(file.sha256, file.extract.name, file.extract.received_at, "", (), file.size)
        new = replace(named, month_from=self.mapping.month_from, deliveries=tuple(those))
        if new != entry:
            self.files[file.sha256] = new
            ledger.write_file(new, self.council.organisation_id, self.source, self.store)

    def _settle(self, came: Sequence[tuple[str, CameAgain]]) -> None:
        """Mark which of several deliveries of a period is in force: the one whose rows came last, even if they had come before."""
        came = [
            *came,
            *(
                (delivery_id, CameAgain(file.file, file.sha256, file.received_at, ""))
                for file in self.files.values()
                for delivery_id in file.deliveries
            ),
        ]
        latest: dict[str, CameAgain] = {}
        for delivery_id, again in came:
            before = latest.get(delivery_id)
            if before is None or (again.received_at, again.file) > (before.received_at, before.file):
                latest[delivery_id] = again
        periods: dict[str, list[Delivery]] = {}
        for delivery in self.known.values():
            if delivery.landed and delivery.period:
                periods.setdefault(delivery.period, []).append(delivery)
        for period, those in periods.items():
            if len(those) == 1:
                continue
            newest = max(delivery.received for delivery in those)
            for delivery in those:
                last = latest.get(delivery.delivery_id)
                if last and delivery.received < newest and (last.received_at, last.file) > delivery.received[:2]:
                    ledger.write(replace(delivery, came_again=(*delivery.came_again, replace(last, at=ledger.now()))), self.store)
            ledger.settle(self.council.organisation_id, self.source, period, self.store)
