"""The report of landing: what became of each row of a delivery, and what was done with a council's source."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from foundation.ledger import HELD, Delivery, Problem, is_copy
from ingestion.conforming.conform import Conformed
from ingestion.refusal import Finding

T = TypeVar("T", Finding, Problem)
NUMBERS = re.compile(r"\b[0-9a-f]{12}\b|\d+")

WEIGHT_DECIMALS = 4


@dataclass(frozen=True)
class SourceReport:
    """The result of landing a council's source. Counts are of deliveries, and of the rows of those landed or held this time."""

    organisation_id: str
    source: str
    landed: int
    already_known: int
    held: int
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_left_out: int
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        files = f"{self.landed} landed, {self.already_known} already known, {self.held} held"
        rows = f"{self.rows_read:,} rows read = {self.rows_accepted:,} accepted + {self.rows_rejected:,} rejected"
        return f"{self.organisation_id} {self.source}: {files}; {rows} + {self.rows_left_out:,} left out"

    @property
    def failed(self) -> bool:
        """Whether a file is not used, so that somebody has to act."""
        return any(problem.severity == HELD for problem in self.problems)


def report_of(organisation_id: str, source: str, decided: Collection[Delivery], known: int, problems: Iterable[Problem]) -> SourceReport:
    """The report on the deliveries decided this time, with the number of those known before."""
    held = sum(any(found.severity == HELD for found in delivery.problems) for delivery in decided)
    return SourceReport(
        organisation_id=organisation_id,
        source=source,
        landed=len(decided) - held,
        already_known=known,
        held=held,
        rows_read=sum(delivery.rows_read for delivery in decided),
        rows_accepted=sum(delivery.rows_accepted for delivery in decided),
        rows_rejected=sum(delivery.rows_rejected for delivery in decided),
        rows_left_out=sum(delivery.rows_left_out for delivery in decided),
        problems=tuple(problems),
    )


def counted(delivery: Delivery, sheet: str | None, conformed: Conformed) -> Delivery:
    """The delivery with the numbers of its rows. Raises AssertionError unless rows read = accepted + rejected + left out."""
    numbers = replace(
        delivery,
        sheet=sheet,
        rows_read=conformed.rows_read,
        rows_accepted=conformed.accepted.height,
        rows_rejected=conformed.rows_rejected,
        rows_left_out=conformed.rows_left_out,
        rejected_weight=round(max((weight.share for weight in conformed.rejected_weights), default=0.0), WEIGHT_DECIMALS),
    )
    if numbers.rows_read != numbers.rows_accepted + numbers.rows_rejected + numbers.rows_left_out:
        raise AssertionError(f"{delivery.file}: rows read are not accepted + rejected + left out; this is a fault of the code")
    return numbers


def rejections(conformed: Conformed, kept: Path) -> list[Finding]:
    """How many rows each rule rejected, and the first of them. The rows are at `kept`."""
    return [replace(finding, says=f"{finding.says}; see {kept.as_posix()}") for finding in conformed.rejections()]


def merged(notes: Iterable[Finding]) -> tuple[Finding, ...]:
    """Notes on several months of a file, each given once.

    Of notes that differ only in numbers, the first one and how many more there are.
    """
    return tuple(
        replace(first, says=f"{first.says} ({more} months more of the file have the same)") if more else first
        for first, more in _grouped(notes, lambda finding: (finding.code, finding.column or "", finding.says))
    )


def once_a_file(of_months: Iterable[Sequence[Problem]]) -> list[Problem]:
    """The notes on several months of a file, each once. Of notes that differ only in numbers, the first one."""
    return [
        replace(first, message=f"{first.message} ({more} months more of the file have the same)") if more else first
        for first, more in _grouped(
            (problem for those in of_months for problem in those), lambda problem: (problem.code, problem.column or "", problem.message)
        )
    ]


def _grouped(found: Iterable[T], key: Callable[[T], tuple[str, str, str]]) -> list[tuple[T, int]]:
    """The first of the notes that are alike except for numbers and hashes, and how many more there are."""
    groups: dict[tuple[str, str, str], list[T]] = {}
    for problem in found:
        code, column, says = key(problem)
        groups.setdefault((code, column, NUMBERS.sub("", says)), []).append(problem)
    return [(those[0], len(those) - 1) for those in groups.values()]


def same_content(delivery: Delivery, known: Iterable[Delivery]) -> list[Finding]:
    """Events of two months are never the same. The same file under the names of two months is worth a look."""
    if delivery.delivers != "events" or not delivery.rows_accepted:
        return []
    same = (earlier for earlier in known if earlier.landed and is_copy(delivery, earlier))
    return [
        Finding("same_content", f"the same content came as {delivery.file}, for {delivery.period}. Check that both are right")
        for delivery in same
    ]
