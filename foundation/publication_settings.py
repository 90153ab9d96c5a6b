"""`publication.yaml` of the configuration: what a publication needs, and which roles may decide about one."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from foundation.configuration import configuration_folder
from foundation.configuration_yaml import read_yaml
from foundation.errors import ConfigurationError

SETTINGS = "publication.yaml"
KEYS = ("must_be_in", "may_override", "may_withdraw")


@dataclass(frozen=True)
class PublicationSettings:
    """Sources without which no month is published, and the roles that may publish it all the same, or withdraw a publication."""

    must_be_in: tuple[str, ...] = ()
    may_override: tuple[str, ...] = ()
    may_withdraw: tuple[str, ...] = ()


def publication_settings() -> PublicationSettings:
    """What the file says. All are empty without it. Who may override may withdraw too, unless `may_withdraw` names others.

    Raises ConfigurationError.
    """
    path = configuration_folder() / SETTINGS
    if not path.exists():
        return PublicationSettings()
    try:
        written = read_yaml(path) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict) or set(written) - set(KEYS):
        raise ConfigurationError(f"{path}: may contain only {', '.join(KEYS[:-1])} and {KEYS[-1]}, each a list")
    for key, names in written.items():
        if names is not None and not (isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names)):
            raise ConfigurationError(f"{path}: {key}: must be a list of names, such as [Director of Children's Services]")
    lists = {key: tuple(written.get(key) or ()) for key in KEYS}
    return PublicationSettings(**{**lists, "may_withdraw": lists["may_withdraw"] or lists["may_override"]})
