"""Who is shown what: `disclosure.yaml` of the configuration, and what a council makes stricter in its own folder.

    from: 2026-12-01
    audit: {people: 2, share_per_cent: 20, pay_share_per_cent: 25}
    audiences:
      public:
        finest_level: organisation
        tables: [indicator_value, unit]
        classes:
          staffing: {least_people: 5, small_counts_to: 4}

`least_people`: figures of fewer people, and of at least one, are not shown. `small_counts_to`: counts of 1 to so many people are not shown.
`hides_none_and_all`: nor is it shown that nobody, or everybody, has something. `finest_level` of a class: it is
not shown of finer units. A council's file has the audiences and classes that it makes stricter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from foundation.configuration import ConfigurationError, Organisation, UnusableCouncil, configuration_folder
from foundation.configuration_yaml import read_yaml
from foundation.storage import REPOSITORY

FILE = "disclosure.yaml"
AUDIENCES = ("inside", "public")
CLASSES = ("posts", "staffing", "sensitive", "pay")
# From the finest to the coarsest. Above a council every level is shown to whom its councils are shown.
LEVELS = ("team", "service", "organisation")
RULE_KEYS = ("least_people", "small_counts_to", "hides_none_and_all", "finest_level")
WIDTH_KEYS = ("people", "share_per_cent", "pay_share_per_cent")


@dataclass(frozen=True)
class Rule:
    """What keeps a figure of a class from being shown. Without anything, all is shown. `finest_level`: the finest level of a council at which it is shown."""

    least_people: int = 0
    small_counts_to: int = 0
    hides_none_and_all: bool = False
    finest_level: str = LEVELS[0]

    def is_looser_than(self, other: Rule) -> bool:
        """Whether it shows anything that the other does not."""
        numbers = self.least_people < other.least_people or self.small_counts_to < other.small_counts_to
        is_finer = LEVELS.index(self.finest_level) < LEVELS.index(other.finest_level)
        return numbers or is_finer or (other.hides_none_and_all and not self.hides_none_and_all)

    def finer_levels(self, finest_level: str = LEVELS[0]) -> tuple[str, ...]:
        """The levels at which measures of the class are not shown; `finest_level` is that of the measures themselves."""
        return LEVELS[: max(LEVELS.index(self.finest_level), LEVELS.index(finest_level))]


@dataclass(frozen=True)
class Widths:
    """How much room has to be left for a figure that is not shown: people, a share of it, and for pay a share of it."""

    people: int
    share_per_cent: int
    pay_share_per_cent: int


@dataclass(frozen=True)
class Audience:
    """Readers who are shown the same: down to which level, which tables (None: all but some), and the rule of each class.

    `widths`: the room that must be left for what is hidden. `of_councils`: the levels and rules of councils that have their own.
    """

    name: str
    finest_level: str
    tables: frozenset[str] | None
    rules: dict[str, Rule]
    all_but: frozenset[str] = frozenset()
    widths: Widths = Widths(2, 20, 25)
    of_councils: dict[str, Audience] = field(default_factory=dict)

    def has_table(self, table: str) -> bool:
        """Whether the audience is given a table."""
        return table not in self.all_but if self.tables is None else table in self.tables

    def levels(self, organisation_id: str | None = None) -> tuple[str, ...]:
        """The levels of a council that are shown."""
        own = self.of_councils.get(organisation_id or "", self)
        return LEVELS[LEVELS.index(own.finest_level) :]

    def rule(self, disclosure_class: str, organisation_id: str | None = None) -> Rule:
        """The rule of a class for a council's rows. Above a council it is the strictest of all."""
        if organisation_id is not None:
            return self.of_councils.get(organisation_id, self).rules[disclosure_class]
        every = [self.rules[disclosure_class], *(own.rules[disclosure_class] for own in self.of_councils.values())]
        return Rule(
            max(rule.least_people for rule in every),
            max(rule.small_counts_to for rule in every),
            any(rule.hides_none_and_all for rule in every),
            max((rule.finest_level for rule in every), key=LEVELS.index),
        )


@dataclass(frozen=True)
class Policy:
    """The entry in force: from when, the widths that the audit holds, and the audiences by name."""

    from_date: date
    widths: Widths
    audiences: dict[str, Audience]


def policy(month_end: date, folder: Path | None = None, of_councils: Collection[str] | None = None) -> Policy:
    """The policy in force for publications of a month, with the own files of some councils, or of all (None).

    Raises ConfigurationError, which names file and key.
    """
    root = folder or configuration_folder()
    path = policy_file(root)
    found = in_force(path, [_policy(path, entry, place) for place, entry in _entries(path)], month_end)
    if found is None:
        raise ConfigurationError(f"{path}: no entry holds in {month_end:%Y-%m}. Give the first one an earlier `from`")
    for council in sorted((root / "organisations").glob(f"*/{FILE}")):
        if of_councils is None or council.parent.name in of_councils:
            found = _with_council(found, council, month_end)
    return found


def usable_policy(month_end: date, councils: Iterable[Organisation]) -> list[UnusableCouncil]:
    """The councils whose own file cannot be used. Raises ConfigurationError if the policy of all councils cannot be."""
    policy(month_end, of_councils=())
    unusable = []
    for council in councils:
        try:
            policy(month_end, of_councils=[council.organisation_id])
        except ConfigurationError as error:
            unusable.append(UnusableCouncil(council.organisation_id, str(error)))
    return unusable


def policy_file(folder: Path) -> Path:
    """The file with the policy of all councils. A configuration without one has the warehouse's own."""
    own = folder / FILE
    return own if own.exists() else REPOSITORY / "config" / FILE


def in_force(path: Path, policies: list[Policy], month_end: date) -> Policy | None:
    """The last of the dated entries that holds in a month. None if all begin later."""
    days = [entry.from_date for entry in policies]
    if len(set(days)) < len(days):
        raise ConfigurationError(f"{path}: two entries have the same `from`. Give each its own day")
    return max((entry for entry in policies if entry.from_date <= month_end), key=lambda entry: entry.from_date, default=None)


def _entries(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    """Each entry of a file, with its number as an error names it."""
    try:
        written = read_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: this is not readable YAML. Write it as in config/{FILE}") from None
    if not isinstance(written, list) or not written:
        raise ConfigurationError(f"{path}: it must be a list of entries, each with `from`. See config/{FILE}")
    for number, entry in enumerate(written, 1):
        yield f"entry {number}", _table(path, f"entry {number}", entry)


def _policy(path: Path, entry: dict[str, Any], place: str) -> Policy:
    _only(path, place, entry, ("from", "audit", "audiences"))
    widths = _table(path, f"{place}.audit", entry.get("audit"))
    _only(path, f"{place}.audit", widths, WIDTH_KEYS)
    written = _table(path, f"{place}.audiences", entry.get("audiences"))
    _only(path, f"{place}.audiences", written, AUDIENCES)
    room = Widths(*(_number(path, f"{place}.audit.{key}", widths.get(key)) for key in WIDTH_KEYS))
    audiences = {name: replace(_audience(path, f"{place}.audiences.{name}", name, written.get(name)), widths=room) for name in AUDIENCES}
    return Policy(_day(path, place, entry), room, audiences)


def _audience(path: Path, place: str, name: str, entry: object) -> Audience:
    written = _table(path, place, entry)
    _only(path, place, written, ("finest_level", "tables", "classes"))
    tables = written.get("tables")
    is_all = isinstance(tables, dict) and set(tables) == {"all_but"}
    named = tables["all_but"] if isinstance(tables, dict) and is_all else tables
    if not (isinstance(named, list) and all(isinstance(table, str) for table in named)):
        raise ConfigurationError(
            f"{path}: {place}.tables must be a list of tables, or {{all_but: [...]}} with the tables that are not given"
        )
    classes = _table(path, f"{place}.classes", written.get("classes"))
    _only(path, f"{place}.classes", classes, CLASSES)
    rules = {kind: _rule(path, f"{place}.classes.{kind}", classes.get(kind), Rule()) for kind in CLASSES}
    level = _level(path, place, written.get("finest_level"))
    return Audience(name, level, None, rules, frozenset(named)) if is_all else Audience(name, level, frozenset(named), rules)


def _rule(path: Path, place: str, entry: object, otherwise: Rule) -> Rule:
    written = _table(path, place, entry)
    _only(path, place, written, RULE_KEYS)
    hides = written.get("hides_none_and_all", otherwise.hides_none_and_all)
    if not isinstance(hides, bool):
        raise ConfigurationError(f"{path}: {place}.hides_none_and_all must be true or false")
    return Rule(
        _number(path, f"{place}.least_people", written.get("least_people", otherwise.least_people)),
        _number(path, f"{place}.small_counts_to", written.get("small_counts_to", otherwise.small_counts_to)),
        hides,
        _level(path, place, written.get("finest_level", otherwise.finest_level)),
    )


def _with_council(base: Policy, path: Path, month_end: date) -> Policy:
    """A policy with what a council's own file holds in a month. Refuses what is looser than the policy of all."""
    organisation_id = path.parent.name
    entries = []
    for place, entry in _entries(path):
        _only(path, place, entry, ("from", "audiences"))
        audiences = _table(path, f"{place}.audiences", entry.get("audiences"))
        _only(path, f"{place}.audiences", audiences, AUDIENCES)
        own = {name: _own(path, f"{place}.audiences.{name}", base.audiences[name], written) for name, written in audiences.items()}
        entries.append(Policy(_day(path, place, entry), base.widths, own))
    own_policy = in_force(path, entries, month_end)
    if own_policy is None:
        return base
    return replace(
        base,
        audiences={
            name: replace(audience, of_councils=audience.of_councils | {organisation_id: own_policy.audiences[name]})
            if name in own_policy.audiences
            else audience
            for name, audience in base.audiences.items()
        },
    )


def _own(path: Path, place: str, base: Audience, entry: object) -> Audience:
    written = _table(path, place, entry)
    _only(path, place, written, ("finest_level", "classes"))
    level = _level(path, place, written.get("finest_level", base.finest_level))
    if base.name == "inside" and LEVELS.index(level) < LEVELS.index(base.finest_level):
        raise ConfigurationError(
            f"{path}: {place}.finest_level is finer than that of all councils, {base.finest_level}. A council may only be stricter"
        )
    classes = _table(path, f"{place}.classes", written.get("classes", {}))
    _only(path, f"{place}.classes", classes, CLASSES)
    rules = {kind: _rule(path, f"{place}.classes.{kind}", classes.get(kind, {}), base.rules[kind]) for kind in CLASSES}
    for kind, rule in rules.items():
        if rule.is_looser_than(base.rules[kind]):
            says = "shows more than the policy of all councils. A council may only be stricter"
            raise ConfigurationError(f"{path}: {place}.classes.{kind} {says}: {_told(base.rules[kind])} or more")
    return Audience(base.name, level, base.tables, rules, base.all_but, base.widths)


def _told(rule: Rule) -> str:
    return ", ".join(f"{key}: {str(getattr(rule, key)).lower()}" for key in RULE_KEYS)


def _table(path: Path, place: str, written: object) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise ConfigurationError(f"{path}: {place} must have keys and values. See config/{FILE}")
    return written


def _only(path: Path, place: str, written: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in written:
        if key not in known:
            raise ConfigurationError(f"{path}: {place} has a key that is not known. Known keys are {', '.join(known)}")


def _day(path: Path, place: str, entry: dict[str, Any]) -> date:
    if type(entry.get("from")) is not date:
        raise ConfigurationError(f"{path}: {place}.from must be a day like 2026-12-01")
    day: date = entry["from"]
    return day


def _number(path: Path, place: str, written: object) -> int:
    if not isinstance(written, int) or isinstance(written, bool) or not 0 <= written <= 1000:
        raise ConfigurationError(f"{path}: {place} must be a whole number from 0 to 1000")
    return written


def _level(path: Path, place: str, written: object) -> str:
    if written not in LEVELS:
        raise ConfigurationError(f"{path}: {place}.finest_level must be one of {', '.join(LEVELS)}")
    return str(written)
