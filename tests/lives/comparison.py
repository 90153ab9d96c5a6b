"""Where the oracle and the models differ, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tests.lives.cells import Cells, Key, Value
from tests.lives.days import written

SAME = Decimal("0.002")


@dataclass(frozen=True)
class Difference:
    """A cell that differs."""

    key: Key
    right: Value
    built: Value

    def __str__(self) -> str:
        table, month, scope, unit, measure = self.key
        return f"{written(month)} {table}, {scope} {unit}, {measure}: {_text(self.right)} by the rules, {_text(self.built)} in the models"


def differences(right: Cells, built: Cells, months: range) -> tuple[list[Difference], int]:
    """The cells of the months that differ, in order, and how many were compared.

    Nobody moves in the first month, because it has no opening. In a month without a staff extract, an older month's turnover is
    shown.
    """
    keys = {key for key in right.values.keys() | built.values.keys() if key[1] in months and key not in right.unknowable}
    shown = {key[1] for key in right.values if key[0] == "turnover"}
    keys = {
        key for key in keys if not (key[0] == "movement" and key[1] == months[0]) and not (key[0] == "turnover" and key[1] not in shown)
    }
    found = [Difference(key, right.values.get(key), built.values.get(key)) for key in sorted(keys)]
    return [difference for difference in found if not _same(difference.right, difference.built)], len(keys)


def _same(value: Value, other: Value) -> bool:
    if isinstance(value, str) or isinstance(other, str):
        return value == other
    return abs((value or Decimal(0)) - (other or Decimal(0))) <= SAME


def _text(value: Value) -> str:
    return value if isinstance(value, str) else f"{float(value or 0):g}"
