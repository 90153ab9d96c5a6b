"""What is open in a council's source: rules that fail, files that are refused, drift that landing noted, and a month that did not come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from expectations.results import LISTED_BY, failing_rows, latest_results
from warehouse import ledger
from warehouse.configuration import SourceSetting, organisation
from warehouse.ledger import HELD, LANDING, Delivery
from warehouse.storage import Storage

REFUSED, MISSING = "refused", "missing"
URGENT = ("block", REFUSED, MISSING)
ORDER = (MISSING, REFUSED, "block", "hold", "warn", "note")
MONTHS_TOLD = 13  # a census year and the month before it; what is older is on the page
MONTHS_IN_A_ROW = 3  # a source that came in each of three months is expected in the next
# Counted by a rule already, which says what to do as well.
TOLD_BY_A_RULE = ("rows_rejected",)
MISSING_CODE = "no_file"


@dataclass(frozen=True)
class Item:
    """Something to mend. `names` are the pseudonyms of its rows, kept in the restricted folder to tell new rows from those of before."""

    code: str
    period: str
    severity: str
    says: str
    fix: str
    rows: int
    file: str = ""
    indicators: tuple[str, ...] = ()
    names: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def key(self) -> str:
        return f"{self.code} {self.period}"


def open_items(organisation_id: str, source: str, store: Storage, today: date) -> list[Item]:
    """What is open, the worst first. Nothing that the council accepted, and nothing of a check that could not be made.

    `today` decides which months are overdue, where the council has a day on which extracts are due.
    """
    council = organisation(organisation_id)
    setting = council.sources[source]
    known = ledger.deliveries(organisation_id, None, store)
    mine = [one for one in known if one.source == source]
    periods = sorted({one.period for one in known if one.period and not _is_published(setting)})
    latest = periods[-1] if periods else ""
    found = [
        *_failing(organisation_id, source, store, {one.delivery_id: one for one in mine}),
        *_of_landing(mine),
        *(one for one in _missing(mine, latest, setting, today) if council.has_month(one.period)),
    ]
    told = [one for one in found if not latest or _months(one.period, latest) < MONTHS_TOLD]
    return sorted(
        told, key=lambda one: (ORDER.index(one.severity), [-int(part) for part in one.period.split("-") if part.isdigit()], one.code)
    )


def _failing(organisation_id: str, source: str, store: Storage, deliveries: dict[str, Delivery]) -> Iterable[Item]:
    names: dict[tuple[str, str], set[str]] = {}
    for row in failing_rows(organisation_id, source, store):
        names.setdefault((row["rule_id"], row["period"]), set()).add(row["subject"] or f"row {row['source_row']}")
    for one in latest_results(organisation_id, source, store):
        if one["outcome"] == "failed":
            delivery = deliveries.get(one["delivery_id"])
            yield Item(
                code=one["rule_id"],
                period=one["period"],
                severity=one["severity"],
                says=one["says"],
                fix=one["fix"],
                rows=one["rows_failed"],
                file=delivery.file if delivery else "",
                indicators=tuple(name for name in one["indicators"].split(LISTED_BY) if name),
                names=frozenset(names.get((one["rule_id"], one["period"]), ())),
            )


def _of_landing(mine: Sequence[Delivery]) -> Iterable[Item]:
    """Files that landing refused and no later file replaced, and what it noted of those in force."""
    good = ledger.in_force(mine)
    for one in mine:
        period = one.period or "no month"
        if one.state == HELD and one.states[-1].by == LANDING:
            replaced = one.period in good and good[str(one.period)].received > one.received
            for problem in one.problems if not replaced else ():
                yield Item(problem.code, period, REFUSED, _plain(problem.message), "As said under what is wrong", 0, one.file)
        elif good.get(period) == one:
            for problem in one.problems:
                if problem.code not in TOLD_BY_A_RULE:
                    yield Item(problem.code, period, "note", _plain(problem.message), "As said under what is wrong", 0, one.file)


def _missing(mine: Sequence[Delivery], latest: str, setting: SourceSetting, today: date) -> Iterable[Item]:
    """The months since the source last came, after it came in each of several: those of which the council delivered anything, and those overdue."""
    came = {one.period for one in mine if one.period}
    last = max(came, default="")
    if not last or any(_before(last, back) not in came for back in range(MONTHS_IN_A_ROW)):
        return
    due = setting.due_through(today) or ""
    for ahead in range(1, MONTHS_TOLD):
        period = _before(last, -ahead)
        if period > max(due, latest):
            return
        overdue = period <= due
        by = f"; it was due on day {setting.due_day} of the month after" if overdue else ""
        yield Item(
            MISSING_CODE,
            period,
            MISSING,
            f"No file of the month has come{by}",
            "Run the extract for the month and put it where the others arrive",
            0,
        )


def _plain(message: str) -> str:
    """A message without the path of the machine's configuration, which says nothing to an owner."""
    plain = " ".join("the mapping" if "/mappings/" in word else word for word in message.split())
    return plain[:1].upper() + plain[1:]


def _is_published(setting: SourceSetting) -> bool:
    return bool(getattr(setting, "is_published_statistics", False))


def _months(earlier: str, later: str) -> int:
    if not earlier[:1].isdigit():
        return 0
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:7]) - int(earlier[5:7])


def _before(period: str, months: int) -> str:
    number = int(period[:4]) * 12 + int(period[5:7]) - 1 - months
    return f"{number // 12:04}-{number % 12 + 1:02}"
