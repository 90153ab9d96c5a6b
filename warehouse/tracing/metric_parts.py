"""The numerator and the denominator of an indicator, as its metric defines them: sums of months, and what is calculated from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import sqlglot
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from sqlglot import exp

PARTS = ("numerator", "denominator")


class UnknownIndicator(Exception):
    """There is no such indicator. The message names those that are near."""


@dataclass(frozen=True)
class Measure:
    """What a metric adds up: `sql` over `columns` of the table of sums, added by `aggregate` over the last `months` months."""

    name: str
    sql: str
    columns: tuple[str, ...]
    aggregate: str
    months: int


@dataclass(frozen=True)
class Input:
    """One part of an indicator, or a metric that it is calculated from. It is a measure, or `sql` over `inputs` by name."""

    name: str
    label: str
    measure: Measure | None
    sql: str = ""
    inputs: Mapping[str, Input] | None = None

    def measures(self) -> Iterator[Measure]:
        """Every measure that it is made of."""
        if self.measure:
            yield self.measure
        for part in (self.inputs or {}).values():
            yield from part.measures()


@dataclass(frozen=True)
class Indicator:
    """An indicator by one of its definitions. `parts` has its numerator and denominator. `words` has what its metric says of it."""

    metric: str
    label: str
    words: Mapping[str, Any]
    parts: Mapping[str, Input]

    @property
    def indicator_id(self) -> str:
        return str(self.words["indicator"])

    @property
    def definition_id(self) -> str:
        return str(self.words["definition"])

    @property
    def months(self) -> int:
        """The months of the longest period that it adds up."""
        return max(measure.months for part in self.parts.values() for measure in part.measures())

    @property
    def columns(self) -> list[str]:
        """The columns of the table of sums that it is made of."""
        found = [column for part in self.parts.values() for measure in part.measures() for column in measure.columns]
        return list(dict.fromkeys(found))


class Definitions:
    """The indicators that a semantic manifest of dbt defines. Raises ValueError if the file is not one."""

    def __init__(self, definitions: Path) -> None:
        manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=definitions.read_text(encoding="utf-8"))
        self._metrics = {metric.name: metric for metric in manifest.metrics}
        self._measures = {measure.name: measure for model in manifest.semantic_models for measure in model.measures}
        self._indicators = {
            name: metric.config.meta for name, metric in self._metrics.items() if metric.config and "indicator" in metric.config.meta
        }

    def indicator(self, name: str) -> Indicator:
        """An indicator by its metric (`turnover_rate_board`), its key (`turnover_rate/board`), or its id if it has one definition alone.

        Raises UnknownIndicator.
        """
        keys = {f"{words['indicator']}/{words['definition']}": metric for metric, words in self._indicators.items()}
        of_id = [metric for metric, words in self._indicators.items() if words["indicator"] == name]
        metric = name if name in self._indicators else keys.get(name) or (of_id[0] if len(of_id) == 1 else None)
        if metric is None:
            near = get_close_matches(name.lower(), [*self._indicators, *keys], cutoff=0.5)
            says = f"Near names: {', '.join(near)}" if near else f"There are: {', '.join(sorted(self._indicators))}"
            raise UnknownIndicator(f"There is no indicator '{name}'. {says}")
        inputs = {given.alias or given.name: given.name for given in self._metrics[metric].type_params.metrics or ()}
        parts = {part: self._input(inputs[part]) for part in PARTS}
        return Indicator(metric, self._metrics[metric].label or metric, self._indicators[metric], parts)

    def others(self, indicator: Indicator) -> list[str]:
        """The metrics of the same indicator by other definitions."""
        same = (metric for metric, words in self._indicators.items() if words["indicator"] == indicator.indicator_id)
        return [metric for metric in same if metric != indicator.metric]

    def _input(self, name: str) -> Input:
        metric = self._metrics[name]
        params, label = metric.type_params, metric.label or name
        if params.expr and params.metrics:
            inputs = {given.alias or given.name: self._input(given.name) for given in params.metrics}
            return Input(name, label, None, params.expr, inputs)
        assert params.measure is not None
        measure = self._measures[params.measure.name]
        cumulative = params.cumulative_type_params
        months = cumulative.window.count if cumulative and cumulative.window else 1
        sql = measure.expr or measure.name
        columns = dict.fromkeys(column.name for column in sqlglot.parse_one(sql).find_all(exp.Column))
        return Input(name, label, Measure(measure.name, sql, tuple(columns), measure.agg.value, months))
