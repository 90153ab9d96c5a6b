"""A cell of a table, and the cells that are counted; heads and FTE of work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.lives.work import Work

# The key of a cell: table, month, scope, unit, measure.
Key = tuple[str, int, str, str, str]
Value = Decimal | str | None
# A scope and the unit's name in it.
Unit = tuple[str, str]
ORGANISATION, SERVICE, TEAM = "organisation", "service", "team"
ZERO = Decimal(0)


@dataclass
class Cells:
    """Values by cell. A cell that is not there is 0, or empty. `unknowable` cells are not compared."""

    values: dict[Key, Value] = field(default_factory=dict)
    unknowable: set[Key] = field(default_factory=set)

    def add(self, key: Key, amount: Decimal | int) -> None:
        before = self.values.get(key)
        self.values[key] = (before if isinstance(before, Decimal) else ZERO) + amount


def heads(works: Iterable[Work]) -> int:
    return len({work.spell.person for work in works})


def fte(works: Iterable[Work]) -> Decimal:
    return sum((work.fte for work in works if work.fte is not None), ZERO)


def agreed_fte(works: Iterable[Work]) -> Decimal:
    return sum((work.agreed_fte for work in works if work.agreed_fte is not None), ZERO)
