"""What is wrong with an installation: where, what, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's."""

    where: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.do}"


class NotWell(Exception):
    """Something is missing, damaged or not in order. The message has a line for each thing."""


@dataclass(frozen=True)
class Examined:
    """What the doctor found, and in one line what was looked at."""

    findings: tuple[Finding, ...]
    looked_at: str

    def lines(self) -> Iterable[str]:
        """The result in words."""
        yield from map(str, self.findings)
        count = len(self.findings)
        says = f"{count} {'finding' if count == 1 else 'findings'}" if count else "All is well"
        yield f"{says}. Looked at: {self.looked_at}"
