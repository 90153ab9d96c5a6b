"""MetricFlow asked in-process: the metrics of the semantic manifest, over any DuckDB connection with schema `marts`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


class _OnlySql:
    """What the engine asks of a client that writes SQL and never runs it."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class Metrics:
    """The metrics of a build, as an analyst asks for them."""

    def __init__(self, manifest: Path) -> None:
        written = manifest.read_text(encoding="utf-8")
        self.names = [one["name"] for one in json.loads(written)["metrics"]]
        lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(manifest_json_string=written))
        self._engine = MetricFlowEngine(semantic_manifest_lookup=lookup, sql_client=_OnlySql())

    def sql(self, metrics: Sequence[str], group_by: Sequence[str], where: Sequence[str] = ()) -> str:
        """The SQL that MetricFlow makes of a question."""
        asked = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=group_by, where_constraints=where or None)
        return self._engine.explain(asked).sql_statement.without_descriptions.sql
