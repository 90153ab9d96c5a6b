"""The queries of a council's months: each indicator over all months, by service and team, and what flows within a month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.published_marts import Marts
from reporting.variation import Measure


@dataclass(frozen=True)
class Counted:
    """An indicator's figure for a council at a month end. The value is that of `older_month` if there is one."""

    month_end: date
    value: float | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    status_reason: str | None
    older_month: date | None

    @property
    def measured(self) -> float | None:
        """The month's own value. None if an older month stands in."""
        return None if self.older_month else self.value


@dataclass(frozen=True)
class OfUnit:
    """An indicator's figure for a service or team at the publication's month."""

    name: str
    scope: str
    value: float | None
    numerator: Decimal | None
    denominator: Decimal | None
    status_reason: str | None


@dataclass(frozen=True)
class TargetLine:
    """A target as configured: from when it applies, by when it should be reached, and the document that set it."""

    indicator_id: str
    definition_id: str
    from_date: date
    by_date: date | None
    comparison: str
    value: float
    source: str


@dataclass(frozen=True)
class Described:
    """Which side of an indicator is better, and who owns its definition."""

    better: str
    owner: str


@dataclass(frozen=True)
class SourceInForce:
    """A source's delivery for the publication's month, if one is in force."""

    source: str
    owner: str | None
    is_in_force: bool
    received: date | None
    rows_read: int
    rows_rejected: int
    last_month: date | None


@dataclass(frozen=True)
class CostOfAnFte:
    """What a full-time social worker costs in a year, at the pay of the publication's month, in pounds."""

    permanent: float
    agency: float


class HistoryMarts(Marts):
    """The published marts, asked for a council's months."""

    def history(self, organisation_id: str) -> dict[tuple[str, str], list[Counted]]:
        """Each indicator and definition with its figure at every month, first month first."""
        found: dict[tuple[str, str], list[Counted]] = defaultdict(list)
        for row in self._rows(_HISTORY, organisation_id, self.month()):
            key = row.pop("indicator_id"), row.pop("definition_id")
            found[key].append(Counted(**row))
        return found

    def by_unit(self, organisation_id: str) -> dict[tuple[str, str], list[OfUnit]]:
        """Each indicator and definition with the council's services, then its teams, by name."""
        found: dict[tuple[str, str], list[OfUnit]] = defaultdict(list)
        for row in self._rows(_BY_UNIT, organisation_id, self.month()):
            key = row.pop("indicator_id"), row.pop("definition_id")
            found[key].append(OfUnit(**row))
        return found

    def described(self) -> dict[tuple[str, str], Described]:
        """Each indicator and definition with its better side and its owner."""
        rows = self._rows("select indicator_id, definition_id, better, owner from marts.indicator")
        return {(row["indicator_id"], row["definition_id"]): Described(row["better"] or "none", row["owner"] or "") for row in rows}

    def targets(self, organisation_id: str) -> list[TargetLine]:
        """Every target of a council, those that were replaced among them, latest first."""
        return [TargetLine(**row) for row in self._rows(_TARGETS, organisation_id, self.month())]

    def flows(self, organisation_id: str) -> dict[str, list[Measure]]:
        """Each flow within a month, at every month from its first to the publication's. None where the marts have no figure."""
        known: dict[str, dict[date, Decimal | int | None]] = defaultdict(dict)
        for row in self._rows(_FLOWS, organisation_id, self.month()):
            known[row["flow_id"]][row["month_end"]] = row["amount"]
        months = [
            row["month_end"] for row in self._rows("select month_end from marts.month where month_end <= $1 order by 1", self.month())
        ]
        return {
            flow_id: [Measure(month, amounts.get(month)) for month in months if month >= min(amounts)] for flow_id, amounts in known.items()
        }

    def deliveries(self, organisation_id: str) -> list[SourceInForce]:
        """Each source of a council at the publication's month, with the owner who sends it."""
        return [SourceInForce(**row) for row in self._rows(_IN_FORCE, organisation_id, self.month())]

    def sources_of(self) -> dict[str, list[str]]:
        """The sources behind each indicator, as the rules that hold it name them."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self._rows("select source, indicators from marts.rule where indicators <> ''"):
            for indicator_id in row["indicators"].split(","):
                found[indicator_id].add(row["source"])
        return {indicator_id: sorted(sources) for indicator_id, sources in found.items()}

    def cost_of_an_fte(self, organisation_id: str) -> CostOfAnFte | None:
        """What a permanent and an agency social worker cost in a year. None unless the month shows both."""
        rows = self._rows(_COSTS, organisation_id, self.month())
        costs = {row["employment"]: row["cost_of_an_fte_a_year"] for row in rows}
        permanent, agency = costs.get("permanent"), costs.get("agency")
        return CostOfAnFte(permanent, agency) if permanent is not None and agency is not None else None


_HISTORY = """
select
    indicator_id, definition_id, month_end, status, status_reason,
    case when status not in ('suppressed', 'not_available') then value end as value,
    case when status not in ('suppressed', 'not_available') then numerator end as numerator,
    case when status not in ('suppressed', 'not_available') then denominator end as denominator,
    case
        when value is not null and date_trunc('month', as_at_month) < date_trunc('month', month_end) then as_at_month
    end as older_month
from marts.indicator_value
where organisation_id = $1 and scope = 'organisation' and month_end <= $2
order by month_end
"""

_BY_UNIT = """
select
    figure.indicator_id, figure.definition_id, coalesce(unit.unit_name, figure.scope_id) as name, figure.scope, figure.status_reason,
    case when figure.status not in ('suppressed', 'not_available') then figure.value end as value,
    case when figure.status not in ('suppressed', 'not_available') then figure.numerator end as numerator,
    case when figure.status not in ('suppressed', 'not_available') then figure.denominator end as denominator
from marts.indicator_value as figure
left join marts.unit as unit using (unit_key)
where figure.organisation_id = $1 and figure.scope in ('service', 'team') and figure.month_end = $2
order by figure.scope, name, figure.scope_id
"""

_TARGETS = """
select indicator_id, definition_id, from_date, by_date, comparison, value, coalesce(source, '') as source
from marts.target
where organisation_id = $1 and from_date <= $2
order by from_date desc
"""

# A month of which the opening is known and no starter is listed had none. A figure that is not shown stays empty.
_FLOWS = """
with
moved as (
    select
        month_end, movement,
        case when count(headcount) = count(*) then sum(headcount) end as people
    from marts.movement_month
    where organisation_id = $1 and scope = 'organisation' and role_group = 'social_worker' and month_end <= $2
    group by month_end, movement
),
month_moved as (
    select
        month_end,
        max(people) filter (movement = 'opening') as opening,
        max(people) filter (movement = 'closing') as closing,
        max(people) filter (movement = 'starter') as starters,
        max(people) filter (movement = 'leaver') as leavers,
        count(*) filter (movement = 'starter') as starter_rows,
        count(*) filter (movement = 'leaver') as leaver_rows
    from moved
    group by month_end
)
select 'starters' as flow_id, month_end, if(starter_rows = 0 and opening is not null, 0, starters)::decimal(18, 6) as amount from month_moved
union all
select 'leavers', month_end, if(leaver_rows = 0 and opening is not null, 0, leavers) from month_moved
union all
select 'net_change', month_end, closing - opening from month_moved
union all
select 'days_lost', month_end, fte_days_lost
from marts.absence_rate_month
where organisation_id = $1 and scope = 'organisation' and month_end <= $2
union all
select 'training_completed', month_end, completions
from marts.training_month
where organisation_id = $1 and scope = 'organisation' and month_end <= $2
union all
select 'sessions_with_partners', month_end, multi_agency_occasions
from marts.training_month
where organisation_id = $1 and scope = 'organisation' and month_end <= $2
"""

_IN_FORCE = """
with
owners as (
    select source, max_by(owner, run_at) as owner from marts.data_quality_result where organisation_id = $1 and owner is not null group by source
),
months as (
    select
        source,
        max(month_end) filter (is_in_force) as last_month,
        bool_or(is_in_force) filter (month_end = $2) as is_in_force,
        max(received_at::date) filter (month_end = $2 and is_in_force) as received,
        max(rows_read) filter (month_end = $2 and is_in_force) as rows_read,
        max(rows_rejected) filter (month_end = $2 and is_in_force) as rows_rejected
    from marts.source_month
    where organisation_id = $1 and month_end <= $2
    group by source
)
select
    months.source, owners.owner, coalesce(is_in_force, false) as is_in_force, received, coalesce(rows_read, 0) as rows_read,
    coalesce(rows_rejected, 0) as rows_rejected, last_month
from months
left join owners using (source)
order by months.source
"""

_COSTS = """
select employment, cost_of_an_fte_a_year
from marts.staff_cost_month
where organisation_id = $1 and month_end = $2 and role_group = 'social_worker' and employment in ('permanent', 'agency')
"""
