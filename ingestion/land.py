"""Landing: what waits in the inbox becomes raw rows, rejected rows and a ledger entry, each delivery whole or not at all.

The ledger entry is written last, so that a landing that was killed is simply done again.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from filelock import FileLock

from ingestion.conform import Conformed, conform
from ingestion.contract import Contract, contract, every_version
from ingestion.drift import changed_columns, doubtful_values, new_codes
from ingestion.find import Extract, find
from ingestion.fit import Fit, fit
from ingestion.keys import Pseudonyms, check_key, master_key, pseudonyms_of
from ingestion.mapping import Mapping, read_mapping
from ingestion.mapping.version import of_version
from ingestion.parts import content_of, each_month, together, too_large
from ingestion.period import check_as_at, month_end, of_month, period_of
from ingestion.protect import identities, protect, with_delivery
from ingestion.read import Table, read
from ingestion.refusal import FileRefused, Finding, problem, refuse
from warehouse import ledger
from warehouse.configuration import ConfigurationError, Organisation, organisation
from warehouse.ledger import ACCEPTED, HELD, LANDING, Delivery, Problem
from warehouse.rekeyed import refuse_half_rekeyed
from warehouse.storage import Storage, private, restrict, shared, storage, write_whole

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
    if every_version(source).has_pseudonyms:
        landing.pseudonyms = pseudonyms_of(organisation_id, master_key())
    restrict(store)
    with FileLock(shared(store.ledger(organisation_id, source)) / ".lock"):
        refuse_half_rekeyed(store)
        report = landing.run(again)
    log.info("%s", report)
    for one in report.problems:
        log.log(logging.WARNING if one.severity == HELD else logging.DEBUG, "%s %s: %s", organisation_id, source, one.message)
    return report


def accepted_rows(council: Organisation, source: str, content: bytes, period: str, store: Storage) -> pl.DataFrame:
    """The rows of an original that the contract and today's mapping accept, before anything is protected. Raises FileRefused."""
    landing = _Landing(council, source, store)
    promised = contract(source, period)
    return conform(landing._read(content, promised, period), landing._fit(promised)[1]).accepted


class _Landing:
    """One landing of a council's source: what stays the same for all its files."""

    def __init__(self, council: Organisation, source: str, store: Storage) -> None:
        setting = council.sources[source]
        self.council, self.source, self.store = council, source, store
        self.delivers, self.arrives = setting.delivers, setting.arrives
        self.mapping: Mapping = read_mapping(setting.mapping, every_version(source))
        self.fits: dict[str, tuple[Mapping, Fit]] = {}
        self.pseudonyms: Pseudonyms | None = None
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
            if large := too_large(waiting):
                problems.append(large)
                continue
            content = content_of(waiting)
            months = [(one, self._received(one, content)) for one in each_month(waiting, content, self.mapping)]
            fresh = [one for one in months if one[1].delivery_id not in decided and not self._is_done(one[1].delivery_id, again)]
            known += len(months) - len(fresh)
            originals = [self._keep_original(extract, content, delivery) for extract, delivery in fresh]
            # Each delivery is read from its original: a large file is in memory only while it is read.
            del content
            for (extract, delivery), original in zip(fresh, originals, strict=True):
                decided[delivery.delivery_id] = self.known[delivery.delivery_id] = self._land(extract, original, delivery)
                problems += self.known[delivery.delivery_id].problems
        self._settle()
        refused = sum(any(found.severity == HELD for found in one.problems) for one in decided.values())
        return SourceReport(
            organisation_id=organisation_id,
            source=self.source,
            landed=len(decided) - refused,
            already_known=known,
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
            mapping, _ = self._fit(promised)
            table = self._read(original.read_bytes(), promised, period)
            conformed, protected = self._conformed(table, promised, period)
            delivery = self._counted(delivery, table, conformed)
            self._write_rejected(delivery, conformed)
            codes = new_codes(conformed, promised, mapping)
            if changed := changed_columns(conformed, promised, mapping):
                raise FileRefused(*changed, *codes)
            self._expect_rows(delivery, conformed, codes)
            delivery = self._write_accepted(delivery, conformed.accepted, protected, promised, period)
        except FileRefused as refused:
            problems = tuple(problem(one, delivery.file, held=True) for one in refused.findings)
            decided = replace(delivery, problems=problems)
            decided = ledger.append_state(decided, HELD, LANDING, "; ".join(one.message for one in problems))
        else:
            notes = [*table.notes, *conformed.notes, *self._rejections(delivery, conformed), *codes, *self._doubts(delivery)]
            notes += doubtful_values(conformed, promised, mapping)
            decided = replace(delivery, problems=tuple(problem(one, delivery.file, held=False) for one in notes))
            held_by_check = decided.states and decided.state == HELD and decided.states[-1].by != LANDING
            if not held_by_check:
                decided = ledger.append_state(decided, ACCEPTED, LANDING, "read again" if delivery.landed else "landed")
        if decided != self.known.get(decided.delivery_id):
            ledger.write(decided, self.store)
        return decided

    def _read(self, content: bytes, promised: Contract, period: str) -> Table:
        mapping, _ = self._fit(promised)
        table = of_month(read(content, mapping), mapping, period)
        check_as_at(table, mapping, period)
        return table

    def _conformed(self, table: Table, promised: Contract, period: str) -> tuple[Conformed, pl.DataFrame]:
        """The rows told apart, and those accepted as raw keeps them: some are protected while the next are being conformed."""
        protected: list[Future[pl.DataFrame]] = []

        def take(accepted: pl.DataFrame) -> None:
            protected.append(aside.submit(protect, accepted, promised, self.pseudonyms, month_end(period)))

        with ThreadPoolExecutor(max_workers=1) as aside:
            conformed = conform(table, self._fit(promised)[1], take)
        return conformed, pl.concat(one.result() for one in protected)

    def _fit(self, promised: Contract) -> tuple[Mapping, Fit]:
        """The mapping as far as a version of the contract goes, and its fit; made once a version."""
        if promised.version not in self.fits:
            mapping = of_version(self.mapping, promised)
            self.fits[promised.version] = mapping, fit(promised, mapping, self.delivers)
        return self.fits[promised.version]

    def _keep_original(self, extract: Extract, content: bytes, delivery: Delivery) -> Path:
        folder = private(self.store.landing(self.council.organisation_id, self.source))
        path = folder / f"{delivery.delivery_id}__{delivery.file}"
        stamps = extract.path.stat()

        def write(part: Path) -> None:
            part.write_bytes(content)
            os.utime(part, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))

        return path if path.exists() else write_whole(path, write)

    def _counted(self, delivery: Delivery, table: Table, conformed: Conformed) -> Delivery:
        counted = replace(
            delivery,
            sheet=table.sheet,
            rows_read=table.rows_read,
            rows_accepted=conformed.accepted.height,
            rows_rejected=conformed.rows_rejected,
            rows_left_out=conformed.rows_left_out,
        )
        if counted.rows_read != counted.rows_accepted + counted.rows_rejected + counted.rows_left_out:
            raise AssertionError(f"{delivery.file}: rows read are not accepted + rejected + left out; this is a fault of the code")
        return counted

    def _expect_rows(self, delivery: Delivery, conformed: Conformed, codes: list[Finding]) -> None:
        if delivery.rows_accepted:
            return
        left_out = ", ".join(f"{why}: {count}" for why, count in conformed.left_out.items())
        if delivery.rows_rejected:
            first = "; ".join(one.says for one in self._rejections(delivery, conformed))
            says = f"all {delivery.rows_rejected} rows are rejected: {first}"
            says = f"{says}. Mend the mapping {self.mapping.path}, or send the extract again"
            raise FileRefused(Finding("all_rows_rejected", says), *codes)
        if not self.mapping.may_be_empty:
            found = f"besides rows left out by rule ({left_out})" if left_out else "below the header"
            says = f"the file has no rows {found}. Expected rows; send the extract again"
            raise refuse("empty_file", f"{says}, or set `file.may_be_empty: true` in the mapping if there can be none")

    def _write_rejected(self, delivery: Delivery, conformed: Conformed) -> None:
        folder = self.store.rejected(self.council.organisation_id, self.source)
        path = folder / f"{delivery.delivery_id}.parquet"
        if conformed.rejected.height:
            write_parquet(conformed.rejected, private(folder) / path.name)
        else:
            path.unlink(missing_ok=True)

    def _write_accepted(
        self, delivery: Delivery, accepted: pl.DataFrame, protected: pl.DataFrame, promised: Contract, period: str
    ) -> Delivery:
        """Write raw rows and identities; returns the delivery with the id of the key that made its pseudonyms."""
        raw = with_delivery(protected, promised, delivery.delivery_id, delivery.file, delivery.sheet)
        name = f"{delivery.delivery_id}.parquet"
        write_parquet(raw, shared(self.store.raw(self.council.organisation_id, self.source, period)) / name)
        if promised.has_identities:
            folder = private(self.store.identity(self.council.organisation_id, self.source))
            named = {"key_id": self.pseudonyms.key_id} if self.pseudonyms else {}
            write_parquet(identities(accepted, protected, promised, self._fit(promised)[1].key), folder / name, named)
        return replace(delivery, key_id=self.pseudonyms.key_id if self.pseudonyms and promised.has_pseudonyms else None)

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


def write_parquet(rows: pl.DataFrame, path: Path, named: dict[str, str] | None = None) -> None:
    """Write rows to a Parquet file, whole or not at all; `named` are texts about the file that it carries."""
    write_whole(path, lambda part: rows.write_parquet(part, compression="zstd", compression_level=1, metadata=named or None))
