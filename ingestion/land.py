"""Landing: what waits in the inbox becomes raw rows, rejected rows and a ledger entry, each delivery whole or not at all.

The ledger entry is written last, so that a landing that was killed is simply done again.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from filelock import FileLock

from ingestion.conform import Conformed, conform
from ingestion.contract import Contract, contract
from ingestion.find import Extract, find
from ingestion.fit import Fit, fit
from ingestion.mapping import Mapping, read_mapping
from ingestion.period import check_as_at, month_end, period_of
from ingestion.protect import Pseudonyms, identities, master_key, protect, with_delivery
from ingestion.read import Table, read
from ingestion.refusal import FileRefused, Finding, problem, refuse
from warehouse import ledger
from warehouse.configuration import ConfigurationError, Organisation, organisation
from warehouse.ledger import ACCEPTED, HELD, LANDING, Delivery, Problem
from warehouse.storage import Storage, private, shared, storage, write_whole

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SourceReport:
    """What a landing did with a council's source. Counts are of deliveries and of the rows of those landed or held this time."""

    organisation_id: str
    source: str
    landed: int
    already_known: int
    held: int
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_left_out: int
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        files = f"{self.landed} landed, {self.already_known} already known, {self.held} held"
        rows = f"{self.rows_read:,} rows read = {self.rows_accepted:,} accepted + {self.rows_rejected:,} rejected"
        return f"{self.organisation_id} {self.source}: {files}; {rows} + {self.rows_left_out:,} left out"

    @property
    def failed(self) -> bool:
        """Whether a file is not used, so that somebody has to act."""
        return any(one.severity == HELD for one in self.problems)


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
    landing = _Landing(council, source, store)
    with FileLock(shared(store.ledger(organisation_id, source)) / ".lock"):
        report = landing.run(again)
    log.info("%s", report)
    for one in report.problems:
        log.log(logging.WARNING if one.severity == HELD else logging.DEBUG, "%s %s: %s", organisation_id, source, one.message)
    return report


class _Landing:
    """One landing of a council's source: what stays the same for all its files."""

    def __init__(self, council: Organisation, source: str, store: Storage) -> None:
        setting = council.sources[source]
        self.council, self.source, self.store = council, source, store
        self.delivers = setting.delivers
        self.contract: Contract = contract(source)
        self.mapping: Mapping = read_mapping(setting.mapping, self.contract)
        self.fit: Fit = fit(self.contract, self.mapping, self.delivers)
        self.pseudonyms = Pseudonyms(council.organisation_id, master_key()) if self.contract.has_pseudonyms else None
        self.known: dict[str, Delivery] = {}

    def run(self, again: bool) -> SourceReport:
        organisation_id = self.council.organisation_id
        self.known = {one.delivery_id: one for one in ledger.deliveries(organisation_id, self.source, self.store)}
        extracts, problems = find(self.store.inbox(organisation_id, self.source), self.mapping)
        decided: dict[str, Delivery] = {}
        for extract in extracts:
            content = extract.path.read_bytes()
            delivery = self._received(extract, content)
            if delivery.delivery_id in decided or self._is_done(delivery.delivery_id, again):
                continue
            decided[delivery.delivery_id] = self.known[delivery.delivery_id] = self._land(extract, content, delivery)
            problems += self.known[delivery.delivery_id].problems
        self._settle()
        refused = sum(any(found.severity == HELD for found in one.problems) for one in decided.values())
        return SourceReport(
            organisation_id=organisation_id,
            source=self.source,
            landed=len(decided) - refused,
            already_known=len(extracts) - len(decided),
            held=refused,
            rows_read=sum(one.rows_read for one in decided.values()),
            rows_accepted=sum(one.rows_accepted for one in decided.values()),
            rows_rejected=sum(one.rows_rejected for one in decided.values()),
            rows_left_out=sum(one.rows_left_out for one in decided.values()),
            problems=tuple(problems),
        )

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
            contract_version=self.contract.version,
            states=known.states if known else (),
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
        self._keep_original(extract, content, delivery)
        try:
            period = period_of(extract, self.council.first_month)
            table = read(content, self.mapping)
            check_as_at(table, self.mapping, period)
            conformed = conform(table, self.fit)
            delivery = self._counted(delivery, table, conformed)
            self._write_rejected(delivery, conformed)
            self._expect_rows(delivery, conformed)
            self._write_accepted(delivery, conformed, period)
        except FileRefused as refused:
            problems = tuple(problem(one, delivery.file, held=True) for one in refused.findings)
            decided = replace(delivery, problems=problems)
            decided = ledger.append_state(decided, HELD, LANDING, "; ".join(one.message for one in problems))
        else:
            notes = [*table.notes, *self._rejections(delivery, conformed), *self._doubts(delivery)]
            decided = replace(delivery, problems=tuple(problem(one, delivery.file, held=False) for one in notes))
            held_by_check = decided.states and decided.state == HELD and decided.states[-1].by != LANDING
            if not held_by_check:
                decided = ledger.append_state(decided, ACCEPTED, LANDING, "read again" if delivery.landed else "landed")
        if decided != self.known.get(decided.delivery_id):
            ledger.write(decided, self.store)
        return decided

    def _keep_original(self, extract: Extract, content: bytes, delivery: Delivery) -> None:
        folder = private(self.store.landing(self.council.organisation_id, self.source))
        path = folder / f"{delivery.delivery_id}__{delivery.file}"
        stamps = extract.path.stat()

        def write(part: Path) -> None:
            part.write_bytes(content)
            os.utime(part, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))

        if not path.exists():
            write_whole(path, write)

    def _counted(self, delivery: Delivery, table: Table, conformed: Conformed) -> Delivery:
        counted = replace(
            delivery,
            sheet=table.sheet,
            rows_read=table.rows.height + table.blank + len(table.misfits),
            rows_accepted=conformed.accepted.height,
            rows_rejected=conformed.rows_rejected,
            rows_left_out=conformed.rows_left_out,
        )
        if counted.rows_read != counted.rows_accepted + counted.rows_rejected + counted.rows_left_out:
            raise AssertionError(f"{delivery.file}: rows read are not accepted + rejected + left out; this is a fault of the code")
        return counted

    def _expect_rows(self, delivery: Delivery, conformed: Conformed) -> None:
        if delivery.rows_accepted:
            return
        left_out = ", ".join(f"{why}: {count}" for why, count in conformed.left_out.items())
        if delivery.rows_rejected:
            first = "; ".join(one.says for one in self._rejections(delivery, conformed))
            says = f"all {delivery.rows_rejected} rows are rejected: {first}"
            raise refuse("all_rows_rejected", f"{says}. Mend the mapping {self.mapping.path}, or send the extract again")
        if not self.mapping.may_be_empty:
            found = f"besides rows left out by rule ({left_out})" if left_out else "below the header"
            says = f"the file has no rows {found}. Expected rows; send the extract again"
            raise refuse("empty_file", f"{says}, or set `file.may_be_empty: true` in the mapping if there can be none")

    def _write_rejected(self, delivery: Delivery, conformed: Conformed) -> None:
        folder = self.store.rejected(self.council.organisation_id, self.source)
        path = folder / f"{delivery.delivery_id}.parquet"
        if conformed.rejected.height:
            _write_parquet(conformed.rejected, private(folder) / path.name)
        else:
            path.unlink(missing_ok=True)

    def _write_accepted(self, delivery: Delivery, conformed: Conformed, period: str) -> None:
        protected = protect(conformed.accepted, self.contract, self.pseudonyms, month_end(period))
        raw = with_delivery(protected, self.contract, delivery.delivery_id, delivery.file, delivery.sheet)
        name = f"{delivery.delivery_id}.parquet"
        _write_parquet(raw, shared(self.store.raw(self.council.organisation_id, self.source, period)) / name)
        if self.contract.has_identities:
            folder = private(self.store.identity(self.council.organisation_id, self.source))
            _write_parquet(identities(conformed.accepted, protected, self.contract), folder / name)

    def _rejections(self, delivery: Delivery, conformed: Conformed) -> list[Finding]:
        """How many rows each rule rejected, and the first of them; what is in the rows is said in the rejected rows alone."""
        if conformed.rejected.is_empty():
            return []
        counts = conformed.rejected.group_by("rule", "column", maintain_order=True).agg(pl.len(), pl.col("source_row").min())
        where = self.store.rejected(self.council.organisation_id, self.source) / f"{delivery.delivery_id}.parquet"
        shown = where.relative_to(self.store.home).as_posix()
        return [
            Finding("rows_rejected", f"{rule}: rows rejected: {count}, the first is row {row}; see {shown}", row, column or None)
            for rule, column, count, row in counts.iter_rows()
        ]

    def _doubts(self, delivery: Delivery) -> list[Finding]:
        """Events of two months are never the same: the same content under two months' names is worth a look."""
        if self.delivers != "events" or not delivery.rows_accepted:
            return []
        known = [one for one in self.known.values() if one.sha256 == delivery.sha256 and one.landed and one.period != delivery.period]
        return [
            Finding("same_content", f"the same content came as {one.file}, for {one.period}. Check that both are right") for one in known
        ]

    def _settle(self) -> None:
        """Mark which of several deliveries of a period is in force."""
        periods = Counter(one.period for one in self.known.values() if one.state != HELD)
        for period, count in periods.items():
            if count > 1 and period:
                ledger.settle(self.council.organisation_id, self.source, period, self.store)


def _write_parquet(rows: pl.DataFrame, path: Path) -> None:
    write_whole(path, lambda part: rows.write_parquet(part))
