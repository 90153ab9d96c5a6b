"""What is wrong before any rule is asked: files that landing refused and no later file replaced, and months of which no file came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from foundation import ledger
from foundation.configuration import PUBLISHED_STATISTICS, Organisation
from foundation.ledger import HELD, LANDING, NOT_USED, Delivery

REFUSED, MISSING = "refused", "missing"
MISSING_CODE = "no_file"
MONTHS_FOLLOWED = 13  # a census year and the month before it; of what is older nobody is written to
MONTHS_IN_A_ROW = 3  # a source that came in each of three months is expected in the next
NO_MONTH = "no month"
# What is published of a file that is not used. A publication is never changed and many may read it, so it says less than the owner's mail:
# no name of a file, and nothing but these words.
NOT_USED_WHY = {
    "empty_file": "it has no rows",
    "unreadable_file": "it cannot be read",
    "too_large": "it is larger than an extract can be",
    "missing_sheet": "the sheet that is expected is not there",
    "missing_column": "a column is missing",
    "repeated_column": "a header stands twice",
    "column_changed": "a column is written in another way than before",
    "wrong_period": "it is of another month than it should be",
    "new_code": "a column has a value that is not listed",
    "all_rows_rejected": "no row keeps the agreed layout",
    "unforeseen": "it stopped the reading",
}


@dataclass(frozen=True)
class FileProblem:
    """A file that is not used, or that did not come. `period` is `YYYY-MM`, or "no month" where the file's name gives none."""

    code: str
    kind: str
    period: str
    says: str
    fix: str
    file: str
    received_at: str


def refused(mine: Sequence[Delivery]) -> Iterable[FileProblem]:
    """Each thing that is wrong with a file that landing refused, unless a later file of the month is used. `mine` is of one source."""
    good = ledger.in_force(mine)
    for delivery in mine:
        if delivery.state != HELD or delivery.states[-1].by != LANDING:
            continue
        if delivery.period in good and good[str(delivery.period)].received > delivery.received:
            continue
        for problem in delivery.problems:
            says = plain(problem.message)
            yield FileProblem(
                problem.code, REFUSED, delivery.period or NO_MONTH, says, "As said under what is wrong", delivery.file, delivery.received_at
            )


def missing(council: Organisation, source: str, known: Sequence[Delivery], today: date) -> Iterable[FileProblem]:
    """The months since the source last came, after it came in each of several: those of which the council delivered anything, and those overdue.

    `known` has the deliveries of all the council's sources.
    """
    setting = council.sources[source]
    came = {delivery.period for delivery in known if delivery.source == source and delivery.period}
    last = max(came, default="")
    if not last or any(_before(last, back) not in came for back in range(MONTHS_IN_A_ROW)):
        return
    due, latest = setting.due_through(today) or "", latest_month(known)
    for ahead in range(1, MONTHS_FOLLOWED):
        period = _before(last, -ahead)
        if period > max(due, latest):
            return
        if council.has_month(period):
            by = f"; it was due on day {setting.due_day} of the month after" if period <= due else ""
            fix = "Run the extract for the month and put it where the others arrive"
            yield FileProblem(MISSING_CODE, MISSING, period, f"No file of the month has come{by}", fix, "", "")


def latest_month(known: Iterable[Delivery]) -> str:
    """The last month of which a council delivered anything itself; empty before the first."""
    return max((delivery.period for delivery in known if delivery.period and delivery.source not in PUBLISHED_STATISTICS), default="")


def months_between(earlier: str, later: str) -> int:
    """Months from one period (`YYYY-MM`) to another; nought where the first is no month."""
    if not earlier[:1].isdigit():
        return 0
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:7]) - int(earlier[5:7])


def not_used(problems: Iterable[FileProblem]) -> str:
    """What is published of the refused files of a month."""
    whys = dict.fromkeys(NOT_USED_WHY.get(problem.code, "it was refused") for problem in problems)
    return f"{NOT_USED}: {'; '.join(whys)}"


def plain(message: str) -> str:
    """A message without the path of the machine's configuration, which says nothing to an owner."""
    words = " ".join("the mapping" if "/mappings/" in word else word for word in message.split())
    return words[:1].upper() + words[1:]


def _before(period: str, months: int) -> str:
    number = int(period[:4]) * 12 + int(period[5:7]) - 1 - months
    return f"{number // 12:04}-{number % 12 + 1:02}"
