"""Where alerts go: `alerts.yaml` in the configuration folder, and the contacts in a council's `organisation.yaml`. Without either, only to the folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from foundation.configuration import ConfigurationError, configuration_folder
from foundation.configuration_yaml import control_character, read_yaml

FILE = "alerts.yaml"
KEYS = ("smtp_connection", "from", "engineers", "apprise_connection", "board_officer", "restricted_link")
LONDON = ZoneInfo("Europe/London")
FIRST_HOUR, LAST_HOUR = 7, 18
PICK_UP = f"0 {FIRST_HOUR}-{LAST_HOUR} * * 1-5"  # each full hour of a working day, so a file corrected in the morning is clear by noon
PICK_UP_IN_WORDS = f"each full hour from {FIRST_HOUR}:00 to {LAST_HOUR}:00 on working days"
SATURDAY = 5


@dataclass(frozen=True)
class Settings:
    """`smtp_connection` and `apprise_connection` are Airflow's; `restricted_link` comes before the path of a restricted file in a mail."""

    smtp_connection: str | None = None
    sender: str | None = None
    engineers: tuple[str, ...] = ()
    apprise_connection: str | None = None
    board_officer: str | None = None
    restricted_link: str = ""


def settings(folder: Path | None = None) -> Settings:
    """The settings of the configuration folder. Raises ConfigurationError naming the key."""
    path = (folder or configuration_folder()) / FILE
    written = _yaml(path)
    unknown = sorted(set(written) - set(KEYS))
    if unknown:
        raise ConfigurationError(f"{path}: {', '.join(unknown)} is not a known key. The known keys are {', '.join(KEYS)}")
    if written.get("smtp_connection") and not written.get("from"):
        raise ConfigurationError(f"{path}: `from` is missing. Give the address that mails come from")
    return Settings(
        smtp_connection=written.get("smtp_connection"),
        sender=written.get("from"),
        engineers=tuple(written.get("engineers") or ()),
        apprise_connection=written.get("apprise_connection"),
        board_officer=written.get("board_officer"),
        restricted_link=str(written.get("restricted_link") or ""),
    )


def contact(organisation_id: str, owner: str) -> str | None:
    """The address of an owner, by role, in the council's `organisation.yaml`. None if there is none."""
    path = configuration_folder() / "organisations" / organisation_id / "organisation.yaml"
    found = (_yaml(path).get("contacts") or {}).get(owner)
    return str(found) if found else None


def next_pick_up(now: datetime) -> datetime:
    """The next time at which files are picked up: the next full hour within working hours in England."""
    then = now.astimezone(LONDON).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while then.weekday() >= SATURDAY or not FIRST_HOUR <= then.hour <= LAST_HOUR:
        then += timedelta(hours=1)
    return then


def _yaml(path: Path) -> dict[str, Any]:
    try:
        written = read_yaml(path)
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict):
        raise ConfigurationError(f"{path}: must contain keys and values")
    if key := control_character(written):
        raise ConfigurationError(
            f"{path}: `{key}` has a character that nobody can see, such as a carriage return. Write it again, in one line"
        )
    return written
