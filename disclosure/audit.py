"""What all that is shown to an audience gives away together: for each mart, how many of the hidden figures can be worked out, or nearly.

The primary rule looks at each figure alone. The audit looks at all of them over all tables, as a reader who adds and subtracts does. It changes nothing
and stops nothing: `python -m warehouse audit` prints what it finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from disclosure.classes import MeasureGroup, governed
from disclosure.linear import Flags, Numbers
from disclosure.policy import LEVELS, Audience
from disclosure.relations import Marts, Measure, Rolling
from disclosure.secondary import exposed
from disclosure.step import decide

OF_A_UNIT = ("service_id", "partnership_id", "region_id")
# Sums over months that marts print. Months of the same measure are in the mart behind `of`.
ROLLING = (
    Rolling(("absence_rate_month", "days_lost_per_fte_12_months"), ("absence_rate_month", "fte_days_lost"), 12, is_ratio=True),
    Rolling(("indicator_value", "numerator"), ("absence_rate_month", "fte_days_lost"), 12, only_when="indicator_id = 'absence_rate'"),
)


@dataclass(frozen=True)
class Finding:
    """A measure of a mart: how many figures the audience is given, how many of them are hidden, and how many of these give too little room."""

    mart: str
    measure: str
    disclosure_class: str
    figures: int
    hidden: int
    exposed: int


def audit(connection: duckdb.DuckDBPyConnection, audience: Audience, groups: Sequence[MeasureGroup]) -> tuple[Finding, ...]:
    """What readers of an audience can work out of the hidden figures of a build, attached as `built`. One finding per measure that has hidden figures.

    A figure counts as exposed if no figures that fit everything shown are further from the true one than the widths ask. See disclosure/secondary.py
    for large components: there more may be called exposed than is.
    """
    hidden = decide(connection, audience, groups)
    given = _concerned(connection, [group for group in governed(groups) if group.table in hidden], hidden)
    if not given:
        return ()
    tables = {mart: _read(connection, mart) for mart in sorted({group.table for group in given})}
    marts = Marts(tables, given, _roles(connection), ROLLING)
    is_there = np.concatenate([_is_there(connection, audience, marts, measure) for measure in marts.measures])
    system, is_extra = marts.system(
        lambda group, values: _needed(audience, group, values),
        lambda group: audience.rule(group.disclosure_class).least_people,
        is_there,
    )
    flags = np.zeros(len(is_extra), dtype=bool)
    for mart, table in hidden.items():
        # What is hidden of a whole level has no cell: nothing of it is printed.
        rows = connection.execute(f"select row_id, measure from {table}").pl()
        for measure in marts.measures:
            if measure.group.table == mart:
                flags[measure.cells(rows.filter(pl.col("measure") == measure.name)["row_id"].cast(pl.Int64).to_numpy())] = True
    flags[: marts.cells] &= is_there
    flags = _together(marts, flags | is_extra)
    found = np.zeros(len(flags), dtype=bool)
    found[exposed(system, flags)] = True
    findings = []
    for measure in marts.measures:
        cells = measure.cells(np.arange(measure.rows))
        cells = cells[~is_extra[cells]]
        if flags[cells].any():
            name = measure.group.table, measure.name, measure.group.disclosure_class
            findings.append(Finding(*name, len(cells), int(flags[cells].sum()), int(found[cells].sum())))
    return tuple(findings)


def _concerned(connection: duckdb.DuckDBPyConnection, given: Sequence[MeasureGroup], hidden: Mapping[str, str]) -> list[MeasureGroup]:
    """The groups with a hidden cell, and those that have the same figures as one of them."""
    with_hidden = {
        (mart, measure)
        for mart, table in hidden.items()
        for (measure,) in connection.execute(f"select distinct measure from {table}").fetchall()
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
        for rolling in ROLLING:
            if rolling.measure in linked or rolling.of in linked:
                linked |= {rolling.measure, rolling.of}
        if linked == measures:
            return [group for group in given if any((group.table, measure) in measures for measure in (group.measures or group.derived))]
        measures = linked


def _read(connection: duckdb.DuckDBPyConnection, mart: str) -> pl.DataFrame:
    """A mart's rows in the order of their `rowid`, with the service, partnership and region of the row's unit."""
    columns = [name for name, *_ in connection.execute(f"describe built.marts.{mart}").fetchall()]
    of_unit = [f"unit.{name}" for name in OF_A_UNIT if name not in columns] if "unit_key" in columns else []
    joined = "left join built.marts.unit as unit on unit.unit_key = mart.unit_key" if of_unit else ""
    frame = connection.execute(
        f"select mart.*, mart.rowid as __rowid {''.join(', ' + name for name in of_unit)} from built.marts.{mart} as mart {joined} order by mart.rowid"
    ).pl()
    if not (frame["__rowid"] == pl.int_range(frame.height, eager=True)).all():
        raise RuntimeError(f"marts.{mart}: rows were deleted from it after it was built, so that they have no numbers in turn. Build again")
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
    if group.disclosure_class == "sensitive" or audience.rule(group.disclosure_class).small_counts_to:
        return np.maximum(audience.widths.people, audience.widths.share_per_cent / 100 * np.abs(values))
    return np.zeros(len(values))


def _together(marts: Marts, flags: Flags) -> Flags:
    """Also what is hidden with a measure of the same row because the group says so."""
    found = flags.copy()
    by_group: dict[int, list[Measure]] = {}
    for measure in marts.measures:
        if measure.group.together:
            by_group.setdefault(id(measure.group), []).append(measure)
    for measures in by_group.values():
        rows = np.arange(measures[0].rows)
        of_row = np.logical_or.reduce([flags[measure.cells(rows)] for measure in measures])
        for measure in measures:
            found[measure.cells(rows)] |= of_row
    return found
