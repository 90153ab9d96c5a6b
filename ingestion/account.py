"""The account that landing gives: what became of each row of a delivery, and what it did with a council's source."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ingestion.conform import Conformed
from ingestion.refusal import Finding
from warehouse.ledger import HELD, Delivery, Problem

WEIGHT_DECIMALS = 4


@dataclass(frozen=True)
class SourceReport:
    """What a landing did with a council's source. Counts are of deliveries and of the rows of those landed or held this time."""

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
        return any(one.severity == HELD for one in self.problems)


def report_of(organisation_id: str, source: str, decided: Collection[Delivery], known: int, problems: Iterable[Problem]) -> SourceReport:
    """The report on the deliveries decided this time, beside the number of those known before."""
    held = sum(any(found.severity == HELD for found in one.problems) for one in decided)
    return SourceReport(
        organisation_id=organisation_id,
        source=source,
        landed=len(decided) - held,
        already_known=known,
        held=held,
        rows_read=sum(one.rows_read for one in decided),
        rows_accepted=sum(one.rows_accepted for one in decided),
        rows_rejected=sum(one.rows_rejected for one in decided),
        rows_left_out=sum(one.rows_left_out for one in decided),
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
        rejected_weight=round(max((one.share for one in conformed.rejected_weights), default=0.0), WEIGHT_DECIMALS),
    )
    if numbers.rows_read != numbers.rows_accepted + numbers.rows_rejected + numbers.rows_left_out:
        raise AssertionError(f"{delivery.file}: rows read are not accepted + rejected + left out; this is a fault of the code")
    return numbers


def rejections(conformed: Conformed, kept: Path) -> list[Finding]:
    """How many rows each rule rejected, and the first of them; the rows are `kept` there."""
    return [replace(one, says=f"{one.says}; see {kept.as_posix()}") for one in conformed.rejections()]


def same_content(delivery: Delivery, known: Iterable[Delivery]) -> list[Finding]:
    """Events of two months are never the same: the same content under two months' names is worth a look."""
    if delivery.delivers != "events" or not delivery.rows_accepted:
        return []
    same = (one for one in known if one.sha256 == delivery.sha256 and one.landed and one.period != delivery.period)
    return [Finding("same_content", f"the same content came as {one.file}, for {one.period}. Check that both are right") for one in same]
