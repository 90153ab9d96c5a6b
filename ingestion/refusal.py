"""How a step says that an extract cannot be used: which file, what was expected, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.ledger import HELD, NOTE, Problem


@dataclass(frozen=True)
class Finding:
    """What a step found about an extract, before the file's name is put to it. Never holds a value of a personal column."""

    code: str
    says: str
    row: int | None = None
    column: str | None = None


class FileRefused(Exception):
    """An extract that cannot be used; the delivery is held, the other files go on."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(one.says for one in findings))
        self.findings = findings


def refuse(code: str, says: str, row: int | None = None, column: str | None = None) -> FileRefused:
    """A refusal with one finding, to be raised."""
    return FileRefused(Finding(code, says, row, column))


def problem(finding: Finding, file: str, held: bool) -> Problem:
    """The finding as the ledger keeps it, its message beginning with the file's name."""
    return Problem(finding.code, HELD if held else NOTE, file, f"{file}: {finding.says}", finding.row, finding.column)
