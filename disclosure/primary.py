"""The primary rule: which cells the policy hides for what they say by themselves, whatever is shown beside them."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from disclosure.classes import MeasureGroup
from disclosure.policy import Audience, Rule

# Counts and sums are exact to six places, so a double of them is compared with half of that.
FLOOR, SMALL, NONE_OR_ALL, LEVEL = "floor", "small", "none_or_all", "level"


def hide(connection: duckdb.DuckDBPyConnection, groups: Iterable[MeasureGroup], audience: Audience, hidden: str) -> None:
    """Write the cells of a mart's groups that the rule of their class hides into table `hidden` (row_id, measure, why).

    The mart is `built.marts.<table>` of the connection. Only rows that the audience is given count, because no other row is written.
    """
    for group in groups:
        columns = {name for name, *_ in connection.execute(f"describe built.marts.{group.table}").fetchall()}
        for organisation, rule in _rules(group, audience, "organisation_id" in columns):
            for measure in group.measures or group.derived:
                if cases := _cases(group, measure, rule, "scope" in columns):
                    where = " and ".join(["why is not null", *([f"({group.only_when})"] if group.only_when else []), organisation])
                    connection.execute(
                        f"insert into {hidden} select rowid, '{measure}', case {' '.join(cases)} end as why from built.marts.{group.table} where {where}"
                    )


def _rules(group: MeasureGroup, audience: Audience, has_councils: bool) -> Iterable[tuple[str, Rule]]:
    """Each rule, with the condition of the rows that it governs: those of councils of their own, of other councils, and above a council."""
    kind = group.disclosure_class
    if not has_councils:
        yield "true", audience.rule(kind)
        return
    own = sorted(audience.of_councils)
    for organisation_id in own:
        yield f"organisation_id = '{organisation_id}'", audience.rule(kind, organisation_id)
    if not own:
        yield "true", audience.rules[kind]
        return
    listed = ", ".join(f"'{organisation_id}'" for organisation_id in own)
    yield f"organisation_id not in ({listed})", audience.rules[kind]
    yield "organisation_id is null", audience.rule(kind)


def _cases(group: MeasureGroup, measure: str, rule: Rule, has_levels: bool) -> list[str]:
    """`when` parts that say why a measure of a row is hidden. None if the rule hides nothing of it."""
    is_strict = group.disclosure_class in ("sensitive", "pay")
    found = [f"when {measure} is null then null"]
    if has_levels and (finer := rule.finer_levels(group.finest_level)):
        found.append(f"when scope in ({', '.join(repr(level) for level in finer)}) then '{LEVEL}'")
    if group.people and rule.least_people:
        few = f"coalesce({group.people}, 0) < {rule.least_people}" if is_strict else f"{group.people} < {rule.least_people}"
        # Of nobody, nothing can be told: 0 stays 0. A sum without people is somebody who is no longer there.
        nobody = f"{group.people} = 0 and {_number(group, measure)} = 0" if is_strict else f"{group.people} = 0"
        found.append(f"when {few} and not coalesce({nobody}, false) then '{FLOOR}'")
    counted = group.people_with or (measure if group.counts_people or group.disclosure_class == "staffing" else None)
    if counted and rule.small_counts_to:
        found.append(f"when {counted} > 0 and {counted} <= {rule.small_counts_to} then '{SMALL}'")
        if group.counts_people and group.people:
            found.append(f"when {group.people} > {counted} and {group.people} - {counted} <= {rule.small_counts_to} then '{SMALL}'")
    if rule.hides_none_and_all and group.people:
        found.append(f"when {group.people} > 0 and {counted or measure} = 0 then '{NONE_OR_ALL}'")
        if group.counts_people:
            found.append(f"when {group.people} > 0 and {counted} >= {group.people} then '{NONE_OR_ALL}'")
    return found if len(found) > 1 else []


def _number(group: MeasureGroup, measure: str) -> str:
    """The measure, or what its group counts if the measure is a text."""
    return measure if measure in group.measures else "0"
