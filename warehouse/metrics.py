"""The metrics of a publication. MetricFlow writes the SQL of a question from the definitions that the publication was made with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import cast

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest, OutputColumnOrderMode
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.errors.error_classes import MetricFlowException
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

TIME = "metric_time"
A_FILTER = "Write it like {{ Entity('org_unit') }} = 'peterborough' or {{ Dimension('org_unit__scope') }} = 'team'"
_NAME_IN_A_FILTER = re.compile(r"\b(?:Entity|Dimension|TimeDimension)\(\s*['\"](\w+)['\"]")
_DESCENDING = "-"


class WrongQuestion(Exception):
    """The question has no answer, because of a name that is not there or a filter that cannot be read. The message says which, and what is there."""


@dataclass(frozen=True)
class Question:
    """Metrics, and what to group them by.

    `where` is SQL with names as MetricFlow writes them. `order` names what is asked for, with `-` before a name for the last first.
    Both months are included.
    """

    metrics: Sequence[str]
    by: Sequence[str] = ()
    where: str | None = None
    order: Sequence[str] = ()
    first_month: date | None = None
    last_month: date | None = None
    limit: int | None = None


class Metrics:
    """The metrics that a semantic manifest defines. Raises ValueError if the file is not one."""

    def __init__(self, definitions: Path) -> None:
        manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=definitions.read_text(encoding="utf-8"))
        self._metrics = {metric.name: metric for metric in manifest.metrics}
        lookup = SemanticManifestLookup(manifest)
        self._engine = MetricFlowEngine(semantic_manifest_lookup=lookup, sql_client=cast(SqlClient, _OnlySql()))

    def indicators(self) -> dict[str, str]:
        """The metrics that are indicators, and what each is called."""
        return {name: called for name, called in self._called().items() if self._is_indicator(name)}

    def sums(self) -> dict[str, str]:
        """The metrics that indicators are made of, and what each is called."""
        return {name: called for name, called in self._called().items() if not self._is_indicator(name)}

    def group_bys(self, metrics: Iterable[str]) -> list[str]:
        """What all these metrics can be grouped by."""
        found = self._engine.list_group_bys([name.lower() for name in metrics], include_derived_time_granularities=True)
        return [getattr(group_by, "dunder_name", None) or group_by.name for group_by in found]

    def sql(self, question: Question) -> str:
        """The SQL that answers a question over a DuckDB database with schema `marts`. Raises WrongQuestion."""
        for name in question.metrics:
            if name.lower() not in self._metrics:
                raise WrongQuestion(f"There is no metric '{name}'. {_near(name, self._metrics) or 'All metrics are listed by: make query'}")
        for name in question.order:
            if name.removeprefix(_DESCENDING) not in (*question.metrics, *question.by):
                raise WrongQuestion(f"The order names '{name.removeprefix(_DESCENDING)}'. Order by what you ask for or group by")
        try:
            return self._plan(question)
        except MetricFlowException as refused:
            raise WrongQuestion(self._why(question, refused)) from None

    def _called(self) -> dict[str, str]:
        return {name: metric.label or "" for name, metric in sorted(self._metrics.items())}

    def _is_indicator(self, name: str) -> bool:
        config = self._metrics[name].config
        return config is not None and "indicator" in config.meta

    def _plan(self, question: Question) -> str:
        asked = MetricFlowQueryRequest.create(
            metric_names=question.metrics,
            group_by_names=question.by,
            where_constraints=[question.where] if question.where else None,
            order_by_names=question.order,
            time_constraint_start=_at_midnight(question.first_month),
            time_constraint_end=_at_midnight(question.last_month),
            limit=question.limit,
            output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER,
        )
        return self._engine.explain(asked).sql_statement.without_descriptions.sql

    def _has_plan(self, question: Question) -> bool:
        try:
            self._plan(question)
        except MetricFlowException:
            return False
        return True

    def _why(self, question: Question, refused: MetricFlowException) -> str:
        """Why there is no plan, found by leaving out parts of the question. MetricFlow's own message fills a page, and can be a traceback."""
        metrics = ", ".join(question.metrics)
        for name in question.by:
            if not self._can_be_grouped_by(question, name):
                return f"{metrics} cannot be grouped by '{name}'. {self._other_names(question, name)}"
        if question.where and self._has_plan(replace(question, where=None)):
            for name in _NAME_IN_A_FILTER.findall(question.where):
                if not self._can_be_grouped_by(question, name):
                    return f"WHERE names '{name}', which {metrics} cannot be filtered by. {self._other_names(question, name)}"
            return f"WHERE cannot be read. {A_FILTER}"
        if not any(name.lower().startswith(TIME) for name in question.by):
            return f"{metrics} cannot be given without a month. Group by {TIME}__month too"
        return f"MetricFlow cannot answer this question: {' '.join(str(refused).split())}"

    def _can_be_grouped_by(self, question: Question, name: str) -> bool:
        by = [name] if name.lower().startswith(TIME) else [TIME, name]
        return self._has_plan(Question(question.metrics, by))

    def _other_names(self, question: Question, name: str) -> str:
        known = self.group_bys(question.metrics)
        return _near(name, known) or f"There are: {', '.join(known)}"


class _OnlySql:
    """What the engine asks of a client that writes SQL and never runs it."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


def _at_midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day) if day else None


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), known)
    return f"Near names: {', '.join(near)}" if near else ""
