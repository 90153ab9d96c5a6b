"""What personal data becomes before it is stored: pseudonyms for identifiers, an age band for a date of birth, nothing for a name."""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import date
from pathlib import Path

import polars as pl
import yaml

from ingestion.contract import Contract, raw_columns
from ingestion.fit import polars_type
from warehouse.configuration import ConfigurationError, configuration_folder

KEY_VARIABLE = "WORKFORCE_PSEUDONYM_KEY"
SAMPLE_KEY_FILE = "sample_pseudonym_key.yaml"
SHORTEST_KEY = 32
PSEUDONYM_DIGITS = 32
AGE_BANDS = (25, 35, 45, 55, 65)
AGE_BAND_NAMES = ("under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over")
MAKE_ONE = (
    'Make one with: python -c "import secrets; print(secrets.token_hex(32))" '
    f"and set it as the environment variable {KEY_VARIABLE}. Keep it safe and never change it: without it no new month fits the old ones"
)


class PseudonymKeyError(ConfigurationError):
    """There is no usable key for pseudonyms. The message says how to make one and where to put it."""


def master_key(folder: Path | None = None) -> bytes:
    """The secret that all pseudonyms hang on: the environment's, or the one that generated samples bring in their configuration.

    Raises PseudonymKeyError where there is none, or it is too short to be a secret.
    """
    given = os.environ.get(KEY_VARIABLE, "").strip()
    if given and len(given) < SHORTEST_KEY:
        raise PseudonymKeyError(f"{KEY_VARIABLE}: the key for pseudonyms is shorter than {SHORTEST_KEY} characters. {MAKE_ONE}")
    if given:
        return given.encode()
    path = (folder or configuration_folder()) / SAMPLE_KEY_FILE
    if not path.is_file():
        raise PseudonymKeyError(f"There is no key for pseudonyms. {MAKE_ONE}")
    return _sample_key(path).encode()


def _sample_key(path: Path) -> str:
    """The key of generated samples: no secret, since it stands in a file that anybody may have, so that any length will do."""
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        written = None
    if not isinstance(written, dict) or written.get("sample") is not True or not str(written.get("key") or "").strip():
        raise PseudonymKeyError(f"{path}: must hold `sample: true` and `key`. It is for generated samples only. {MAKE_ONE}")
    return str(written["key"]).strip()


class Pseudonyms:
    """The pseudonyms of one council: the same identifier of the same kind gets the same one in every source and month."""

    def __init__(self, organisation_id: str, master: bytes) -> None:
        self._organisation_id = organisation_id
        self._master = master
        self._keys: dict[str, bytes] = {}
        self._made: dict[tuple[str, str], str] = {}

    def of(self, identifiers: pl.Series, kind: str) -> pl.Series:
        """Pseudonyms (32 hex digits of an HMAC-SHA-256) of identifiers as stripped texts; leading zeros count, empty stays empty."""
        pseudonyms = [None if one is None else self._one(one, kind) for one in identifiers.to_list()]
        return pl.Series(identifiers.name, pseudonyms, dtype=pl.String)

    def _one(self, identifier: str, kind: str) -> str:
        made = self._made.get((kind, identifier))
        if made is None:
            made = hmac.digest(self._key(kind), identifier.encode(), "sha256").hex()[:PSEUDONYM_DIGITS]
            self._made[kind, identifier] = made
        return made

    def _key(self, kind: str) -> bytes:
        """The key of the council and identifier kind, derived from the master key."""
        if kind not in self._keys:
            purpose = f"workforce pseudonym\0{self._organisation_id}\0{kind}".encode()
            self._keys[kind] = hmac.digest(self._master, purpose, hashlib.sha256)
        return self._keys[kind]


def protect(accepted: pl.DataFrame, contract: Contract, pseudonyms: Pseudonyms | None, month_end: date) -> pl.DataFrame:
    """Accepted rows as raw keeps them: the contract's raw columns and source_row, nothing that names a person.

    `pseudonyms` may be None for a contract without pseudonymised columns. Age bands are those at `month_end`. Rows of a source
    whose rows are not linkable lose their number and come in the order of their values.
    """
    columns: list[pl.Expr | pl.Series] = []
    for one in contract.columns:
        if one.privacy == "open":
            columns.append(pl.col(one.name))
        elif one.privacy == "pseudonymise" and pseudonyms is not None:
            columns.append(pseudonyms.of(accepted[one.name], str(one.identifier)).alias(one.raw_name))
        elif one.privacy == "generalise":
            columns.append(_age_band(pl.col(one.name), month_end).alias(one.raw_name))
    if contract.linkable:
        return accepted.select(*columns, "source_row")
    raw = accepted.select(columns)
    return raw.sort(raw.columns).with_columns(pl.lit(None, dtype=pl.Int32).alias("source_row"))


def identities(accepted: pl.DataFrame, raw: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The restricted table that the statutory return needs: pseudonyms beside identifiers, and what raw holds in bands or not at all.

    `raw` is `protect`'s result for the same rows.
    """
    keys = [raw[one.raw_name] for one in contract.columns if one.privacy == "pseudonymise"]
    named = [one.name for one in contract.columns if one.privacy in ("pseudonymise", "generalise", "identity")]
    return pl.DataFrame(keys).hstack(accepted.select(named)).unique(maintain_order=True)


def with_delivery(raw: pl.DataFrame, contract: Contract, delivery_id: str, file: str, sheet: str | None) -> pl.DataFrame:
    """Raw rows with the delivery that they came in, the columns in the contract's order and types."""
    named = raw.with_columns(
        pl.lit(delivery_id).alias("delivery_id"), pl.lit(file).alias("source_file"), pl.lit(sheet, dtype=pl.String).alias("source_sheet")
    )
    return named.select(pl.col(name).cast(polars_type(kind)) for name, kind in raw_columns(contract))


def _age_band(born: pl.Expr, on: date) -> pl.Expr:
    birthday_ahead = (born.dt.month() > on.month) | ((born.dt.month() == on.month) & (born.dt.day() > on.day))
    age = pl.lit(on.year) - born.dt.year() - birthday_ahead.cast(pl.Int32)
    younger = [pl.when(age < limit).then(pl.lit(name)) for limit, name in zip(AGE_BANDS, AGE_BAND_NAMES, strict=False)]
    return pl.coalesce(*younger, pl.when(age.is_not_null()).then(pl.lit(AGE_BAND_NAMES[-1])))
