"""Which rows of a mart are the sum of which others: units in the unit above them, role groups in one that contains them, parts in a total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from disclosure.classes import MeasureGroup
from disclosure.linear import Places

ROW = "__row"
UNIT = ("organisation_id", "scope", "scope_id")
AREAS = ("partnership", "region", "national")
# Each level with those that it may add up from: the first of them that a table has.
MADE_OF = {"service": ("team",), "organisation": ("service", "team"), **dict.fromkeys(AREAS, ("organisation",))}


@dataclass(frozen=True)
class Sums:
    """Rows of one mart that are the sum of others: for each parent its row, and for each child its row and the place of its parent in `parents`.

    `leaves_more`: whether a parent may have more than its children, which nobody prints.
    """

    parents: Places
    children: Places
    parent_of: Places
    leaves_more: bool = True


def sums_among(table: pl.DataFrame, groups: Sequence[MeasureGroup], subgroups: Mapping[str, tuple[str, ...]]) -> Iterator[Sums]:
    """Every kind of sum among the rows of a mart, with its number of each row in column `ROW`: units, role groups and totals of its groups."""
    grain = list(dict.fromkeys(key for group in groups for key in group.grain))
    if "scope" in table.columns:
        scopes = set(table["scope"].unique().to_list())
        context = [key for key in grain if key not in UNIT]
        for scope, finer in MADE_OF.items():
            child = next((level for level in finer if level in scopes), None)
            if scope in scopes and child is not None:
                yield _of_units(table, scope, child, context)
    if "role_group" in grain:
        for parent, children in subgroups.items():
            if children:
                others = [key for key in grain if key != "role_group"]
                yield _of_values(table, "role_group", parent, children, others)
    totals = {(column, total, parts) for group in groups for column, total, parts in group.totals}
    for column, total, parts in sorted(totals):
        yield _of_values(table, column, total, parts, [key for key in grain if key != column])


def _of_units(table: pl.DataFrame, scope: str, child: str, context: list[str]) -> Sums:
    """The units of one level, with those of the level below it in the same context."""
    inner = table.filter(pl.col("scope") == child)
    outer = table.filter(pl.col("scope") == scope).with_row_index("__place")
    if scope == "service":
        ours, theirs = ["organisation_id", "service_id"], ["organisation_id", "scope_id"]
    elif scope == "organisation":
        ours = theirs = ["organisation_id"]
    elif scope == "national":
        ours = theirs = []
    else:
        ours, theirs = [f"{scope}_id"], ["scope_id"]
    pairs = inner.join(
        outer.select("__place", *(pl.col(key).alias(f"__{key}") for key in theirs), *(pl.col(key).alias(f"__c_{key}") for key in context)),
        left_on=[*ours, *context],
        right_on=[*(f"__{key}" for key in theirs), *(f"__c_{key}" for key in context)],
        nulls_equal=True,
    )
    return Sums(places(outer[ROW]), places(pairs[ROW]), places(pairs["__place"]))


def _of_values(table: pl.DataFrame, column: str, total: str, parts: Sequence[str], others: list[str]) -> Sums:
    """Rows of a total with the rows of its parts that agree in everything else."""
    outer = table.filter(pl.col(column) == total).with_row_index("__place").select("__place", pl.col(ROW).alias("__total"), *others)
    pairs = table.filter(pl.col(column).is_in(list(parts))).join(outer, on=others, nulls_equal=True)
    return Sums(places(outer["__total"]), places(pairs[ROW]), places(pairs["__place"]))


def children_of_role_groups(roles: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, ...]]:
    """The largest groups within each group."""
    for group, other in combinations(roles, 2):
        shared = roles[group] & roles[other]
        if shared and shared not in (roles[group], roles[other]):
            raise ValueError(
                f"role groups {group} and {other} share some roles, and neither contains the other: what is hidden in one could come out of the other"
            )
    inside = {group: [other for other in roles if roles[other] < roles[group]] for group in roles}
    return {
        group: tuple(other for other in inside[group] if not any(other in inside[between] for between in inside[group])) for group in roles
    }


def height(group: str, subgroups: Mapping[str, tuple[str, ...]]) -> int:
    """How many groups stand one in another within a role group."""
    return max((1 + height(child, subgroups) for child in subgroups[group]), default=0)


def places(column: pl.Series) -> Places:
    """Numbers of rows, as an index of numpy."""
    return column.cast(pl.Int64).to_numpy()
