"""The account that landing gives: what became of each row of a delivery, and what it did with a council's source."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ingestion.conform import Conformed
from ingestion.mapping import Mapping
from ingestion.read import Table
from ingestion.refusal import FileRefused, Finding, refuse
from warehouse.ledger import HELD, Delivery, Problem


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


def counted(delivery: Delivery, table: Table, conformed: Conformed) -> Delivery:
    """The delivery with the numbers of its rows. Raises AssertionError unless rows read = accepted + rejected + left out."""
    numbers = replace(
        delivery,
        sheet=table.sheet,
        rows_read=table.rows_read,
        rows_accepted=conformed.accepted.height,
        rows_rejected=conformed.rows_rejected,
        rows_left_out=conformed.rows_left_out,
    )
    if numbers.rows_read != numbers.rows_accepted + numbers.rows_rejected + numbers.rows_left_out:
        raise AssertionError(f"{delivery.file}: rows read are not accepted + rejected + left out; this is a fault of the code")
    return numbers


def expect_rows(conformed: Conformed, mapping: Mapping, rejections: list[Finding], codes: list[Finding]) -> None:
    """Raise FileRefused where no row can be used; `rejections` and new `codes` say why they were rejected."""
    if conformed.accepted.height:
        return
    if conformed.rows_rejected:
        says = f"all {conformed.rows_rejected} rows are rejected: {'; '.join(one.says for one in rejections)}"
        raise FileRefused(Finding("all_rows_rejected", f"{says}. Mend the mapping {mapping.path}, or send the extract again"), *codes)
    if not mapping.may_be_empty:
        left_out = ", ".join(f"{why}: {count}" for why, count in conformed.left_out.items())
        found = f"besides rows left out by rule ({left_out})" if left_out else "below the header"
        says = f"the file has no rows {found}. Expected rows; send the extract again"
        raise refuse("empty_file", f"{says}, or set `file.may_be_empty: true` in the mapping if there can be none")


def rejections(conformed: Conformed, kept: Path) -> list[Finding]:
    """How many rows each rule rejected, and the first of them; what is in the rows is said in the rejected rows alone, `kept` there."""
    counts = conformed.rejected.group_by("rule", "column", maintain_order=True).agg(pl.len(), pl.col("source_row").min())
    return [
        Finding("rows_rejected", f"{rule}: rows rejected: {count}, the first is row {row}; see {kept.as_posix()}", row, column or None)
        for rule, column, count, row in counts.iter_rows()
    ]


def same_content(delivery: Delivery, known: Iterable[Delivery]) -> list[Finding]:
    """Events of two months are never the same: the same content under two months' names is worth a look."""
    if delivery.delivers != "events" or not delivery.rows_accepted:
        return []
    same = (one for one in known if one.sha256 == delivery.sha256 and one.landed and one.period != delivery.period)
    return [Finding("same_content", f"the same content came as {one.file}, for {one.period}. Check that both are right") for one in same]
