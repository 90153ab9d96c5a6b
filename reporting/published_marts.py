"""The queries of the published marts. Only this module knows their tables and columns."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any, Self

import duckdb

from foundation.withdrawals import says_withdrawn
from reporting import figure_wording
from reporting.figures import Beside, Comparison, Council, FailedRule, Figure, Point, Position, Restated, SourceState

MONTHS_SHOWN = 24


class NothingPublished(Exception):
    """There is no publication to read. The message says where it was expected and what to do."""


class Marts:
    """The published marts, opened to read. Use as a context manager. Raises NothingPublished if there is no file."""

    def __init__(self, publication: Path) -> None:
        database = publication / "inside" / "workforce.duckdb"
        if says := says_withdrawn(publication):
            raise NothingPublished(says)
        if not database.is_file():
            raise NothingPublished(f"Nothing has been published yet: there is no {database}. `make run` makes the first publication.")
        self._connection = duckdb.connect(str(database), read_only=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def _rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        answer = self._connection.execute(sql, list(parameters))
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def month(self) -> date:
        """The month end of the publication: the last one with indicators. Raises NothingPublished if there is none."""
        last: date | None = self._rows("select max(month_end) as last from marts.indicator_value")[0]["last"]
        if last is None:
            raise NothingPublished("The publication has no indicators. The run's messages say which deliveries were missing.")
        return last

    def councils(self) -> list[Council]:
        """All councils, by name."""
        found = self._rows(
            "select organisation_id, organisation_name, region, partnership from marts.organisation order by organisation_name"
        )
        return [Council(row["organisation_id"], row["organisation_name"], row["region"], row["partnership"]) for row in found]

    def figures(self, organisation_id: str) -> list[Figure]:
        """Every indicator by every definition at the publication's month, in the page's order: theme, indicator, definition.

        A suppressed or unavailable row comes without its numbers, whatever the mart holds.
        A month in which an older delivery was in force is a gap in the line: it repeats a figure, it does not measure one.
        """
        last = self.month()
        by_key: dict[tuple[str, str], dict[date, dict[str, Any]]] = defaultdict(dict)
        for row in self._rows(_INDICATOR_VALUES, organisation_id, last, MONTHS_SHOWN):
            by_key[row["indicator_id"], row["definition_id"]][row["month_end"]] = row
        months = [row["month_end"] for row in self._rows(_MONTHS, last, MONTHS_SHOWN)]
        targets = {(row["indicator_id"], row["definition_id"]): row for row in self._rows(_TARGETS, organisation_id, last)}
        figures = [
            _figure(row, by_key[row["indicator_id"], row["definition_id"]], months, targets)
            for row in self._rows("select * from marts.indicator order by order_no, indicator_id, definition_id desc")
        ]
        order = {figure.indicator_id: place for place, figure in reversed(list(enumerate(figures)))}
        return sorted(figures, key=lambda figure: (figure_wording.theme_order(figure.indicator_id), order[figure.indicator_id]))

    def comparison(self, organisation_id: str) -> Comparison | None:
        """The council's indicators and what DfE published for the latest 30 September, in the page's order. None if there is nothing."""
        by_indicator: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows(_COMPARATORS, organisation_id, self.month()):
            by_indicator[row["indicator_id"]].append(row)
        if not by_indicator:
            return None
        rows = sorted(by_indicator.items(), key=lambda theme: figure_wording.theme_order(theme[0]))
        every = [row for _, found in rows for row in found]
        region = next((row["area_name"] for row in every if row["comparator"] == "region"), None)
        release = figure_wording.listed(sorted({row["release"] for row in every}))
        return Comparison(every[0]["month_end"], release, region, tuple(_beside(found) for _, found in rows))

    def restated(self, organisation_id: str) -> list[Restated]:
        """The council's figures that differ from the first published figure, latest month first, in the page's order of indicators.

        A month that another stood in for when it was published is left out: it has its own figure now, nothing was wrong.
        """
        rows = self._rows(_RESTATED, organisation_id, self.month(), MONTHS_SHOWN)
        found = [Restated(**row) for row in rows]
        return [restated for restated in found if restated.written != restated.published_written]

    def establishment(self, organisation_id: str) -> tuple[date | None, list[Position]]:
        """Social worker posts at the council's last month: the council first, then its teams, most unfilled first."""
        rows = self._rows(_ESTABLISHMENT, organisation_id, self.month())
        positions = [Position(**{name: row[name] for name in Position.__dataclass_fields__}) for row in rows]
        positions.sort(key=lambda position: (position.scope != "organisation", -position.unfilled_share, position.name))
        return (rows[0]["month_end"] if rows else None), positions

    def sources(self, organisation_id: str) -> list[SourceState]:
        """Each source: its last month in force up to the publication's month, and what the latest checks found."""
        last = self.month()
        by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows(_CHECKS, organisation_id, last):
            by_source[row["source"]].append(row)
        return [_source_state(row, by_source[row["source"]]) for row in self._rows(_SOURCES, organisation_id, last)]


def overrides(publication: Path, organisation_id: str) -> list[dict[str, str]]:
    """Decisions to publish although a source of the council was missing: source, by and reason, from the manifest."""
    manifest = publication / "manifest.json"
    found = json.loads(manifest.read_bytes()).get("overrides", []) if manifest.exists() else []
    return [row for row in found if row["organisation_id"] == organisation_id]


def left_out(publication: Path) -> list[str]:
    """The councils that are not in a publication because their configuration cannot be used, from the manifest."""
    manifest = publication / "manifest.json"
    found = json.loads(manifest.read_bytes()).get("councils_left_out", []) if manifest.exists() else []
    return [council["organisation_id"] for council in found]


def made_on(publication: Path) -> date | None:
    """The day on which a publication was made, from the manifest."""
    manifest = publication / "manifest.json"
    made = json.loads(manifest.read_bytes()).get("made_at") if manifest.exists() else None
    return date.fromisoformat(made[:10]) if made else None


def publication_id(publication: Path) -> str:
    """The publication's own id: the name of its folder, whatever link led there."""
    return publication.resolve().name.removeprefix(".")  # a publication that is not yet in place has a dot in front


def _figure(
    row: dict[str, Any],
    rows: dict[date, dict[str, Any]],
    months: list[date],
    targets: dict[tuple[str, str], dict[str, Any]],
) -> Figure:
    now = rows.get(months[-1], {"status": "not_available", "status_reason": "no_row"})
    goal = targets.get((row["indicator_id"], row["definition_id"]), {})
    described = {name: row[name] for name in ("indicator_id", "definition_id", "title", "unit", "decimals")}
    return Figure(
        **described,
        numerator_words=row["numerator"] or "",
        denominator_words=row["denominator"] or "",
        population=row["population"] or "",
        period=row["period"] or "",
        source=row["source"] or "",
        value=now.get("value"),
        numerator=now.get("numerator"),
        denominator=now.get("denominator"),
        target=now.get("target"),
        comparison=goal.get("comparison"),
        by_date=goal.get("by_date"),
        status=now["status"],
        status_reason=now.get("status_reason"),
        reason_source=now.get("reason_source"),
        reason_rule=now.get("reason_rule"),
        reason_since=now.get("reason_since"),
        month_end=months[-1],
        older_month=now.get("older_month") if now.get("value") is not None else None,
        line=tuple(Point(end, _measured(rows.get(end, {}))) for end in months),
    )


def _beside(found: list[dict[str, Any]]) -> Beside:
    row = found[0]
    return Beside(
        title=row["title"],
        unit=row["unit"],
        decimals=row["decimals"],
        counted=row["counted"],
        published={row["comparator"]: (row["value"], row["symbol"]) for row in found},
        counted_status=row["status"],
        counted_reason=row["status_reason"],
        neighbours_without=sum(row["areas_without_figure"] for row in found if row["comparator"] == "statistical_neighbours"),
    )


def _measured(row: dict[str, Any]) -> float | None:
    return None if row.get("older_month") else row.get("value")


def _source_state(state: dict[str, Any], checked: list[dict[str, Any]]) -> SourceState:
    failed = [
        FailedRule(row["rule_id"], row["severity"] or "", row["outcome"], row["rows_failed"] or 0, row["says"] or "", row["fix"] or "")
        for row in checked
        if row["outcome"] != "passed"
    ]
    return SourceState(**state, rules=len(checked), failed=tuple(failed))


_MONTHS = "select last_day($1 - to_months(n::integer)) as month_end from range($2) as months(n) order by month_end"

_INDICATOR_VALUES = """
select
    indicator_id, definition_id, month_end, target, status, status_reason, reason_source, reason_rule, reason_since,
    case when status not in ('suppressed', 'not_available') then numerator end as numerator,
    case when status not in ('suppressed', 'not_available') then denominator end as denominator,
    case when status not in ('suppressed', 'not_available') then value end as value,
    case when date_trunc('month', as_at_month) < date_trunc('month', month_end) then as_at_month end as older_month
from marts.indicator_value
where organisation_id = $1 and scope = 'organisation' and month_end <= $2 and month_end > last_day($2 - to_months($3))
"""

_COMPARATORS = """
with
published as (
    select * from marts.comparator
    where organisation_id = $1 and is_latest_release and month_end <= $2
    qualify month_end = max(month_end) over ()
)
select
    published.indicator_id, published.month_end, published.release, published.comparator, published.area_name,
    published.value, published.symbol, published.areas_without_figure, indicator.title, indicator.unit, indicator.decimals,
    case when figure.status not in ('suppressed', 'not_available') and figure.as_at_month is null then figure.value end as counted,
    figure.status, figure.status_reason
from published
inner join marts.indicator as indicator using (indicator_id, definition_id)
left join marts.indicator_value as figure
    on figure.organisation_id = published.organisation_id and figure.scope = 'organisation' and figure.month_end = published.month_end
    and figure.indicator_id = published.indicator_id and figure.definition_id = published.definition_id
order by indicator.order_no, published.comparator
"""

_RESTATED = """
select
    indicator.title, definition_id, indicator.unit, indicator.decimals, restatement.month_end,
    restatement.published_at::date as published_on, restatement.published_value, restatement.value, restatement.deliveries,
    restatement.status, restatement.status_reason
from marts.restatement as restatement
inner join marts.indicator as indicator using (indicator_id, definition_id)
where restatement.organisation_id = $1 and restatement.scope = 'organisation' and restatement.is_first_published
    and restatement.published_as_at_month is null
    and restatement.month_end <= $2 and restatement.month_end > last_day($2 - to_months($3))
order by restatement.month_end desc, indicator.order_no
"""

_TARGETS = """
select indicator_id, definition_id, comparison, by_date
from marts.target
where organisation_id = $1 and from_date <= $2
order by from_date
"""

_ESTABLISHMENT = """
with
positions as (
    select * from marts.establishment_position
    where organisation_id = $1 and role_group = 'social_worker' and scope in ('organisation', 'team') and month_end <= $2
)
select
    positions.month_end,
    positions.scope,
    case when positions.scope = 'organisation' then 'The council' else coalesce(unit.unit_name, positions.scope_id) end as name,
    establishment_fte as establishment,
    permanent_fte as permanent,
    other_fte as other,
    kept_fte as kept,
    agency_vacancy_cover_fte + agency_absence_cover_fte + agency_supernumerary_fte as agency,
    agency_supernumerary_fte as supernumerary,
    unfilled_fte as unfilled,
    frozen_fte as frozen,
    posts,
    posts_unfilled,
    positions.not_shown
from positions
left join marts.unit as unit using (unit_key)
where positions.month_end = (select max(month_end) from positions)
    and (establishment_fte > 0 or permanent_fte + other_fte + coalesce(agency, 0) > 0)
"""

# Leaves out a month's deliveries that were replaced. Those held back must be corrected.
_CHECKS = """
with
checked as (
    select results.*
    from marts.data_quality_result as results
    left join marts.source_month as months using (organisation_id, source, month_end)
    where results.organisation_id = $1 and results.month_end <= $2 and results.is_latest
        and results.rule_id not like 'FILE-%' -- a file that is not used, or did not come, was asked no rule
        and (results.delivery_id = months.delivery_id or months.delivery_id is null or months.deliveries_held > 0)
),
latest as (select source, max(month_end) as month_end from checked group by source)
select
    source, rule_id, says, fix,
    max_by(severity, outcome <> 'passed') as severity,
    max_by(outcome, outcome <> 'passed') as outcome,
    max(case when outcome <> 'passed' then rows_failed end) as rows_failed
from checked
inner join latest using (source, month_end)
group by source, rule_id, says, fix
order by rows_failed desc nulls last, rule_id
"""

_SOURCES = """
with
months as (select * from marts.source_month where organisation_id = $1 and month_end <= $2),
last_in_force as (select source, max(month_end) as month_in_force from months where is_in_force group by source)
select
    months.source,
    any_value(month_in_force) as month_in_force,
    any_value(symbol) filter (months.month_end = $2) as symbol,
    any_value(received_at::date) filter (months.month_end = month_in_force) as received,
    coalesce(any_value(rows_read) filter (months.month_end = month_in_force), 0) as rows_read,
    coalesce(any_value(rows_rejected) filter (months.month_end = month_in_force), 0) as rows_rejected,
    coalesce(sum(deliveries_held) filter (month_in_force is null or months.month_end >= month_in_force), 0)::bigint as held
from months
left join last_in_force using (source)
group by months.source
order by months.source
"""
