"""What is open in a council's source: rules that fail, files that are refused, changes of layout that landing noted, and missing months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from expectations.engine.check_results import FILE_RULES, LISTED_BY, failing_rows, latest_results
from expectations.engine.check_rule import Rule
from expectations.missing_files import MISSING, MONTHS_FOLLOWED, REFUSED, latest_month, missing, months_between, plain, refused
from expectations.rules.every_source import SOURCES
from foundation import ledger
from foundation.configuration import organisation
from foundation.ledger import Delivery
from foundation.storage import Storage

URGENT = ("block", REFUSED, MISSING)
ORDER = (MISSING, REFUSED, "block", "hold", "warn", "note")
# A rule already counts these, and says what to do.
TOLD_BY_A_RULE = ("rows_rejected", "doubtful_value")

Place = tuple[str, str]
"""A row to correct: its month, and its place or its pseudonym."""


@dataclass(frozen=True)
class Item:
    """Something to correct. `names` are the pseudonyms of its rows, kept in the restricted folder to tell new rows from earlier ones.

    `places` are the rows themselves, so that a row that two rules find is counted once. `counts` says what its number counts.
    """

    code: str
    period: str
    severity: str
    says: str
    fix: str
    rows: int
    file: str = ""
    indicators: tuple[str, ...] = ()
    names: frozenset[str] = field(default=frozenset(), repr=False)
    places: frozenset[Place] = field(default=frozenset(), repr=False)
    counts: str = "rows"

    @property
    def key(self) -> str:
        return f"{self.code} {self.period}"


@dataclass(frozen=True)
class Standing:
    """Where a source stands: what is open, and what is not open although it was not fixed.

    `accepted`: the day until which the council accepts a failure as true, by item. `errored`: rules that could not be checked, so their
    result is unknown. `let_go`: items that are still wrong and too old to be followed. `rules`: the rules of the source.
    """

    items: tuple[Item, ...]
    accepted: Mapping[str, date | None] = field(default_factory=dict)
    errored: frozenset[str] = frozenset()
    let_go: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    is_sure: bool = True

    def is_no_longer_asked(self, code: str) -> bool:
        """Whether a code belongs to a rule that no longer exists. Codes of landing are in lower case."""
        return code[:1].isupper() and code not in self.rules


def standing(organisation_id: str, source: str, store: Storage, today: date) -> Standing:
    """Where a council's source stands. Open items come with the most serious first.

    `today` decides which months are overdue, if the council has a day on which extracts are due.
    """
    council = organisation(organisation_id)
    known = ledger.deliveries(organisation_id, None, store)
    mine = [delivery for delivery in known if delivery.source == source]
    latest = latest_month(known)
    results = [
        latest_result for latest_result in latest_results(organisation_id, source, store) if latest_result["rule_id"] not in FILE_RULES
    ]
    found = [
        *_failing(organisation_id, source, store, results, {delivery.delivery_id: delivery for delivery in mine}),
        *(Item(problem.code, problem.period, problem.kind, problem.says, problem.fix, 0, problem.file) for problem in refused(mine)),
        *_noted(mine),
        *(
            Item(problem.code, problem.period, problem.kind, problem.says, problem.fix, 0)
            for problem in missing(council, source, known, today)
        ),
    ]
    followed = [item for item in found if not latest or months_between(item.period, latest) < MONTHS_FOLLOWED]
    errored = [result for result in results if result["outcome"] == "errored"]
    return Standing(
        items=tuple(sorted(followed, key=_worst_and_youngest_first)),
        accepted={
            f"{result['rule_id']} {result['period']}": result["accepted_until"] for result in results if result["outcome"] == "accepted"
        },
        errored=frozenset(result["rule_id"] for result in errored),
        let_go=frozenset(item.key for item in found) - frozenset(item.key for item in followed),
        rules=frozenset(_rules(source)),
        is_sure=all(result["severity"] == "note" for result in errored),
    )


def _worst_and_youngest_first(item: Item) -> tuple[int, list[int], str]:
    return ORDER.index(item.severity), [-int(part) for part in item.period.split("-") if part.isdigit()], item.code


def _failing(
    organisation_id: str, source: str, store: Storage, results: Iterable[Mapping[str, object]], deliveries: Mapping[str, Delivery]
) -> Iterable[Item]:
    names: dict[tuple[str, str], set[str]] = {}
    places: dict[tuple[str, str], set[Place]] = {}
    for row in failing_rows(organisation_id, source, store):
        key = (row["rule_id"], row["period"])
        names.setdefault(key, set()).add(row["subject"] or f"row {row['source_row']}")
        places.setdefault(key, set()).add((row["in_period"], f"{row['in_delivery']} {row['source_row'] or row['subject']}"))
    for result in results:
        if result["outcome"] == "failed":
            key = (str(result["rule_id"]), str(result["period"]))
            delivery, rule = deliveries.get(str(result["delivery_id"])), _rules(source).get(key[0])
            yield Item(
                code=key[0],
                period=key[1],
                severity=str(result["severity"]),
                says=str(result["says"]),
                fix=str(result["fix"]),
                rows=int(str(result["rows_failed"])),
                file=delivery.file if delivery else "",
                indicators=tuple(name for name in str(result["indicators"]).split(LISTED_BY) if name),
                names=frozenset(names.get(key, ())),
                places=frozenset(places.get(key, ())),
                counts=rule.counts if rule else "rows",
            )


@cache
def _rules(source: str) -> dict[str, Rule]:
    return {rule.rule_id: rule for rule in SOURCES[source].rules} if source in SOURCES else {}


def _noted(mine: Sequence[Delivery]) -> Iterable[Item]:
    """What landing noted about the files in force, and no rule reports."""
    good = ledger.in_force(mine)
    for delivery in mine:
        if good.get(str(delivery.period)) == delivery:
            for problem in delivery.problems:
                if problem.code not in TOLD_BY_A_RULE:
                    yield Item(problem.code, str(delivery.period), "note", plain(problem.message), "See What is wrong", 0, delivery.file)
