"""Changes the key of the pseudonyms, the data-sharing agreements or `same_number`: raw and identity get new pseudonyms.

Everything else stays. All files are first made in another place, so that nothing changes if one of them cannot be made. Then they
are put in their places. If this is killed, the next re-key finishes it. Until then nobody can land or build.
"""

from __future__ import annotations

import argparse
import json
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock

from contracts import Contract, contract, every_version, sources
from foundation import ledger
from foundation.agreements import agreements_of
from foundation.configuration import (
    NUMBERS,
    ConfigurationError,
    Organisation,
    configuration_folder,
    organisations,
    refuse_unusable_councils,
)
from foundation.ledger import Delivery
from foundation.rekeyed import READY
from foundation.storage import Storage, private, shared, storage, write_whole
from ingestion.conforming.compiled_mapping import compile_mapping
from ingestion.conforming.conform import Conformed, conform
from ingestion.conforming.number_spelling import one_spelling
from ingestion.landing.kept_files import rejected_keys_path, write_parquet
from ingestion.mapping import read_mapping
from ingestion.mapping.mapping_version import of_version
from ingestion.protecting.pseudonyms import KEY_VARIABLE, PseudonymKeyError, Pseudonyms, key_in, master_key, pseudonyms_of
from ingestion.reading.extract_months import read_months
from ingestion.refusal import FileRefused, refuse

# Kinds of numbers that raw has only as pseudonyms.
PERSONAL = tuple(number for number in NUMBERS if number != "post")


@dataclass(frozen=True)
class Rekeyed:
    """The result of a re-key: deliveries with new pseudonyms, and deliveries that had them already."""

    rekeyed: int
    already: int


class RekeyRefused(ConfigurationError):
    """New pseudonyms cannot be made, and nothing was changed. The message says for which delivery, and why."""


def rekey(old: bytes, new: bytes, old_agreements: Path | None = None) -> Rekeyed:
    """Give every delivery in raw the pseudonyms of the new key and of the agreements in today's configuration.

    `old_agreements` is the configuration folder with the agreements of before, if they were changed and not only added to. Raises
    RekeyRefused if a delivery was not made with the old key, or if an identifier cannot be found again.
    """
    store = storage()
    # A key is changed for all or for nobody. People left out could not be recognised after the old key is destroyed.
    refuse_unusable_councils()
    councils = organisations()
    with ExitStack() as locks:
        for council in councils:
            for source in council.sources:
                locks.enter_context(FileLock(shared(store.ledger(council.organisation_id, source)) / ".lock"))
        target = {council.organisation_id: pseudonyms_of(council.organisation_id, new).key_id for council in councils}
        if (store.rekey / READY).exists():
            return _finish(store, target)
        shutil.rmtree(store.rekey, ignore_errors=True)
        private(store.rekey)
        done = Rekeyed(0, 0)
        for council in councils:
            made = _Council(council, old, new, old_agreements, store).make()
            done = Rekeyed(done.rekeyed + made.rekeyed, done.already + made.already)
        counts = {"key_ids": target, "rekeyed": done.rekeyed, "already": done.already}
        write_whole(store.rekey / READY, lambda part: part.write_text(json.dumps(counts), encoding="utf-8"))
        return _finish(store, target)


def _finish(store: Storage, target: dict[str, str]) -> Rekeyed:
    """Put the finished files in their places."""
    ready = json.loads((store.rekey / READY).read_text(encoding="utf-8"))
    if ready["key_ids"] != target:
        raise RekeyRefused("A re-key to another key, or with other agreements, was interrupted. Finish that one first")
    for path in sorted(store.rekey.rglob("*")):
        if path.is_file() and path.name != READY:
            path.replace(store.home / path.relative_to(store.rekey))
    (store.rekey / READY).unlink()
    shutil.rmtree(store.rekey)
    return Rekeyed(ready["rekeyed"], ready["already"])


class _Council:
    """The re-key of one council: the old pseudonyms, the new ones, and which becomes which."""

    def __init__(self, council: Organisation, old: bytes, new: bytes, old_agreements: Path | None, store: Storage) -> None:
        self.council, self.store = council, store
        self.new = pseudonyms_of(council.organisation_id, new)
        self.before = pseudonyms_of(council.organisation_id, old, old_agreements)
        shared = agreements_of(council.organisation_id, old_agreements or configuration_folder())
        # `same_number` of before is written nowhere. The key that each delivery names shows it.
        kinds = [combination for count in range(len(NUMBERS) + 1) for combination in combinations(NUMBERS, count)]
        before = [Pseudonyms(council.organisation_id, old, agreed, same) for agreed in (shared, {}) for same in kinds]
        self.old = {pseudonyms.key_id: pseudonyms for pseudonyms in before}
        self.renewed: dict[str, str] = {}

    def make(self) -> Rekeyed:
        landed = [delivery for delivery in ledger.deliveries(self.council.organisation_id, None, self.store) if delivery.landed]
        known = [delivery for delivery in landed if self._contract(delivery).has_pseudonyms]
        todo = [delivery for delivery in known if delivery.key_id != self.new.key_id]
        for delivery in landed:
            if delivery not in known:
                self._respell(delivery)
        for delivery in todo:
            if delivery.key_id is not None and delivery.key_id not in self.old:
                says = f"{delivery.organisation_id} {delivery.source} {delivery.file} was landed with the key {delivery.key_id}, which the old key is not"
                raise RekeyRefused(f"{says}. Nothing was changed. Give the key that it was landed with")
        for delivery in todo:
            self._learn(delivery)
        for delivery in todo:
            self._learn_of_rejected(delivery)
        for delivery in todo:
            self._write(delivery)
        return Rekeyed(len(todo), len(known) - len(todo))

    def _learn(self, delivery: Delivery) -> None:
        """Find which pseudonym becomes which, from the delivery's identities, or from its original if it has none."""
        # If no key is named, the search for its pseudonyms in raw shows whether the key is right.
        old = self.old[delivery.key_id] if delivery.key_id else self.before
        self._renew(delivery, old, self._identities(delivery))

    def _learn_of_rejected(self, delivery: Delivery) -> None:
        """Find which pseudonym becomes which for numbers that are only in rejected rows, as far as the original still has them."""
        path = rejected_keys_path(delivery, self.store)
        if not path.exists():
            return
        rows = pl.read_parquet(path)
        names = self._pseudonymised(delivery, rows)
        if all(row in self.renewed for name in names for row in rows[name].drop_nulls()):
            return
        old = self.old[delivery.key_id] if delivery.key_id else self.before
        try:
            self._renew(delivery, old, self._read_again(delivery).rejected_keys)
        except RekeyRefused:
            return

    def _renew(self, delivery: Delivery, old: Pseudonyms, rows: pl.DataFrame) -> None:
        for column in self._contract(delivery).columns:
            if column.privacy == "pseudonymise" and column.name in rows.columns:
                identifiers = rows[column.name].drop_nulls().unique()
                kind = str(column.identifier)
                self.renewed |= dict(zip(old.of(identifiers, kind), self.new.of(identifiers, kind), strict=True))
                self.renewed |= dict(zip(old.alike(identifiers, kind), self.new.alike(identifiers, kind), strict=True))

    @staticmethod
    def _contract(delivery: Delivery) -> Contract:
        if delivery.source not in sources():
            raise RekeyRefused(f"{delivery.organisation_id} {delivery.source}: there is no contract for it any more. Nothing was changed")
        return every_version(delivery.source)

    def _identities(self, delivery: Delivery) -> pl.DataFrame:
        path = self._identity(delivery)
        return pl.read_parquet(path) if path.exists() else self._read_again(delivery).accepted

    def _read_again(self, delivery: Delivery) -> Conformed:
        """The rows of a delivery's original, by its contract and today's mapping. Raises RekeyRefused."""
        folder = self.store.landing(delivery.organisation_id, delivery.source)
        original = next(iter(folder.glob(ledger.original_name(delivery.sha256, "*"))), None)
        if original is None:
            raise RekeyRefused(f"{delivery.file}: its original is no longer in {folder}. Nothing was changed")
        if delivery.source not in self.council.sources:
            raise RekeyRefused(f"{delivery.file}: {delivery.source} is no longer in organisation.yaml. Nothing was changed")
        try:
            return self._conformed(delivery, original)
        except FileRefused as refused:
            says = f"{delivery.file}: its original can no longer be read with the mapping ({refused})"
            raise RekeyRefused(f"{says}. Nothing was changed") from None

    def _conformed(self, delivery: Delivery, original: Path) -> Conformed:
        """The rows of an original by the contract and today's mapping, before anything is protected. Raises FileRefused."""
        setting = self.council.sources[delivery.source]
        promised = contract(delivery.source, delivery.period)
        mapping = of_version(read_mapping(setting.mapping, every_version(delivery.source)), promised)
        table = read_months(original.read_bytes(), mapping, delivery.period).tables.get(delivery.period)
        if table is None:
            raise refuse("wrong_period", f"it has no row of {delivery.period} any more")
        return conform(table, compile_mapping(promised, mapping, setting.delivers, self.council.same_number))

    def _write(self, delivery: Delivery) -> None:
        """Write the delivery's files with the new pseudonyms, in another place."""
        raw = self.store.raw(delivery.organisation_id, delivery.source, str(delivery.period)) / f"{delivery.delivery_id}.parquet"
        write_parquet(self._with_new(pl.read_parquet(raw), delivery), self._aside(raw))
        spelled = self.store.spellings(delivery.organisation_id, delivery.source) / raw.name
        if spelled.exists():
            kept = pl.read_parquet(spelled)
            parts = [self._one_spelling(part, "key", str(kind)) for (kind,), part in kept.group_by("kind", maintain_order=True)]
            renewed = pl.concat(parts).with_columns(pl.col("key", "alike").replace(self.renewed)).unique().sort(pl.all())
            write_parquet(renewed, self._aside(spelled), {"key_id": self.new.key_id})
        identity = self._identity(delivery)
        if identity.exists():
            rows = self._with_new(pl.read_parquet(identity), delivery)
            write_parquet(rows, self._aside(identity), {"key_id": self.new.key_id})
        keys = rejected_keys_path(delivery, self.store)
        if keys.exists():
            # A number that no accepted row has, and that the original no longer gives, identifies nobody. It is emptied.
            rows = pl.read_parquet(keys)
            anew = (pl.col(name).replace_strict(self.renewed, default=None) for name in self._pseudonymised(delivery, rows))
            write_parquet(self._open_in_one_spelling(rows, delivery).with_columns(anew), self._aside(keys))
        ledger.write(replace(delivery, key_id=self.new.key_id), Storage(self.store.rekey))

    def _pseudonymised(self, delivery: Delivery, rows: pl.DataFrame) -> list[str]:
        return [
            column.raw_name
            for column in self._contract(delivery).columns
            if column.privacy == "pseudonymise" and column.raw_name in rows.columns
        ]

    def _with_new(self, rows: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
        names = self._pseudonymised(delivery, rows)
        for name in names:
            lost = rows[name].drop_nulls().unique().to_list()
            if any(delivery not in self.renewed for delivery in lost):
                says = f"{delivery.file}: its original does not give all identifiers of its rows; its mapping was changed since"
                raise RekeyRefused(f"{says}. Nothing was changed. Land it with the old key and --again first")
        rows = self._open_in_one_spelling(rows, delivery)
        return rows.with_columns(pl.col(name).replace(self.renewed) for name in names)

    def _open_in_one_spelling(self, rows: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
        for column in self._contract(delivery).columns:
            if column.privacy == "open" and column.name in rows.columns:
                rows = self._one_spelling(rows, column.name, column.number_of)
        return rows

    def _one_spelling(self, rows: pl.DataFrame, column: str, kind: str | None) -> pl.DataFrame:
        """The rows with open numbers of a kind in their one spelling, if all spellings of the kind are one."""
        open_kind = kind is not None and kind in self.new.same_number and kind not in PERSONAL
        return rows.with_columns(one_spelling(rows[column], str(kind))) if open_kind else rows

    def _respell(self, delivery: Delivery) -> None:
        """Write a delivery without pseudonyms in another place, if its open numbers get another spelling."""
        raw = self.store.raw(delivery.organisation_id, delivery.source, str(delivery.period)) / f"{delivery.delivery_id}.parquet"
        if any(column.number_of in self.new.same_number for column in self._contract(delivery).columns):
            for path in (raw, rejected_keys_path(delivery, self.store)):
                if path.exists():
                    write_parquet(self._open_in_one_spelling(pl.read_parquet(path), delivery), self._aside(path))

    def _identity(self, delivery: Delivery) -> Path:
        return self.store.identity(delivery.organisation_id, delivery.source) / f"{delivery.delivery_id}.parquet"

    def _aside(self, path: Path) -> Path:
        place = self.store.rekey / path.relative_to(self.store.home)
        return shared(place.parent) / place.name


def add_command(commands: Any) -> None:
    """Add `rekey` to the commands of `python -m ingestion`."""
    command: argparse.ArgumentParser = commands.add_parser(
        "rekey",
        help="make pseudonyms anew with another key",
        description="Give every delivery the pseudonyms of a new key, of new data-sharing agreements, or of another `same_number`.",
    )
    command.add_argument("--old-key-env", help="the environment variable with the key of before; without it, the key is the one of now")
    command.add_argument("--new-key-env", help="the environment variable with the key from now on; without it, the key stays")
    command.add_argument("--old-agreements", type=Path, help="a folder with the data_sharing_agreements.yaml of before, if it was changed")


def run_command(asked: argparse.Namespace) -> int:
    """Run `rekey` and say what to do next. Raises ConfigurationError."""
    keys = []
    for variable in (asked.old_key_env, asked.new_key_env):
        key = key_in(variable) if variable else master_key()
        if key is None:
            raise PseudonymKeyError(f"The environment variable {variable} has no key")
        keys.append(key)
    done = rekey(keys[0], keys[1], asked.old_agreements)
    print(f"{done.rekeyed} deliveries have new pseudonyms, {done.already} had them already")
    if keys[0] == keys[1]:
        print("Now build again")
    else:
        print(f"Now set {KEY_VARIABLE} to the new key, build again, and destroy the old key once the new publication is checked")
    return 0
