"""MetricFlow within this process: the metrics of the semantic manifest, over any DuckDB connection with schema `marts`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.metrics import Metrics as MetricsOfABuild
from warehouse.metrics import Question

# A double's rounding: far below what is printed.
SAME = 1e-9
REGIONS = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds" / "region.csv"


class Metrics:
    """The metrics of a build, as an analyst queries them."""

    def __init__(self, manifest: Path) -> None:
        written = manifest.read_text(encoding="utf-8")
        self._inputs = {metric["name"]: metric["type_params"]["metrics"] or [] for metric in json.loads(written)["metrics"]}
        self._metrics = MetricsOfABuild(manifest)

    def sql(self, metrics: Sequence[str], group_by: Sequence[str], where: str | None = None) -> str:
        """The SQL that MetricFlow makes of a question."""
        return self._metrics.sql(Question(metrics, group_by, where))

    def input_of(self, metric: str, alias: str) -> str:
        """The metric that is `numerator`, `denominator` or `withheld` in an indicator's metric."""
        (found,) = [name["name"] for name in self._inputs[metric] if name["alias"] == alias]
        return str(found)


def figures_beside_metrics(marts: duckdb.DuckDBPyConnection, metrics: Metrics) -> duckdb.DuckDBPyRelation:
    """One row per figure within a council, or per value of a metric:

    `value`, and what the metric gives for the row's month (`given`) and for the month that is shown in its place.
    """
    names = _indicator_metrics(marts)
    asked = metrics.sql(names, ["metric_time__month", "org_unit"])
    return marts.sql(
        f"""
        with asked as materialized (
            unpivot (select last_day(metric_time__month) as month_end, org_unit, {", ".join(names)} from ({asked}))
            on {", ".join(names)} into name metric value given
        ),
        units as (select organisation_id, scope, scope_id, any_value(org_unit) as org_unit from marts.org_unit_month group by all),
        told as (
            select units.org_unit, indicator.metric, figure.*
            from marts.indicator_value as figure
            inner join marts.indicator as indicator using (indicator_id, definition_id)
            left join units using (organisation_id, scope, scope_id)
            where figure.organisation_id is not null
        )
        select
            coalesce(told.metric, own.metric) as metric, coalesce(told.org_unit, own.org_unit) as org_unit,
            coalesce(told.month_end, own.month_end) as month_end,
            told.scope, told.value, told.status, told.as_at_month, own.given, stands_in.given as given_as_at
        from told
        full join asked as own on told.metric = own.metric and told.org_unit = own.org_unit and told.month_end = own.month_end
        left join asked as stands_in
            on told.metric = stands_in.metric and told.org_unit = stands_in.org_unit and told.as_at_month = stands_in.month_end
        """
    )


def areas_beside_metrics(marts: duckdb.DuckDBPyConnection, metrics: Metrics) -> duckdb.DuckDBPyRelation:
    """One row per figure of a partnership, a region or England.

    `value` is the figure, `given` the sum of its councils' metrics, and `given_of` the number of these councils. The rule above a
    council: numerators over denominators of the councils whose metric is not withheld, each for its month in force.
    """
    names = _indicator_metrics(marts)
    parts = {name: [metrics.input_of(name, alias) for alias in ("numerator", "denominator", "withheld")] for name in names}
    asked = metrics.sql(
        sorted({part for those in parts.values() for part in those}),
        ["metric_time__month", "org_unit"],
        "{{ Dimension('org_unit__scope') }} = 'organisation'",
    )
    of_councils = " union all ".join(
        f"select '{name}' as metric, org_unit, last_day(metric_time__month) as month_end, {numerator} as numerator, "
        f"{denominator} as denominator from asked where {withheld} = 0"
        for name, (numerator, denominator, withheld) in parts.items()
    )
    return marts.sql(
        f"""
        with asked as materialized ({asked}),
        usable as ({of_councils}),
        members as (
            select organisation_id, 'partnership' as scope, partnership_id as scope_id from marts.organisation where partnership_id is not null
            union all
            select organisation_id, 'region', region_id from marts.organisation
            union all
            select council.organisation_id, 'region', lower(replace(region.part_of, ' ', '_'))
            from marts.organisation as council
            inner join read_csv('{REGIONS}') as region on council.region = region.region and region.part_of is not null
            union all
            select organisation_id, 'national', 'england' from marts.organisation
        ),
        added_up as (
            select
                indicator.metric, member.scope, member.scope_id, figure.month_end, count(usable.denominator) as given_of,
                sum(usable.numerator) / nullif(sum(usable.denominator), 0) * if(any_value(indicator.unit) = 'per_cent', 100, 1) as given
            from marts.indicator_value as figure
            inner join marts.indicator as indicator using (indicator_id, definition_id)
            inner join members as member using (organisation_id)
            inner join usable
                on indicator.metric = usable.metric and figure.scope_id = usable.org_unit
                and coalesce(figure.as_at_month, figure.month_end) = usable.month_end
            where figure.scope = 'organisation' and figure.status <> 'suppressed'
            group by indicator.metric, member.scope, member.scope_id, figure.month_end
        )
        select
            indicator.metric, figure.scope, figure.scope_id, figure.month_end, figure.value, figure.status_reason,
            figure.organisations_counted, figure.as_at_month, added_up.given, coalesce(added_up.given_of, 0) as given_of
        from marts.indicator_value as figure
        inner join marts.indicator as indicator using (indicator_id, definition_id)
        left join added_up
            on indicator.metric = added_up.metric and figure.scope = added_up.scope and figure.scope_id = added_up.scope_id
            and figure.month_end = added_up.month_end
        where figure.organisation_id is null
        """
    )


def _indicator_metrics(marts: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in marts.execute("select metric from marts.indicator order by order_no").fetchall()]
