"""What the checks of one source consist of: its rules, the columns they read, and the SQL that measures what they test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from expectations.engine.check_rule import Rule


@dataclass(frozen=True)
class SourceChecks:
    """The checks of a source.

    The SQL runs in a DuckDB of the check's own over these tables:
    - `delivery`: delivery_id, period, month_start, month_end, delivers, rows_rejected;
    - `received`: delivery_id, source_row and `columns` of all deliveries that are checked;
    - `told_of` (of staff): delivery_id, person_key, assignment_key and is_rejected, of accepted rows and of rejected ones whose numbers can be read;
    - `team_change`: from_date, old_team_id, new_team_id, as the council's configuration has them;
    - for each source in `reads`, a table of that name: period and its `columns`, the delivery in force of each month;
    - `compared` (in `against_previous` alone): delivery_id, previous_id, months_between.

    `rows` gives one row per row of the extract: delivery_id, source_row and measures, never a key of a person. `figures`
    and `against_previous` give one row per delivery. `compared_figures` are the figures that are set against the month before and
    the same month a year before, as ratios; `compared_shares` those of which the rise since the month before is taken. `subject`
    is the pseudonym or the post, in SQL over `columns`, by which the restricted workbook names a row. `named` gives, for a column that
    counts what a failure of a whole delivery concerns, the SQL that names each of it for the workbook: delivery_id, in_delivery (where the
    row is: that delivery or an earlier one), source_row, subject, value (what the rule's limits are of; null names all). `least_same` is from how many
    rows on two months with the same rows are one month sent twice, and not a quiet month; columns `of_the_month` differ by the month alone.
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
