"""What a council has configured: its sources, owners and rules. A council is added by adding files, never code."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from foundation.arrives import Arrives, ArrivesError, read_arrives
from foundation.configuration_yaml import control_character, read_yaml
from foundation.errors import ConfigurationError as ConfigurationError
from foundation.storage import REPOSITORY

DELIVERS = ("snapshot", "history", "events")
KEYS = (
    "id", "name", "la_code", "new_la_code", "region", "partnership", "system", "first_month", "last_month", "due_day", "caseload_limits",
    "contacts", "same_number", "sources",
)  # fmt: skip
SOURCE_KEYS = ("owner", "delivers", "arrives", "due_day")
# An id names folders, and stands in queries and on pages.
ID, LONGEST_ID = re.compile(r"[a-z0-9_]+"), 60
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
TEXTS = ("name", "region", "partnership", "system")
LAST_DUE_DAY = 28  # every month has it
# Sources that others publish. A sender of nothing else, such as England's file, is not a council, and its files do not create a month.
PUBLISHED_STATISTICS = ("comparators", "resident_profile", "statistical_neighbours")


# Kinds of numbers, named as in the contracts, for which a council may say that all spellings are one number.
NUMBERS = ("person", "assignment", "swe_number", "post", "agency_worker", "booking", "absence")


@dataclass(frozen=True)
class SourceSetting:
    """A source of a council: who owns it, what kind of delivery it sends, where its extracts arrive, and by when.

    `due_day`: the day of the next month by which the extract of a month is due. None if the council has no such day.
    """

    source: str
    owner: str
    delivers: str
    mapping: Path
    arrives: Arrives = field(default_factory=Arrives)
    due_day: int | None = None

    def due_through(self, today: date) -> str | None:
        """The last month (`YYYY-MM`) whose extract should have come before today. None if the council has no due day."""
        if self.due_day is None:
            return None
        months = today.year * 12 + today.month - 1 - (1 if today.day > self.due_day else 2)
        return f"{months // 12:04}-{months % 12 + 1:02}"


@dataclass(frozen=True)
class CaseloadLimit:
    """How many cases a full-time worker, and a worker in the assessed and supported year, may hold from a given day."""

    from_date: date
    cases: int
    asye_cases: int


@dataclass(frozen=True)
class Organisation:
    """A council as configured in `organisations/<id>/organisation.yaml`. For the kinds in `same_number`, all spellings are one number."""

    organisation_id: str
    name: str
    la_code: str
    new_la_code: str
    region: str
    partnership: str | None
    first_month: str
    folder: Path
    sources: dict[str, SourceSetting]
    caseload_limits: tuple[CaseloadLimit, ...] = ()
    last_month: str | None = None
    same_number: tuple[str, ...] = ()

    def has_month(self, period: str) -> bool:
        """Whether the council existed in a month (`YYYY-MM`). A council that was split, or became part of another, has a last month."""
        return self.first_month <= period <= (self.last_month or period)

    @property
    def is_council(self) -> bool:
        """Whether it is more than a sender of published statistics."""
        return not self.sources or not set(self.sources) <= set(PUBLISHED_STATISTICS)


@dataclass(frozen=True)
class UnusableCouncil:
    """A council whose configuration cannot be used, and why: the file and the key. Other councils are not affected."""

    organisation_id: str
    says: str

    def __str__(self) -> str:
        return f"{self.organisation_id} is left out: {self.says}"


def configuration_folder() -> Path:
    """The folder named by `WORKFORCE_CONFIG`. Without it, `./config` beside the code."""
    return Path(os.environ.get("WORKFORCE_CONFIG") or REPOSITORY / "config").resolve()


def organisations(folder: Path | None = None) -> list[Organisation]:
    """The configured councils that can be used, in the order of their ids. Raises ConfigurationError if there is none."""
    usable, unusable = councils(folder)
    if not usable:
        raise ConfigurationError("\n".join(str(unusable_council) for unusable_council in unusable))
    return usable


def councils(folder: Path | None = None) -> tuple[list[Organisation], list[UnusableCouncil]]:
    """The configured councils, and separately those whose `organisation.yaml` cannot be used. Raises ConfigurationError if none is configured."""
    root = (folder or configuration_folder()) / "organisations"
    found = sorted(path.parent.name for path in root.glob("*/organisation.yaml"))
    if not found:
        raise ConfigurationError(f"{root}: no council is configured. Add <council>/organisation.yaml. See docs/add_a_council.md")
    usable, unusable = [], []
    for name in found:
        try:
            usable.append(organisation(name, folder))
        except ConfigurationError as error:
            unusable.append(UnusableCouncil(name, str(error)))
    return usable, unusable


def usable_councils() -> list[Organisation]:
    """The configured councils that can be used. None if none is configured, or none can be used."""
    try:
        return councils()[0]
    except ConfigurationError:
        return []


def refuse_unusable_councils(folder: Path | None = None) -> None:
    """Raise ConfigurationError naming each council whose configuration cannot be used."""
    unusable = councils(folder)[1]
    if unusable:
        raise ConfigurationError("\n".join(str(unusable_council) for unusable_council in unusable))


def council_sources() -> list[dict[str, str]]:
    """Each configured council and source, as `{"organisation_id", "source"}`. Raises ConfigurationError."""
    return [{"organisation_id": council.organisation_id, "source": source} for council in organisations() for source in council.sources]


def organisation(organisation_id: str, folder: Path | None = None) -> Organisation:
    """One configured council. Raises ConfigurationError naming the file and the key."""
    path = (folder or configuration_folder()) / "organisations" / organisation_id / "organisation.yaml"
    try:
        written = read_yaml(path)
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file. Add it to add the council") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read as text in UTF-8 ({type(error).__name__})") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict) or not isinstance(written.get("sources", {}), dict):
        raise ConfigurationError(
            f"{path}: must contain keys and values, with `sources`. See docs/add_a_council.md for the contents of the file"
        )
    _known_keys(path, "", written, KEYS)
    _refuse_unusable_texts(path, written)
    try:
        sources = {source: _source_setting(path, source, value, written.get("due_day")) for source, value in written["sources"].items()}
        return Organisation(
            organisation_id=written["id"],
            name=written["name"],
            la_code=str(written["la_code"]),
            new_la_code=str(written["new_la_code"]),
            region=written["region"],
            partnership=written.get("partnership"),
            first_month=str(written["first_month"]),
            folder=path.parent,
            sources=sources,
            caseload_limits=_caseload_limits(path, written.get("caseload_limits")),
            last_month=_last_month(path, written),
            same_number=_same_number(path, written.get("same_number")),
        )
    except KeyError as error:
        raise ConfigurationError(f"{path}: {error} is missing. See docs/add_a_council.md for the contents of the file") from None


def _refuse_unusable_texts(path: Path, written: dict[str, Any]) -> None:
    """Refuse an id that is no name of a folder and of a column's values, and a text that could not stand in a mail or on a page."""
    organisation_id = written.get("id", path.parent.name)
    if not isinstance(organisation_id, str) or not ID.fullmatch(organisation_id) or len(organisation_id) > LONGEST_ID:
        raise ConfigurationError(f"{path}: `id` must be a text of lower case letters, digits and underscores")
    if organisation_id != path.parent.name:
        says = f"{path}: `id` must be the name of the folder that the file is in, so that each council has its own"
        raise ConfigurationError(f"{says}. Rename the folder, or correct the id")
    for source in written.get("sources", {}):
        if not isinstance(source, str) or not ID.fullmatch(source):
            raise ConfigurationError(f"{path}: `sources` has a name that is no source's: lower case letters, digits and underscores")
    for key in TEXTS:
        if written.get(key) is not None and (not isinstance(written[key], str) or not written[key].strip()):
            raise ConfigurationError(f"{path}: `{key}` must be a text")
    if found := control_character(written):
        says = f"{path}: `{found}` has a character that nobody can see, such as a carriage return"
        raise ConfigurationError(f"{says}. Write it again, in one line")
    if not MONTH.fullmatch(str(written.get("first_month", "2000-01"))):
        raise ConfigurationError(f'{path}: first_month must be a month like "2023-04"')


def _last_month(path: Path, written: dict[str, Any]) -> str | None:
    """`last_month` of a council that no longer exists. None without it."""
    last = written.get("last_month")
    if last is None:
        return None
    if not (MONTH.fullmatch(str(last)) and str(last) >= str(written["first_month"])):
        raise ConfigurationError(f'{path}: last_month must be a month like "2023-03", not before first_month')
    return str(last)


def _same_number(path: Path, written: object) -> tuple[str, ...]:
    """The kinds in `same_number`. None without it."""
    listed = written or []
    if not isinstance(listed, list) or not all(entry in NUMBERS for entry in listed):
        raise ConfigurationError(f"{path}: same_number must be a list of kinds of numbers, of {', '.join(NUMBERS)}")
    return tuple(sorted(set(listed)))


def _caseload_limits(path: Path, written: object) -> tuple[CaseloadLimit, ...]:
    """The dated limits in `caseload_limits`. None without it."""
    listed = [] if written is None else written if isinstance(written, list) else [written]
    found = []
    for entry in listed:
        limits = entry if isinstance(entry, dict) else {}
        from_date, cases, asye_cases = (limits.get(key) for key in ("from_date", "cases", "asye_cases"))
        if not isinstance(from_date, date) or not isinstance(cases, int) or not isinstance(asye_cases, int) or min(cases, asye_cases) < 1:
            says = "must be a list, each with from_date (YYYY-MM-DD), cases and asye_cases (whole numbers from 1)"
            raise ConfigurationError(f"{path}: caseload_limits {says}")
        found.append(CaseloadLimit(from_date, cases, asye_cases))
    if len({limit.from_date for limit in found}) < len(found):
        raise ConfigurationError(f"{path}: caseload_limits has two limits from the same day")
    return tuple(found)


def _known_keys(path: Path, where: str, written: dict[str, Any], known: Collection[str]) -> None:
    unknown = [str(name) for name in written if name not in known]
    if unknown:
        raise ConfigurationError(f"{path}: {where}{unknown[0]} is not a known key. Known keys are {', '.join(known)}")


def _source_setting(path: Path, source: str, written: dict[str, Any], due_day_of_all: object) -> SourceSetting:
    if not isinstance(written, dict):
        raise ConfigurationError(f"{path}: sources.{source} must contain keys and values, for example {{owner: HR, delivers: snapshot}}")
    _known_keys(path, f"sources.{source}.", written, SOURCE_KEYS)
    if written["delivers"] not in DELIVERS:
        raise ConfigurationError(f"{path}: sources.{source}.delivers is '{written['delivers']}'; it must be one of {', '.join(DELIVERS)}")
    try:
        arrives = read_arrives(written.get("arrives"))
    except ArrivesError as error:
        raise ConfigurationError(f"{path}: sources.{source}.arrives{error}") from None
    due_day = written.get("due_day", due_day_of_all)
    if due_day is not None and (not isinstance(due_day, int) or not 1 <= due_day <= LAST_DUE_DAY):
        raise ConfigurationError(
            f"{path}: due_day of {source} is '{due_day}'; it must be a day of the next month, from 1 to {LAST_DUE_DAY}"
        )
    return SourceSetting(source, written["owner"], written["delivers"], path.parent / "mappings" / f"{source}.yaml", arrives, due_day)
