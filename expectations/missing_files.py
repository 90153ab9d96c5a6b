"""What is wrong before any rule is tested: files that landing refused and no later file replaced, and months without a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from foundation import ledger
from foundation.configuration import PUBLISHED_STATISTICS, Organisation
from foundation.ledger import HELD, LANDING, NOT_USED, Delivery

REFUSED, MISSING = "refused", "missing"
MISSING_CODE, DAMAGED_CODE = "no_file", "damaged"
MONTHS_FOLLOWED = 13  # a census year and the month before it; nobody gets a mail about older months
MONTHS_IN_A_ROW = 3  # a source that came in each of three months is expected in the next month
NO_MONTH = "no month"
# What is published about a file that is not used. A publication never changes and many people may read it. So it says less than the owner's
# mail: no file name, and only these words.
NOT_USED_WHY = {
    "empty_file": "it has no rows",
    "unreadable_file": "it cannot be read",
    "too_large": "it is larger than an extract can be",
    "missing_sheet": "the expected sheet is missing",
    "missing_column": "a column is missing",
    "repeated_column": "a header appears twice",
    "column_changed": "a column has another format than before",
    "wrong_period": "it is for another month than it should be",
    "new_code": "a column has a value that is not listed",
    "all_rows_rejected": "no row fits the agreed layout",
    DAMAGED_CODE: "what is kept of it is missing or damaged",
    "unforeseen": "an unexpected error stopped the reading",
}


@dataclass(frozen=True)
class FileProblem:
    """A file that is not used, or that did not come. `period` is `YYYY-MM`, or "no month" if the file's name gives none."""

    code: str
    kind: str
    period: str
    says: str
    fix: str
    file: str
    received_at: str


def refused(mine: Sequence[Delivery]) -> Iterable[FileProblem]:
    """Each problem of a file that landing refused, unless a later file for the month is used, and each month that is held for damage.

    `mine` has the deliveries of one source.
    """
    good = ledger.in_force(mine)
    yield from _damaged(mine)
    for delivery in mine:
        if delivery.state != HELD or delivery.states[-1].by != LANDING:
            continue
        if delivery.period in good and good[str(delivery.period)].received > delivery.received:
            continue
        for problem in delivery.problems:
            says = plain(problem.message)
            yield FileProblem(
                problem.code, REFUSED, delivery.period or NO_MONTH, says, "See What is wrong", delivery.file, delivery.received_at
            )


def _damaged(mine: Sequence[Delivery]) -> Iterable[FileProblem]:
    """One problem for each month that is held because something kept of it is missing or damaged. The engineers were told which file."""
    damaged = {delivery.period or NO_MONTH: delivery for delivery in mine if delivery.is_damaged}
    for period, delivery in damaged.items():
        says = "What is kept of the file is missing or damaged, so the month is not used"
        fix = "The engineers correct it. You need not do anything"
        yield FileProblem(DAMAGED_CODE, REFUSED, period, says, fix, delivery.file, delivery.received_at)


def missing(council: Organisation, source: str, known: Sequence[Delivery], today: date) -> Iterable[FileProblem]:
    """The missing months of a source that came in several months in a row: those for which the council delivered another source, and overdue ones.

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
            by = f". It was due on day {setting.due_day} of the month after" if period <= due else ""
            fix = "Run the extract for the month. Put it in the place where your other files arrive"
            yield FileProblem(MISSING_CODE, MISSING, period, f"No file for the month has come{by}", fix, "", "")


def latest_month(known: Iterable[Delivery]) -> str:
    """The last month for which a council delivered anything itself. Empty before the first delivery."""
    return max((delivery.period for delivery in known if delivery.period and delivery.source not in PUBLISHED_STATISTICS), default="")


def months_between(earlier: str, later: str) -> int:
    """Months from one period (`YYYY-MM`) to another. 0 if the first is not a month."""
    if not earlier[:1].isdigit():
        return 0
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:7]) - int(earlier[5:7])


def not_used(problems: Iterable[FileProblem]) -> str:
    """What is published about the refused files of a month."""
    whys = dict.fromkeys(NOT_USED_WHY.get(problem.code, "it was refused") for problem in problems)
    return f"{NOT_USED}: {'; '.join(whys)}"


def plain(message: str) -> str:
    """A message without the path of the machine's configuration, which means nothing to an owner."""
    words = " ".join("the mapping" if "/mappings/" in word else word for word in message.split())
    return words[:1].upper() + words[1:]


def _before(period: str, months: int) -> str:
    number = int(period[:4]) * 12 + int(period[5:7]) - 1 - months
    return f"{number // 12:04}-{number % 12 + 1:02}"
