"""A council's decisions about rules: its own limits, and failures that it accepts until a day, with who decided and why.

`organisations/<id>/thresholds.csv` gives a rule other limits for the months from `from_month` to `to_month`. The project's limits are
in the rules. `organisations/<id>/accepted_exceptions.csv` stops the alert of a rule until a day, for the months from `from_month` on
and for `most_rows` failing rows at most.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from expectations.engine.check_rule import Limits, Rule
from foundation.configuration import ConfigurationError, configuration_folder
from foundation.for_excel import as_text

THRESHOLDS, EXCEPTIONS = "thresholds.csv", "accepted_exceptions.csv"
THRESHOLD_COLUMNS = ("rule_id", "from_month", "to_month", "least", "most", "by", "reason")
EXCEPTION_COLUMNS = ("rule_id", "from_month", "until", "most_rows", "by", "reason")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Threshold:
    """Limits that a council gives a rule for some months, who decided it and why."""

    rule_id: str
    from_month: str
    to_month: str
    limits: Limits
    by: str
    reason: str


@dataclass(frozen=True)
class AcceptedException:
    """A failure that a council accepts as true until a day, who decided it and why. `most_rows`: more failing rows are reported again."""

    rule_id: str
    from_month: str
    until: date
    most_rows: int | None
    by: str
    reason: str

    def covers(self, period: str, rows_failed: int, today: date) -> bool:
        """Whether a failure of a month is accepted today."""
        few = self.most_rows is None or rows_failed <= self.most_rows
        return self.from_month <= period and today <= self.until and few


@dataclass(frozen=True)
class Decisions:
    """All that a council decided about rules."""

    thresholds: tuple[Threshold, ...] = ()
    exceptions: tuple[AcceptedException, ...] = field(default=())

    def limits(self, rule: Rule, period: str) -> Limits | None:
        """The limits of a rule for a month: the council's latest limits that cover it, otherwise the project's."""
        mine = [
            threshold
            for threshold in self.thresholds
            if threshold.rule_id == rule.rule_id and threshold.from_month <= period <= threshold.to_month
        ]
        return max(mine, key=lambda threshold: threshold.from_month).limits if mine else rule.limits

    def accepted(self, rule_id: str, period: str, rows_failed: int, today: date) -> AcceptedException | None:
        """The exception that accepts a failure. If there are several, the one that lasts longest."""
        mine = [exception for exception in self.exceptions if exception.rule_id == rule_id and exception.covers(period, rows_failed, today)]
        return max(mine, key=lambda exception: exception.until, default=None)


def decisions(organisation_id: str, rules: Iterable[Rule]) -> Decisions:
    """A council's decisions about rules. `rules` has all rules. Empty without the files. Raises ConfigurationError naming file and line."""
    known = {rule.rule_id: rule for rule in rules}
    folder = configuration_folder() / "organisations" / organisation_id
    thresholds = [_threshold(where, row, known) for where, row in _lines(folder / THRESHOLDS, THRESHOLD_COLUMNS)]
    exceptions = [_exception(where, row, known) for where, row in _lines(folder / EXCEPTIONS, EXCEPTION_COLUMNS)]
    return Decisions(tuple(thresholds), tuple(exceptions))


def accept_exception(organisation_id: str, rule: Rule, accepted: AcceptedException) -> Path:
    """Add an exception to the council's list, and return the list's file. Raises ConfigurationError if it could not be read back."""
    folder = configuration_folder() / "organisations" / organisation_id
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such council is configured")
    path = folder / EXCEPTIONS
    rows = "" if accepted.most_rows is None else str(accepted.most_rows)
    line = dict(
        zip(
            EXCEPTION_COLUMNS,
            (accepted.rule_id, accepted.from_month, accepted.until.isoformat(), rows, accepted.by, accepted.reason),
            strict=True,
        )
    )
    _exception(str(path), line, {rule.rule_id: rule})
    list(_lines(path, EXCEPTION_COLUMNS))
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, EXCEPTION_COLUMNS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow({column: as_text(value) for column, value in line.items()})
    return path


def _lines(path: Path, columns: tuple[str, ...]) -> Iterable[tuple[str, dict[str, str]]]:
    """Each line of a table, with words that say where it is. None without the file."""
    if not path.exists():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != columns:
            raise ConfigurationError(f"{path}: the header must be {','.join(columns)}, in this order")
        for number, row in enumerate(reader, start=2):
            if None in row or None in row.values():
                raise ConfigurationError(f"{path}: line {number}: must have {len(columns)} columns: {','.join(columns)}")
            yield f"{path}: line {number}", {name: str(value).strip() for name, value in row.items()}


def _threshold(where: str, row: Mapping[str, str], known: Mapping[str, Rule]) -> Threshold:
    rule = _rule(where, row, known)
    if rule.limits is None:
        raise ConfigurationError(f"{where}: {rule.rule_id} has no limits that could be changed. See `python -m expectations rules`")
    _signed(where, row)
    limits = Limits(_number(where, row, "least"), _number(where, row, "most"))
    if (limits.least is None) != (rule.limits.least is None) or (limits.most is None) != (rule.limits.most is None):
        has = " and ".join(name for name, value in (("least", rule.limits.least), ("most", rule.limits.most)) if value is not None)
        raise ConfigurationError(f"{where}: {rule.rule_id} has {has}. Give the same, and leave the other empty")
    to_month = _month(where, row, "to_month") if row["to_month"] else "9999-12"
    return Threshold(rule.rule_id, _month(where, row, "from_month"), to_month, limits, row["by"], row["reason"])


def _exception(where: str, row: Mapping[str, str], known: Mapping[str, Rule]) -> AcceptedException:
    rule = _rule(where, row, known)
    if rule.severity == "block":
        raise ConfigurationError(
            f"{where}: {rule.rule_id} holds a delivery. Accept each delivery separately: python -m expectations accept --delivery ..."
        )
    _signed(where, row)
    try:
        until = date.fromisoformat(row["until"])
    except ValueError:
        raise ConfigurationError(f"{where}: until is '{row['until']}'. Write the last day as YYYY-MM-DD") from None
    most_rows = _number(where, row, "most_rows")
    return AcceptedException(
        rule.rule_id, _month(where, row, "from_month"), until, None if most_rows is None else int(most_rows), row["by"], row["reason"]
    )


def _rule(where: str, row: Mapping[str, str], known: Mapping[str, Rule]) -> Rule:
    if row["rule_id"] not in known:
        raise ConfigurationError(f"{where}: there is no rule '{row['rule_id']}'. `python -m expectations rules` lists them")
    return known[row["rule_id"]]


def _signed(where: str, row: Mapping[str, str]) -> None:
    for name in ("by", "reason"):
        if not row[name]:
            raise ConfigurationError(f"{where}: {name} is empty. Write who decided it, by role, and why")


def _month(where: str, row: Mapping[str, str], name: str) -> str:
    if not MONTH.fullmatch(row[name]):
        raise ConfigurationError(f"{where}: {name} is '{row[name]}'. Write a month as YYYY-MM")
    return row[name]


def _number(where: str, row: Mapping[str, str], name: str) -> float | None:
    if not row[name]:
        return None
    try:
        return float(row[name])
    except ValueError:
        raise ConfigurationError(f"{where}: {name} is '{row[name]}'. Write a number with a point, or leave it empty") from None
