"""Every figure that an audience is given of a build, as a system of cells and sums, and which of them are hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from disclosure.classes import MeasureGroup, governed
from disclosure.hierarchies import UNIT
from disclosure.linear import Flags, Numbers, System
from disclosure.policy import LEVELS, Audience
from disclosure.primary import LEVEL
from disclosure.relations import Marts, Measure, Rolling

OF_A_UNIT = ("service_id", "partnership_id", "region_id")
OF_A_METRIC = "indicator_id = '{indicator}' and definition_id = '{definition}'"
SICKNESS = OF_A_METRIC.format(indicator="absence_rate", definition="dfe")
# Sums over months that marts print. What indicators are made of is read from their metrics (`sums_of_indicators`).
ROLLING = (
    Rolling(("absence_rate_month", "days_lost_per_fte_12_months"), ("absence_rate_month", "fte_days_lost"), 12, is_ratio=True),
    Rolling(
        ("absence_rate_month", "days_lost_per_fte_12_months"), ("indicator_value", "numerator"), 1, of_only_when=SICKNESS, is_ratio=True
    ),
)


class Cells:
    """The cells of one audience: `system` has one for each figure of each row, and `is_extra` says which are no figures that are given.

    The build is attached to the connection as `built`. `hidden` is a table (row_id, measure, why) for each mart that the audience is given.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        audience: Audience,
        groups: Sequence[MeasureGroup],
        hidden: Mapping[str, str],
        metrics: Path,
    ) -> None:
        """`metrics`: the semantic manifest, or a file that is not there if nothing has metrics."""
        self._rolling = rolling = (*ROLLING, *sums_of_indicators(metrics))
        given = _concerned(connection, [group for group in governed(groups) if group.table in hidden], hidden, rolling)
        tables = {mart: _read(connection, mart) for mart in sorted({group.table for group in given})}
        self._hidden = hidden
        self.marts = Marts(tables, given, _roles(connection), rolling)
        is_there = [_is_there(connection, audience, self.marts, measure) for measure in self.marts.measures]
        self._is_there = np.concatenate(is_there) if is_there else np.array([], dtype=bool)
        self.system: System
        self.is_extra: Flags
        self.system, self.is_extra = self.marts.system(
            lambda group, values: _needed(audience, group, values),
            lambda group: audience.rule(group.disclosure_class).least_people,
            self._is_there,
        )

    def hidden(self, connection: duckdb.DuckDBPyConnection) -> Flags:
        """The cells that the tables of hidden figures name, and those that are never printed."""
        flags = np.zeros(len(self.is_extra), dtype=bool)
        for mart, table in self._hidden.items():
            # What is not given of a whole level has no cell: nothing of it is printed.
            rows = connection.execute(f"select row_id, measure from {table} where why <> '{LEVEL}'").pl()
            for measure in self.marts.measures:
                if measure.group.table == mart:
                    flags[measure.cells(rows.filter(pl.col("measure") == measure.name)["row_id"].cast(pl.Int64).to_numpy())] = True
        flags[: self.marts.cells] &= self._is_there
        return flags | self.is_extra

    def told_before(self, connection: duckdb.DuckDBPyConnection, earlier: Path) -> tuple[Flags, Flags]:
        """The cells that an earlier publication printed with the same figure, and those that it hid: flags of either.

        `earlier`: the folder of the audience's tables, `<mart>.parquet`. A mart that it lacks, or that had other keys, tells nothing.
        """
        printed, hid = np.zeros(len(self.is_extra), dtype=bool), np.zeros(len(self.is_extra), dtype=bool)
        for measure in self.marts.measures:
            group, path = measure.group, earlier / f"{measure.group.table}.parquet"
            if not path.exists():
                continue
            theirs = {name for name, *_ in connection.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()}
            if not {*group.grain, measure.name, "not_shown"} <= theirs:
                continue
            same_row = " and ".join(f"mart.{key} is not distinct from earlier.{key}" for key in group.grain)
            rows = connection.execute(
                f"select mart.rowid as row_id, abs(mart.{measure.name} - earlier.{measure.name}) < 1e-6 as is_printed, "
                f"list_contains(string_split(earlier.not_shown, ' '), '{measure.name}[c]') as is_hidden "
                f"from built.marts.{group.table} as mart inner join read_parquet(?) as earlier on {same_row}",
                [str(path)],
            ).pl()
            for flags, name in ((printed, "is_printed"), (hid, "is_hidden")):
                flags[measure.cells(rows.filter(pl.col(name).fill_null(False))["row_id"].cast(pl.Int64).to_numpy())] = True
        return printed & ~self.is_extra, hid & ~self.is_extra

    def together(self, flags: Flags) -> Flags:
        """Also what is hidden with a measure of the same row because its group says so, and all months of a unit if one of a year is hidden.

        A year of which some months are shown leaves too little room for the others. So either all months of a unit are shown, or the years.
        """
        found = flags.copy()
        for sums in self._rolling:
            for measure in self.marts.measures:
                if (measure.group.table, measure.name) == sums.of and sums.months > 1:
                    self._whole_units(measure, sums.of_only_when, found)
        by_group: dict[int, list[Measure]] = {}
        for measure in self.marts.measures:
            if measure.group.together:
                by_group.setdefault(id(measure.group), []).append(measure)
        for measures in by_group.values():
            rows = np.arange(measures[0].rows)
            of_row = np.logical_or.reduce([(flags & ~self.is_extra)[measure.cells(rows)] for measure in measures])
            for measure in measures:
                found[measure.cells(rows)] |= of_row
        return found

    def _whole_units(self, measure: Measure, condition: str | None, found: Flags) -> None:
        rows = self.marts.rows_of(measure, condition)
        cells = measure.cells(rows)
        units = self.marts.table(measure).select(*UNIT)[rows]
        is_hidden = pl.Series("is_hidden", found[cells] & ~self.is_extra[cells])
        of_units = units.with_columns(is_hidden).select(pl.col("is_hidden").any().over(*UNIT))["is_hidden"].to_numpy()
        found[cells[of_units & ~self.is_extra[cells]]] = True

    def rows(self, measure: Measure, flags: Flags) -> pl.Series:
        """The rows, by number, in which the cell of a measure has a flag and is a figure that is given."""
        cells = measure.cells(np.arange(measure.rows))
        return pl.Series(np.flatnonzero(flags[cells] & ~self.is_extra[cells]))


def sums_of_indicators(semantic_manifest: Path) -> list[Rolling]:
    """The columns of org_unit_month that a numerator or denominator of indicator_value is, or is the sum of over months, from the metrics."""
    if not semantic_manifest.exists():
        return []
    written = json.loads(semantic_manifest.read_bytes())
    metrics = {metric["name"]: metric for metric in written["metrics"]}
    columns = {
        measure["name"]: measure.get("expr") or measure["name"] for model in written["semantic_models"] for measure in model["measures"]
    }
    found = []
    for name, metric in metrics.items():
        meta = (metric.get("config") or {}).get("meta") or {}
        if f"{name}_withheld" not in metrics or "indicator" not in meta:
            continue
        for part in metric["type_params"]["metrics"] or ():
            parameters = metrics[part["name"]]["type_params"]
            if part.get("alias") not in ("numerator", "denominator") or not parameters.get("measure"):
                continue
            column = columns[parameters["measure"]["name"]]
            if column.isidentifier():
                window = (parameters.get("cumulative_type_params") or {}).get("window") or {}
                rows = OF_A_METRIC.format(**meta)
                found.append(Rolling(("indicator_value", part["alias"]), ("org_unit_month", column), int(window.get("count", 1)), rows))
    return found


def _concerned(
    connection: duckdb.DuckDBPyConnection, given: Sequence[MeasureGroup], hidden: Mapping[str, str], rolling: Sequence[Rolling]
) -> list[MeasureGroup]:
    """The groups with a hidden cell, and those that have the same figures as one of them."""
    with_hidden = {
        (mart, measure)
        for mart, table in hidden.items()
        for (measure,) in connection.execute(f"select distinct measure from {table} where why <> '{LEVEL}'").fetchall()
    }
    measures = {
        (group.table, measure) for group in given for measure in (group.measures or group.derived) if (group.table, measure) in with_hidden
    }
    while True:
        linked = set(measures)
        for group in given:
            mine = {(group.table, measure) for measure in (group.measures or group.derived)}
            same = {(group.table, measure): (other, column) for measure, other, column in group.same_as}
            for measure, other in same.items():
                if measure in linked or other in linked:
                    linked |= {measure, other}
            if mine & linked:
                linked |= mine | {(group.table, name) for relation in group.sums for name in relation}
        for sums in rolling:
            if sums.measure in linked or sums.of in linked:
                linked |= {sums.measure, sums.of}
        if linked == measures:
            return [group for group in given if any((group.table, measure) in measures for measure in (group.measures or group.derived))]
        measures = linked


def _read(connection: duckdb.DuckDBPyConnection, mart: str) -> pl.DataFrame:
    """A mart's rows in the order of their `rowid`, with the service, partnership and region of the row's unit. A mart of councils has no scope."""
    columns = [name for name, *_ in connection.execute(f"describe built.marts.{mart}").fetchall()]
    of_unit = [f"unit.{name}" for name in OF_A_UNIT if name not in columns] if "unit_key" in columns else []
    joined = "left join built.marts.unit as unit on unit.unit_key = mart.unit_key" if of_unit else ""
    frame = connection.execute(
        f"select mart.*, mart.rowid as __rowid {''.join(', ' + name for name in of_unit)} from built.marts.{mart} as mart {joined} order by mart.rowid"
    ).pl()
    if not (frame["__rowid"] == pl.int_range(frame.height, eager=True)).all():
        raise RuntimeError(f"marts.{mart}: rows were deleted from it after it was built, so that they have no numbers in turn. Build again")
    if "organisation_id" in columns and "scope" not in columns:
        frame = frame.with_columns(scope=pl.lit("organisation"), scope_id=pl.col("organisation_id"))
    return frame.drop("__rowid")


def _roles(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    rows: list[tuple[str, list[str]]] = connection.execute(
        "select role_group, list(job_role) from built.marts.role_in_group group by role_group order by role_group"
    ).fetchall()
    return {group: frozenset(roles) for group, roles in rows}


def _is_there(connection: duckdb.DuckDBPyConnection, audience: Audience, marts: Marts, measure: Measure) -> Flags:
    """The rows of which the audience is given the measure, hidden or not."""
    table = marts.table(measure)
    there = np.ones(table.height, dtype=bool)
    if measure.group.only_when:
        kept = connection.execute(f"select rowid from built.marts.{measure.group.table} where {measure.group.only_when}").fetchnumpy()[
            "rowid"
        ]
        there = np.zeros(table.height, dtype=bool)
        there[kept] = True
    if "scope" in table.columns:
        scope = table["scope"].to_numpy()
        organisation = table["organisation_id"].to_numpy() if "organisation_id" in table.columns else np.full(table.height, None)
        for council in {*audience.of_councils, None}:
            mine = organisation == council if council else ~np.isin(organisation, list(audience.of_councils))
            rule = audience.rule(measure.group.disclosure_class, council) if council else audience.rules[measure.group.disclosure_class]
            there &= ~mine | ~np.isin(
                scope,
                [
                    level
                    for level in LEVELS
                    if level not in audience.levels(council) or level in rule.finer_levels(measure.group.finest_level)
                ],
            )
    return there


def _needed(audience: Audience, group: MeasureGroup, values: Numbers) -> Numbers:
    """How far from the true figure a value must be that a reader cannot exclude, for a figure that is hidden."""
    if group.disclosure_class == "pay":
        return audience.widths.pay_share_per_cent / 100 * np.abs(values)
    return np.maximum(audience.widths.people, audience.widths.share_per_cent / 100 * np.abs(values))
