"""Data-sharing agreements between councils, from the configuration. Without one, no person is linked across councils."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from foundation.configuration import ConfigurationError
from foundation.configuration_yaml import read_yaml

FILE = "data_sharing_agreements.yaml"
KEYS = ("id", "between", "identifiers", "purpose", "signed", "document")


@dataclass(frozen=True)
class Agreement:
    """What councils agreed: the kinds of identifier that link a person across them, why, when it was signed and where it is kept."""

    agreement_id: str
    between: tuple[str, ...]
    identifiers: tuple[str, ...]
    purpose: str
    signed: date
    document: str


def agreements(folder: Path) -> list[Agreement]:
    """The agreements in a configuration folder. None without the file. Raises ConfigurationError naming the key."""
    path = folder / FILE
    try:
        written = read_yaml(path)
    except FileNotFoundError:
        return []
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    listed = written.get("agreements") if isinstance(written, dict) else None
    if not isinstance(listed, list):
        raise ConfigurationError(f"{path}: must contain `agreements`, a list. Each agreement has {', '.join(KEYS)}")
    found = [_agreement(path, place, entry) for place, entry in enumerate(listed, 1)]
    _once(path, found)
    return found


def agreements_of(organisation_id: str, folder: Path) -> dict[str, str]:
    """The kinds of identifier that a council shares, each with the id of the agreement that says so. Raises ConfigurationError."""
    mine = [agreement for agreement in agreements(folder) if organisation_id in agreement.between]
    return {kind: agreement.agreement_id for agreement in mine for kind in agreement.identifiers}


def _agreement(path: Path, place: int, written: object) -> Agreement:
    where = f"{path}: agreement {place}"
    if not isinstance(written, dict) or set(written) != set(KEYS):
        raise ConfigurationError(f"{where} must have {', '.join(KEYS)}, and nothing else")
    for key in ("id", "purpose", "document"):
        if not isinstance(written[key], str) or not written[key].strip():
            raise ConfigurationError(f"{where}: `{key}` must be a text")
    for key, least in (("between", 2), ("identifiers", 1)):
        value = written[key]
        if not isinstance(value, list) or len(value) < least or not all(isinstance(entry, str) for entry in value):
            raise ConfigurationError(f"{where}: `{key}` must be a list of at least {least}")
    if not isinstance(written["signed"], date):
        raise ConfigurationError(f"{where}: `signed` must be the date on which it was signed, YYYY-MM-DD")
    return Agreement(
        agreement_id=written["id"],
        between=tuple(written["between"]),
        identifiers=tuple(written["identifiers"]),
        purpose=written["purpose"],
        signed=written["signed"],
        document=written["document"],
    )


def _once(path: Path, found: list[Agreement]) -> None:
    """Refuse two agreements for the same identifiers: they have one pseudonym, so only one agreement can share them."""
    ids = [agreement.agreement_id for agreement in found]
    if len(set(ids)) < len(ids):
        raise ConfigurationError(f"{path}: two agreements have the same `id`")
    taken: dict[tuple[str, str], str] = {}
    for agreement in found:
        for council in agreement.between:
            for kind in agreement.identifiers:
                other = taken.setdefault((council, kind), agreement.agreement_id)
                if other != agreement.agreement_id:
                    says = f"{path}: {council} shares its {kind} identifiers by {other} and by {agreement.agreement_id}"
                    raise ConfigurationError(f"{says}; only one agreement can do so. Put all the councils into one")
