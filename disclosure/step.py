"""The one step between the marts and what is published: which cells each audience is shown, over all tables together.

`decide` says which cells are hidden. `Shown` is what a publication writes: the rows, the columns and the values of one audience.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import duckdb

from disclosure import primary
from disclosure.classes import INTERNAL, MeasureGroup, governed
from disclosure.policy import LEVELS, Audience

NOT_SHOWN = "not_shown"
NOT_SHOWN_SAYS = (
    "Columns of this row that are not shown, each with its sign: [c] confidential, because the figure would tell something of a person, or would "
    "reveal another that does; [x] not available for units of this level. Empty if all is shown."
)
CONFIDENTIAL, NOT_AVAILABLE = "c", "x"


def decide(connection: duckdb.DuckDBPyConnection, audience: Audience, groups: Iterable[MeasureGroup]) -> dict[str, str]:
    """Which cells the audience is not shown: for each mart with governed columns, the name of a temporary table (row_id, measure, why).

    The marts are `built.marts.<mart>` of the connection; `row_id` is the row's `rowid` there. `why`: floor, small or none_or_all by the primary rule.
    """
    of_marts: dict[str, list[MeasureGroup]] = defaultdict(list)
    for group in governed(groups):
        if audience.has_table(group.table):
            of_marts[group.table].append(group)
    hidden = {}
    for mart, of_mart in of_marts.items():
        hidden[mart] = f"hidden_{audience.name}_{mart}"
        connection.execute(f"create or replace temp table {hidden[mart]} (row_id bigint, measure varchar, why varchar)")
        primary.hide(connection, of_mart, audience, hidden[mart])
    return hidden


class Shown:
    """What one audience is shown of the marts of a build, attached as `built`.

    Makes for each mart with governed columns a temporary table (row_id, columns, not_shown, why) of the rows that are not shown whole.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        audience: Audience,
        groups: tuple[MeasureGroup, ...],
        metrics: Path,
        besides: bool = False,
        earlier: Path | None = None,
    ) -> None:
        """`metrics`: the semantic manifest. `besides`: whether to hide also what gives a hidden figure away, which no publication does yet.

        `earlier`: the folder of the tables of the audience's last publication, for what is hidden besides. Raises Revealed.
        """
        self._connection = connection
        self._audience = audience
        self._groups = groups
        self._masks: dict[str, str] = {}
        self._metrics = metrics
        self.hidden = decide(connection, audience, groups)
        self._spread()
        if besides:
            # Solver and all: nothing else needs them.
            from disclosure.suppression import suppress

            suppress(connection, audience, groups, self.hidden, metrics, earlier)
            self._spread()
        for mart in self.hidden:
            self._mask(mart)
        self._withheld = self._withhold() if "org_unit_month" in self.hidden else ""

    def is_given(self, mart: str) -> bool:
        """Whether the audience is given a mart at all."""
        return self._audience.has_table(mart)

    def rows(self, mart: str) -> str:
        """A query of a mart's rows as the audience is shown them, in the order of the mart's columns, `not_shown` last where the mart has one."""
        columns = [name for name, *_ in self._connection.execute(f"describe built.marts.{mart}").fetchall()]
        internal = {name for group in self._groups if group.table == mart and group.disclosure_class == INTERNAL for name in group.columns}
        where = self._rows_given(columns) if mart != "relationship" else self._joins_given()
        if mart not in self.hidden:
            selected = [self._filled(mart, name) for name in columns if name not in internal]
            return f"select {', '.join(selected)} from built.marts.{mart} as mart where {where}"
        may_hide = {name for group in governed(self._groups) if group.table == mart for name in group.columns}
        selected = [
            f"case when list_contains(mask.columns, '{name}') then null else mart.{name} end as {name}"
            if name in may_hide
            else self._other(mart, name)
            for name in columns
            if name not in internal
        ]
        query = f"select {', '.join(selected)}, mask.{NOT_SHOWN} from built.marts.{mart} as mart left join {self._masks[mart]} as mask on mart.rowid = mask.row_id"
        if mart == "org_unit_month" and self._withheld:
            query += f" left join {self._withheld} as withheld on mart.rowid = withheld.row_id"
        return f"{query} where {where}"

    def _other(self, mart: str, name: str) -> str:
        """A column that no rule governs. The status of a hidden figure says that it is suppressed, and why."""
        if name == "status" and mart in ("indicator_value", "restatement", "published_indicator"):
            return f"case when list_contains(mask.columns, 'value') then 'suppressed' else mart.{name} end as {name}"
        if name == "status_reason" and mart in ("indicator_value", "restatement", "published_indicator"):
            floor = f"'{primary.FLOOR}_{self._audience.rule('sensitive').least_people}'"
            reason = f"case when mask.why = '{primary.FLOOR}' then {floor} else '{CONFIDENTIAL}' end"
            return f"case when list_contains(mask.columns, 'value') then {reason} else mart.{name} end as {name}"
        if name == "withheld" and mart == "org_unit_month" and self._withheld:
            return f"mart.{name} || coalesce(withheld.metrics, '') as {name}"
        return f"mart.{name}"

    def _filled(self, mart: str, name: str) -> str:
        """A column of a mart without governed columns. The policy fills an indicator's lowest number of people."""
        if (mart, name) == ("indicator", "people_floor"):
            floors = " ".join(
                f"when '{kind}' then {rule.least_people}" for kind, rule in self._audience.rules.items() if kind in ("sensitive", "pay")
            )
            return f"cast(case disclosure_class {floors} else 0 end as integer) as people_floor"
        return f"mart.{name}"

    def _rows_given(self, columns: list[str]) -> str:
        """The condition of rows that are no finer than the audience's level."""
        if "scope" not in columns:
            return "true"
        base = _finer(self._audience.finest_level)
        parts = [f"mart.scope not in ({base})"] if base else ["true"]
        if "organisation_id" in columns:
            for organisation_id, own in sorted(self._audience.of_councils.items()):
                finer = _finer(own.finest_level)
                is_council = f"mart.organisation_id = '{organisation_id}'"
                parts = [
                    f"case when {is_council} then {f'mart.scope not in ({finer})' if finer else 'true'} else {' and '.join(parts)} end"
                ]
        return " and ".join(parts)

    def _joins_given(self) -> str:
        """The condition of joins between tables that the audience is given."""
        tables, verb = (self._audience.all_but, "not in") if self._audience.tables is None else (self._audience.tables, "in")
        listed = ", ".join(f"'{table}'" for table in sorted(tables)) or "''"
        return f"mart.table_name {verb} ({listed}) and mart.joins_to_table {verb} ({listed})"

    def _spread(self) -> None:
        """Hide with a measure the others of its row's group that go with it, what is worked out from it, and the same figure elsewhere."""
        of_marts: dict[str, list[MeasureGroup]] = defaultdict(list)
        for group in governed(self._groups):
            if group.table in self.hidden:
                of_marts[group.table].append(group)
        for _ in range(2):  # what goes together, then the same figure elsewhere, then what goes together there
            for mart, groups in of_marts.items():
                for group in groups:
                    self._spread_within(mart, group)
            for mart, groups in of_marts.items():
                for group in groups:
                    self._spread_same(mart, group)

    def _spread_within(self, mart: str, group: MeasureGroup) -> None:
        table = self.hidden[mart]
        targets = group.columns if group.together else group.derived
        sources = ", ".join(f"'{name}'" for name in group.measures or group.derived)
        for name in targets:
            only = f"and row_id in (select rowid from built.marts.{mart} where {group.only_when})" if group.only_when else ""
            self._connection.execute(
                f"insert into {table} select row_id, '{name}', any_value(why) from {table} where measure in ({sources}) {only} and row_id not in "
                f"(select row_id from {table} where measure = '{name}') group by row_id"
            )

    def _spread_same(self, mart: str, group: MeasureGroup) -> None:
        for measure, other, other_measure in group.same_as:
            if other not in self.hidden:
                continue
            theirs = [name for name, *_ in self._connection.execute(f"describe built.marts.{other}").fetchall()]
            ours = [name for name, *_ in self._connection.execute(f"describe built.marts.{mart}").fetchall()]
            shared = [name for name in (*group.grain, "unit_key") if name in theirs and name in ours]
            joined = " and ".join(f"ours.{name} is not distinct from theirs.{name}" for name in dict.fromkeys(shared))
            only = f"where {group.only_when}" if group.only_when else ""
            own = f"(select *, rowid from built.marts.{mart} {only}) as ours"
            pairs = f"{own} inner join built.marts.{other} as theirs on {joined}"
            for into, name, row, source, source_name, source_row in (
                (self.hidden[mart], measure, "ours", self.hidden[other], other_measure, "theirs"),
                (self.hidden[other], other_measure, "theirs", self.hidden[mart], measure, "ours"),
            ):
                self._connection.execute(
                    f"insert into {into} select {row}.rowid, '{name}', any_value(hidden.why) from {pairs} "
                    f"inner join {source} as hidden on hidden.row_id = {source_row}.rowid and hidden.measure = '{source_name}' "
                    f"where {row}.rowid not in (select row_id from {into} where measure = '{name}') group by {row}.rowid"
                )

    def _mask(self, mart: str) -> None:
        """One row per row of the mart that is not shown whole. Only a column with a value counts: what is empty by itself is not hidden."""
        columns = [name for name, *_ in self._connection.execute(f"describe built.marts.{mart}").fetchall()]
        may_hide = [name for name in columns if any(name in group.columns for group in governed(self._groups) if group.table == mart)]
        is_there = " ".join(f"when '{name}' then mart.{name} is not null" for name in may_hide)
        order = " ".join(f"when '{name}' then {number}" for number, name in enumerate(may_hide))
        self._masks[mart] = f"mask_{self._audience.name}_{mart}"
        self._connection.execute(
            f"create or replace temp table {self._masks[mart]} as select row_id, list(measure) as columns, "
            f"string_agg(measure || case why when '{primary.LEVEL}' then '[{NOT_AVAILABLE}]' else '[{CONFIDENTIAL}]' end, ' ' order by case measure {order} end) as {NOT_SHOWN}, "
            f"case when bool_or(why = '{primary.FLOOR}') then '{primary.FLOOR}' else any_value(why) end as why "
            f"from (select row_id, measure, min(why) as why from {self.hidden[mart]} group by row_id, measure) as hidden "
            f"inner join built.marts.{mart} as mart on mart.rowid = hidden.row_id "
            f"where case measure {is_there} end group by row_id"
        )

    def _withhold(self) -> str:
        """Make a table (row_id, metrics) of the metrics that have no figure for a unit and month, because something of which they are made is hidden."""
        table = f"withheld_{self._audience.name}"
        self._connection.execute(f"create or replace temp table {table}_of (row_id bigint, metric varchar)")
        mart, hidden = "built.marts.org_unit_month", self.hidden["org_unit_month"]
        may_hide = {name for group in governed(self._groups) if group.table == "org_unit_month" for name in group.columns}
        for metric, column, months in inputs_of_indicators(self._metrics, may_hide):
            self._connection.execute(
                f"insert into {table}_of select distinct later.rowid, '{metric}' from {hidden} as hidden "
                f"inner join {mart} as earlier on earlier.rowid = hidden.row_id and hidden.measure = '{column}' "
                f"inner join {mart} as later on later.org_unit = earlier.org_unit and later.month_end >= earlier.month_end "
                f"and later.month_end <= last_day(earlier.month_end + interval {months - 1} month)"
            )
        if "indicator_value" in self.hidden:
            self._connection.execute(
                f"insert into {table}_of select unit.rowid, indicator.metric from {self._masks['indicator_value']} as mask "
                "inner join built.marts.indicator_value as figure on figure.rowid = mask.row_id "
                "inner join built.marts.indicator as indicator on indicator.indicator_key = figure.indicator_key "
                f"inner join {mart} as unit on unit.organisation_id = figure.organisation_id and unit.month_end = figure.month_end "
                "and unit.scope = figure.scope and unit.scope_id = figure.scope_id where list_contains(mask.columns, 'value')"
            )
        self._connection.execute(
            f"create or replace temp table {table} as select row_id, string_agg(metric || ',', '' order by metric) as metrics from "
            f"(select distinct row_id, metric from {table}_of inner join {mart} as unit on unit.rowid = row_id "
            f"where not contains(unit.withheld, ',' || metric || ',')) as told group by row_id"
        )
        return table


def _finer(level: str) -> str:
    return ", ".join(f"'{name}'" for name in LEVELS[: LEVELS.index(level)])


def has_not_shown(groups: Iterable[MeasureGroup], mart: str) -> bool:
    """Whether a mart has columns that the policy may hide, and so a column that names those that it hides."""
    return any(group.table == mart for group in governed(groups))


def internal_columns(groups: Iterable[MeasureGroup], mart: str) -> set[str]:
    """The columns of a mart that are in the build and never published."""
    return {name for group in groups if group.table == mart and group.disclosure_class == INTERNAL for name in group.columns}


def inputs_of_indicators(semantic_manifest: Path, columns: set[str]) -> list[tuple[str, str, int]]:
    """Which of some columns of org_unit_month each indicator's metric is made from, and over how many months: (metric, column, months)."""
    written = json.loads(semantic_manifest.read_bytes())
    metrics = {metric["name"]: metric for metric in written["metrics"]}
    measures = {measure["name"]: measure for model in written["semantic_models"] for measure in model["measures"]}
    found = set()

    def inputs(name: str) -> Iterable[tuple[str, int]]:
        parameters = metrics[name]["type_params"]
        if metrics[name]["type"] == "derived":
            for needed in parameters["metrics"]:
                yield from inputs(needed["name"])
            return
        measure = measures[parameters["measure"]["name"]]
        window = (parameters.get("cumulative_type_params") or {}).get("window") or {}
        for column in re.findall(r"[a-z_][a-z0-9_]*", measure.get("expr") or measure["name"]):
            if column in columns:
                yield column, int(window.get("count", 1))

    for name in metrics:
        if f"{name}_withheld" in metrics:
            found |= {(name, column, months) for column, months in inputs(name)}
    return sorted(found)
