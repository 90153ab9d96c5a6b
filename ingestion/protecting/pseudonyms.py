"""The key of the pseudonyms, and the pseudonyms that it makes, with a key of its own for each council and kind of identifier."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl
import yaml

from foundation.agreements import agreements_of
from foundation.configuration import ConfigurationError, configuration_folder, organisation
from foundation.configuration_yaml import read_yaml
from foundation.ledger import Delivery
from ingestion.conforming.number_spelling import letters_and_digits, one_spelling

KEY_VARIABLE = "WORKFORCE_PSEUDONYM_KEY"
SAMPLE_KEY_FILE = "sample_pseudonym_key.yaml"
SHORTEST_KEY = 32
PSEUDONYM_DIGITS = 32
# The block of SHA-256 in bytes, and what HMAC (RFC 2104) adds to the key for its inner and outer hash.
HASH_BLOCK = 64
HMAC_PADS = (0x36, 0x5C)
KEY_ID_DIGITS = 8
# So many pseudonyms of a kind are kept in memory, because the same people come every month. More would take too much memory.
MOST_KNOWN = 100_000
MAKE_ONE = (
    'Make one with: python -c "import secrets; print(secrets.token_hex(32))" '
    f"and set it as the environment variable {KEY_VARIABLE}. "
    "Keep it safe, and change it only with `python -m ingestion rekey`: with another key no new month fits the old ones"
)


class PseudonymKeyError(ConfigurationError):
    """There is no usable key for pseudonyms. The message says how to make one and where to put it."""


def master_key(folder: Path | None = None) -> bytes:
    """The secret on which all pseudonyms depend: the environment's, or the one that generated samples have in their configuration.

    Raises PseudonymKeyError if there is none, or if it is too short for a secret.
    """
    given = key_in(KEY_VARIABLE)
    if given is not None:
        return given
    path = (folder or configuration_folder()) / SAMPLE_KEY_FILE
    if not path.is_file():
        raise PseudonymKeyError(f"There is no key for pseudonyms. {MAKE_ONE}")
    return _sample_key(path).encode()


def key_in(variable: str) -> bytes | None:
    """The key in an environment variable, or None. Raises PseudonymKeyError if it is too short for a secret."""
    given = os.environ.get(variable, "").strip()
    if given and len(given) < SHORTEST_KEY:
        raise PseudonymKeyError(f"{variable}: the key for pseudonyms is shorter than {SHORTEST_KEY} characters. {MAKE_ONE}")
    return given.encode() or None


def _sample_key(path: Path) -> str:
    """The key of generated samples. It is no secret, because anybody may have its file. So any length will do."""
    try:
        written = read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError):
        written = None
    if not isinstance(written, dict) or written.get("sample") is not True or not str(written.get("key") or "").strip():
        raise PseudonymKeyError(f"{path}: must contain `sample: true` and `key`. It is for generated samples only. {MAKE_ONE}")
    return str(written["key"]).strip()


class Pseudonyms:
    """The pseudonyms of one council: the same identifier of the same kind gets the same one in every source and month.

    `shared` has the kinds of identifier that the council shares with others, and the agreement about it. For these, all councils of
    the agreement have the same pseudonyms. For the kinds in `same_number`, all spellings of a number get the same one.
    """

    def __init__(
        self, organisation_id: str, master: bytes, shared: Mapping[str, str] | None = None, same_number: Iterable[str] = ()
    ) -> None:
        self._organisation_id = organisation_id
        self._master = master
        self._shared = dict(shared or {})
        self.same_number = frozenset(same_number)
        self._keys: dict[str, bytes] = {}
        self._known: dict[str, dict[bytes, bytes]] = {}

    @property
    def key_id(self) -> str:
        """A fingerprint of the key, the agreements and the spellings that made the pseudonyms. It does not give the key away."""
        agreed = "".join(f"\0{kind}={agreement}" for kind, agreement in sorted(self._shared.items()))
        agreed += "".join(f"\0one spelling of {kind}" for kind in sorted(self.same_number))
        return hmac.digest(self._master, f"workforce key id\0{self._organisation_id}{agreed}".encode(), "sha256").hex()[:KEY_ID_DIGITS]

    def of(self, identifiers: pl.Series, kind: str) -> pl.Series:
        """Pseudonyms (32 hex digits of an HMAC-SHA-256) of identifiers as stripped texts. Empty stays empty.

        Leading zeros count, except for kinds whose spellings are all one number.
        """
        return self._hashed(one_spelling(identifiers, kind) if kind in self.same_number else identifiers, kind)

    def alike(self, identifiers: pl.Series, kind: str) -> pl.Series:
        """What all spellings of an identifier have in common: a pseudonym of its letters and digits. No identifier has the same one."""
        return self._hashed(letters_and_digits(identifiers, kind), f"{kind} in one spelling")

    def _hashed(self, identifiers: pl.Series, kind: str) -> pl.Series:
        inner, outer = self._begun(kind)
        known = self._known.setdefault(kind, {})
        named = identifiers.drop_nulls().unique(maintain_order=True)
        digests = []
        for identifier in named.cast(pl.Binary).to_list():
            digest = known.get(identifier)
            if digest is None:
                message, around = inner.copy(), outer.copy()
                message.update(identifier)
                around.update(message.digest())
                digest = around.digest()
                if len(known) < MOST_KNOWN:
                    known[identifier] = digest
            digests.append(digest)
        # Written as digits all at once. One by one, this took a quarter of the time.
        pseudonyms = pl.Series(identifiers.name, digests, dtype=pl.Binary).bin.slice(0, PSEUDONYM_DIGITS // 2).bin.encode("hex")
        if named.len() == identifiers.len():
            return pseudonyms
        return identifiers.replace_strict(named, pseudonyms, default=None, return_dtype=pl.String)

    def _begun(self, kind: str) -> tuple[hashlib._Hash, hashlib._Hash]:
        """The two hashes of an HMAC with the key already in them. To begin again for each identifier takes twice as long."""
        key = self._key(kind).ljust(HASH_BLOCK, b"\0")
        return tuple(hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in HMAC_PADS)  # type: ignore[return-value]

    def _key(self, kind: str) -> bytes:
        """The key of the council (or the councils of an agreement) and identifier kind, derived from the master key."""
        if kind not in self._keys:
            agreement = self._shared.get(kind)
            domain = f"pseudonym\0{self._organisation_id}" if agreement is None else f"agreed pseudonym\0{agreement}"
            self._keys[kind] = hmac.digest(self._master, f"workforce {domain}\0{kind}".encode(), hashlib.sha256)
        return self._keys[kind]


def pseudonyms_of(organisation_id: str, master: bytes, folder: Path | None = None) -> Pseudonyms:
    """The pseudonyms of a council by a key, the agreements in a configuration folder, and the council's `same_number`.

    Raises ConfigurationError.
    """
    shared = agreements_of(organisation_id, folder or configuration_folder())
    return Pseudonyms(organisation_id, master, shared, organisation(organisation_id).same_number)


def check_key(pseudonyms: Pseudonyms, known: Iterable[Delivery]) -> None:
    """Check that a council's earlier deliveries were landed with this key. With another key, everybody would be a different person.

    Raises PseudonymKeyError.
    """
    for delivery in known:
        if delivery.key_id not in (None, pseudonyms.key_id):
            says = f"{delivery.file} was landed with the key {delivery.key_id}, but the key now is {pseudonyms.key_id}"
            advice = "Set the earlier key again, or, after a change of key, of `same_number` or of data-sharing agreements, run `python -m ingestion rekey`"
            raise PseudonymKeyError(f"{delivery.organisation_id} {delivery.source}: {says}. {advice}")
