"""The queries of the published results of the checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reporting.published_marts import Marts

MONTHS_SHOWN = 24


@dataclass(frozen=True)
class OpenProblem:
    """A rule that fails for a month of a source, was accepted until a day, or could not be checked."""

    rule_id: str
    source: str
    owner: str | None
    month_end: date
    severity: str
    outcome: str
    state: str | None
    first_seen: datetime | None
    rows_failed: int
    says: str
    fix: str
    accepted_until: date | None


@dataclass(frozen=True)
class AcceptedException:
    """Data that fails a rule and that a council accepts as true until a day."""

    rule_id: str
    from_month: str
    accepted_until: date
    most_rows: int | None
    accepted_by: str
    reason: str


@dataclass(frozen=True)
class ChangedLimit:
    """Limits that a council gave a rule instead of the project's."""

    rule_id: str
    from_month: str
    to_month: str | None
    least: float | None
    most: float | None
    decided_by: str
    reason: str


@dataclass(frozen=True)
class MonthOfChecks:
    """How many rules fail on the extracts of a month, by severity."""

    month_end: date
    held: int
    to_correct: int


@dataclass(frozen=True)
class FindingOfFigures:
    """A rule that the published figures fail, without stopping publication. `council` is None above a council."""

    council: str | None
    rule_id: str
    rows_failed: int
    says: str
    fix: str


class QualityMarts(Marts):
    """The published marts, with what the checks found."""

    def problems(self, organisation_id: str) -> list[OpenProblem]:
        """What did not pass in the latest run, most serious and latest month first."""
        return [OpenProblem(**row) for row in self._rows(_PROBLEMS, organisation_id)]

    def findings_of_figures(self) -> list[FindingOfFigures]:
        """What the checks of the figures found before they were published, council by council, those above a council last."""
        return [FindingOfFigures(**row) for row in self._rows(_OF_FIGURES)]

    def exceptions(self, organisation_id: str) -> list[AcceptedException]:
        """What the council decided to accept as true, by the day on which that ends."""
        return [AcceptedException(**row) for row in self._rows(_EXCEPTIONS, organisation_id)]

    def changed_limits(self, organisation_id: str) -> list[ChangedLimit]:
        """The limits that the council gave rules, by rule and month."""
        return [ChangedLimit(**row) for row in self._rows(_CHANGED_LIMITS, organisation_id)]

    def months_of_checks(self, organisation_id: str) -> list[MonthOfChecks]:
        """The last months, each with the number of rules that its extracts fail. Includes months without any."""
        return [MonthOfChecks(**row) for row in self._rows(_MONTHS_OF_CHECKS, organisation_id, self.month(), MONTHS_SHOWN)]


_PROBLEMS = """
select
    rule_id, source, owner, month_end, severity, outcome, state, first_seen, coalesce(rows_failed, 0) as rows_failed,
    says, fix, accepted_until
from marts.data_quality_result
where organisation_id = $1 and is_latest and outcome <> 'passed'
order by
    list_position(['block', 'hold', 'warn', 'note'], severity), month_end desc, source, rule_id, delivery_id
"""

_OF_FIGURES = """
select organisation.organisation_name as council, result.rule_id, coalesce(result.rows_failed, 0) as rows_failed, result.says, result.fix
from marts.data_quality_result as result
left join marts.organisation as organisation using (organisation_id)
where result.source = 'marts' and result.is_latest and result.outcome = 'failed'
order by council nulls last, result.rule_id
"""

_EXCEPTIONS = """
select rule_id, from_month, accepted_until, most_rows, accepted_by, reason
from marts.accepted_exception
where organisation_id = $1
order by accepted_until, rule_id, from_month
"""

_CHANGED_LIMITS = """
select rule_id, from_month, to_month, least, most, decided_by, reason
from marts.changed_limit
where organisation_id = $1
order by rule_id, from_month
"""

_MONTHS_OF_CHECKS = """
with
months as (select last_day($2 - to_months(n::integer)) as month_end from range($3) as numbers(n)),
failed as (
    select month_end, severity in ('block', 'hold') as holds, count(distinct rule_id || source) as rules
    from marts.data_quality_result
    where organisation_id = $1 and is_latest and outcome = 'failed' and severity <> 'note'
    group by all
)
select
    months.month_end,
    coalesce(sum(rules) filter (holds), 0)::bigint as held,
    coalesce(sum(rules) filter (not holds), 0)::bigint as to_correct
from months
left join failed using (month_end)
group by months.month_end
order by months.month_end
"""
