"""What the checks of one source consist of: its rules, the columns that they read, and the SQL that measures what they test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from expectations.engine.check_rule import Rule


@dataclass(frozen=True)
class SourceChecks:
    """The checks of a source.

    The SQL runs in a DuckDB of the check's own, with these tables:
    - `delivery`: delivery_id, period, month_start, month_end, delivers, rows_rejected
    - `received`: delivery_id, source_row and `columns` of all deliveries that are checked
    - `told_of` (staff only): delivery_id, person_key, assignment_key and is_rejected, of accepted rows and of rejected rows whose numbers
      can be read
    - `team_change`: from_date, old_team_id, new_team_id, as in the council's configuration
    - for each source in `reads`, a table of that name: period and its `columns`, from the delivery in force of each month
    - `compared` (only in `against_previous`): delivery_id, previous_id, months_between.

    `rows` gives one row per row of the extract: delivery_id, source_row and measures, never a key of a person. `figures` and
    `against_previous` give one row per delivery.

    `compared_figures` are compared, as ratios, with the month before and with the same month a year before. For `compared_shares` the
    rise since the month before is taken.

    `subject` is SQL over `columns`: the pseudonym or post by which the restricted workbook names a row. `named` has SQL for each column
    that counts what a failure of a whole delivery concerns. It names each of these for the workbook: delivery_id, in_delivery (that
    delivery or an earlier one, wherever the row is), source_row, subject, and value (to which the rule's limits apply; null names all).

    `least_same` is the number of rows from which two months with the same rows are one month sent twice, and not a quiet month. The
    columns `of_the_month` may differ only because the month does.
    """

    source: str
    rules: tuple[Rule, ...]
    columns: dict[str, str]
    figures: str
    rows: str | None = None
    against_previous: str | None = None
    compared_figures: tuple[str, ...] = ()
    compared_shares: tuple[str, ...] = ()
    subject: str = "null"
    least_same: int = 40
    of_the_month: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> tuple[str, ...]:
        """The other sources that any of the rules needs."""
        return tuple(sorted({source for rule in self.rules for source in rule.reads}))

    def rules_of(self, grain: str) -> list[Rule]:
        """The rules tested on `rows` or on `deliveries`."""
        return [rule for rule in self.rules if rule.of == grain]
