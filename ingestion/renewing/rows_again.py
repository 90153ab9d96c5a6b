"""The rows of deliveries made again from their originals, where they are missing or damaged. The ledger decides what they must be.

Nothing is landed: names, states, times and what people accepted stay. A delivery's rows are only taken from its original if they have the
hash that the ledger has of them, and come to as many accepted and rejected rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from filelock import FileLock

from contracts import every_version
from foundation import kept_hashes, ledger
from foundation.configuration import ConfigurationError, organisation
from foundation.ledger import Delivery, ReceivedFile
from foundation.rekeyed import refuse_half_rekeyed
from foundation.storage import Storage, restrict, shared
from ingestion.arriving.inbox_extracts import Extract
from ingestion.landing.kept_files import keep_accepted, keep_rejected, keep_rejected_keys
from ingestion.landing.months_of_file import Month, MonthsReader
from ingestion.mapping import read_mapping
from ingestion.protecting.pseudonyms import check_key, master_key, pseudonyms_of


@dataclass(frozen=True)
class RowsAgain:
    """What was made again of a council's source: how many deliveries' rows, how many were whole, and a sentence for each that could not be made.

    `otherwise` is how many of those made came out in other bytes than the ledger had the hash of.
    """

    organisation_id: str
    source: str
    made: int
    whole: int
    not_made: tuple[str, ...] = ()
    otherwise: int = 0

    def __str__(self) -> str:
        says = f"{self.organisation_id} {self.source}: the rows of {self.made} deliveries are made again, {self.whole} were whole"
        if not self.otherwise:
            return says
        why = "the mapping, the contract, the code or a library has changed since"
        return f"{says}. {self.otherwise} of them in other bytes than they landed in: {why}"


def rows_again(organisation_id: str, source: str, store: Storage) -> RowsAgain:
    """Make the missing and damaged rows of a council's source again. Raises ConfigurationError and ContractError where nothing of it can be."""
    restrict(store)
    with FileLock(shared(store.ledger(organisation_id, source)) / ".lock"):
        refuse_half_rekeyed(store)
        ledger.finish(organisation_id, source, store)
        known = [delivery for delivery in ledger.deliveries(organisation_id, source, store) if delivery.landed]
        torn = [delivery for delivery in known if _is_torn(delivery, store)]
        if not torn:
            return RowsAgain(organisation_id, source, 0, len(known))
        originals = _Source(organisation_id, source, store)
        not_made = originals.make(torn)
        made, whole = len(torn) - len(not_made), len(known) - len(torn)
        return RowsAgain(organisation_id, source, made, whole, tuple(not_made), originals.otherwise)


def _is_torn(delivery: Delivery, store: Storage) -> bool:
    """Whether a delivery's rows are not as the ledger says."""
    return kept_hashes.RAW not in delivery.hashes or any(kept_hashes.damage_of_rows(delivery, store, delivery.hashes))


class _Source:
    """What reads the originals of a council's source by the configuration and key of today."""

    def __init__(self, organisation_id: str, source: str, store: Storage) -> None:
        self.council, self.store = organisation(organisation_id), store
        if source not in self.council.sources:
            raise ConfigurationError(
                f"{self.council.folder / 'organisation.yaml'}: no source {source}, so nothing reads its originals. Add it again"
            )
        setting, promised = self.council.sources[source], every_version(source)
        self.pseudonyms = pseudonyms_of(organisation_id, master_key()) if promised.has_pseudonyms else None
        if self.pseudonyms:
            check_key(self.pseudonyms, ledger.deliveries(organisation_id, source, store))
        self.reader = MonthsReader(self.council, read_mapping(setting.mapping, promised), setting.delivers, self.pseudonyms)
        self.files = ledger.received_files(organisation_id, source, store)
        self.otherwise = 0

    def make(self, torn: Iterable[Delivery]) -> list[str]:
        """Make the rows of deliveries again, reading each original once. Returns a sentence for each delivery of which they could not be."""
        of_file: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in torn:
            of_file[delivery.sha256].append(delivery)
        return [says for sha256, those in of_file.items() for says in self._of_original(self.files.get(sha256), those)]

    def _of_original(self, received: ReceivedFile | None, those: list[Delivery]) -> Iterable[str]:
        first = those[0]
        original = self.store.landing(first.organisation_id, first.source) / ledger.original_name(
            first.sha256, received.file if received else first.file
        )
        wrong = kept_hashes.wrong_with(original, first.sha256)
        content = b"" if wrong else original.read_bytes()
        for delivery in those:
            if wrong:
                yield _not_made(
                    delivery, f"its original {original.relative_to(self.store.home).as_posix()} {wrong}. {kept_hashes.FROM_THE_BACKUP}"
                )
            elif says := self._make(delivery, self.reader.months(Extract(original, delivery.period, delivery.received_at), content)[0]):
                yield _not_made(delivery, says)

    def _make(self, delivery: Delivery, months: Iterable[Month]) -> str | None:
        """Write a delivery's rows, if one of the months has them. Otherwise returns why not."""
        month = next((month for month in months if month.period == delivery.period and month.rows_hash == delivery.rows_hash), None)
        if month is None or month.judged is None or month.promised is None:
            return "today's mapping and contract read other rows from its original. Correct the mapping, or land it: python -m ingestion land --again"
        conformed = month.judged.conformed
        if (conformed.accepted.height, conformed.rows_rejected) != (delivery.rows_accepted, delivery.rows_rejected):
            return (
                "today's configuration accepts other rows of its original than when it landed. Take raw/ from the backup, or land it: "
                "python -m ingestion land --again"
            )
        protected = month.protected
        if protected is None:
            protected = self.reader.protect(conformed.accepted, month.promised, str(month.period))
        keep_rejected(conformed.rejected, delivery, self.store)
        keep_accepted(conformed.accepted, protected, delivery, month.promised, self.pseudonyms, self.store)
        keep_rejected_keys(conformed.rejected_keys, delivery, month.promised, self.pseudonyms, self.store, self.council.same_number)
        made = replace(delivery, hashes=kept_hashes.hashes_of(delivery, self.store))
        if made != delivery:
            self.otherwise += bool(delivery.hashes)
            ledger.write(made, self.store)
        return None


def _not_made(delivery: Delivery, why: str) -> str:
    return (
        f"{delivery.organisation_id} {delivery.source} {delivery.period}: the rows of {delivery.delivery_id} could not be made again: {why}"
    )
