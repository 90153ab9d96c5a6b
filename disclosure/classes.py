"""Which class each column of a mart has, and which sums belong together, as the mart's own YAML says (`config: meta: disclosure:`).

    disclosure: open                            # nothing in the mart is about people
    disclosure:
    - class: sensitive                          # open, internal, posts, staffing, sensitive or pay
      measures: [fte_days_lost]                 # add up over units, role groups and the values of `parts`
      derived: [days_lost_per_fte]              # worked out from the measures
      people: in_post_heads                     # the number of people underneath each measure

See `MeasureGroup` for the other keys. Columns of class `internal` are in the build and never published.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.storage import Storage

SCHEMA = "marts"
OPEN, INTERNAL = "open", "internal"
GOVERNED = ("posts", "staffing", "sensitive", "pay")
KEYS = (
    "class",
    "measures",
    "derived",
    "people",
    "people_with",
    "counts_people",
    "parts",
    "totals",
    "sums",
    "same_as",
    "together",
    "only_when",
    "finest_level",
    "repeated_over",
)
_GRAIN = "one_row_a"


class NoClass(Exception):
    """A mart has a column without a class, or a class that cannot be read. The message names mart and column, and says what to write."""


@dataclass(frozen=True)
class MeasureGroup:
    """Columns of a mart that one rule governs.

    `measures` add up over units, role groups and the values of `parts`; `derived` are worked out from them. `people`: the column with the number of
    people underneath. `counts_people`: the measures count some of these people. `people_with`: the column with the number of people who have what the
    measures add up, if these do not count them. `parts`: the column of the grain whose values divide the measures. `totals`: values of a column of the
    grain that others add up to, as (column, total, its parts). `sums`: relations within a row, each the total and then its addends. `same_as`: for a measure, the
    mart and column that have the same figure in rows that agree in every column of the grain that both have. `together`: if one of the measures is not
    shown, none is. `repeated_over`: the column of the grain over whose values the measures are the same figure. `only_when`: a condition in SQL, if the
    group has only some of the rows.
    """

    table: str
    grain: tuple[str, ...]
    disclosure_class: str
    measures: tuple[str, ...]
    derived: tuple[str, ...] = ()
    people: str | None = None
    people_with: str | None = None
    counts_people: bool = False
    parts: str | None = None
    totals: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    sums: tuple[tuple[str, ...], ...] = ()
    same_as: tuple[tuple[str, str, str], ...] = ()
    together: bool = False
    only_when: str | None = None
    finest_level: str = "team"
    repeated_over: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is not shown if one of the measures is not."""
        return self.measures + self.derived


def classes(place: Storage) -> tuple[MeasureGroup, ...]:
    """The groups of every mart of the last build, open and internal ones too. Raises NoClass."""
    return described_classes(place.build_folder / "dbt" / "manifest.json")


def described_classes(manifest: Path) -> tuple[MeasureGroup, ...]:
    """The groups of every mart that a manifest of dbt describes. Raises NoClass."""
    nodes: dict[str, Any] = json.loads(manifest.read_bytes())["nodes"]
    grains = {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == _GRAIN
    }
    found: list[MeasureGroup] = []
    for name, node in sorted(nodes.items()):
        if node["resource_type"] == "model" and node["schema"] == SCHEMA:
            found += groups_of(node, grains.get(name, ()))
    return tuple(found)


def groups_of(node: dict[str, Any], grain: tuple[str, ...]) -> list[MeasureGroup]:
    """The groups of one mart of the manifest. Raises NoClass."""
    table = node["name"]
    written = node["config"]["meta"].get("disclosure")
    others = [name for name, column in node["columns"].items() if name not in grain and not _is_key(column)]
    if written is None:
        raise NoClass(
            f"{table}: no class says who may see its columns: {', '.join(others) or 'it has none'}. Add `disclosure` to `config: meta:` in the YAML of the "
            "mart: `open` if nothing in it is about people, or a list of groups as in disclosure/classes.py"
        )
    if written == OPEN:
        return [MeasureGroup(table, grain, OPEN, tuple(others))]
    if not isinstance(written, list) or not all(isinstance(entry, dict) for entry in written):
        raise NoClass(f"{table}: `disclosure` must be `open`, or a list of groups as in disclosure/classes.py")
    found = [_group(table, grain, entry, set(node["columns"])) for entry in written]
    for name in others:
        holders = [group for group in found if name in group.columns]
        if not holders:
            says = "Name it in a group of `disclosure` in the YAML of the mart; in one of class `open` if it is not about people"
            raise NoClass(f"{table}.{name}: no class says who may see this column. {says}")
        if len(holders) > 1 and not all(group.only_when for group in holders):
            raise NoClass(
                f"{table}.{name}: it stands in two groups of `disclosure`. Leave it in one, or give each group its rows by `only_when`"
            )
    return found


def governed(groups: Iterable[MeasureGroup]) -> list[MeasureGroup]:
    """The groups whose columns the policy may hide."""
    return [group for group in groups if group.disclosure_class in GOVERNED]


def _is_key(column: dict[str, Any]) -> bool:
    return any(constraint["type"] in ("primary_key", "foreign_key") for constraint in column["constraints"])


def _group(table: str, grain: tuple[str, ...], entry: dict[str, Any], columns: set[str]) -> MeasureGroup:
    unknown = [key for key in entry if key not in KEYS]
    if unknown:
        raise NoClass(f"{table}: a group of `disclosure` has the key `{unknown[0]}`, which is not known. Known keys are {', '.join(KEYS)}")
    kind = entry.get("class")
    if kind not in (OPEN, INTERNAL, *GOVERNED):
        raise NoClass(f"{table}: the class of a group of `disclosure` must be one of {', '.join((OPEN, INTERNAL, *GOVERNED))}")
    same_as = tuple((measure, *str(other).rsplit(".", 1)) for measure, other in entry.get("same_as", {}).items())
    group = MeasureGroup(
        table,
        grain,
        kind,
        tuple(entry.get("measures", ())),
        tuple(entry.get("derived", ())),
        entry.get("people"),
        entry.get("people_with"),
        bool(entry.get("counts_people", False)),
        entry.get("parts"),
        tuple((column, total, tuple(addends)) for column, of in entry.get("totals", {}).items() for total, addends in of.items()),
        tuple(tuple(relation) for relation in entry.get("sums", ())),
        tuple((measure, other[0], other[1]) for measure, *other in same_as),
        bool(entry.get("together", False)),
        entry.get("only_when"),
        str(entry.get("finest_level", "team")),
        entry.get("repeated_over"),
    )
    named = [
        *group.columns,
        group.people,
        group.people_with,
        group.parts,
        group.repeated_over,
        *(column for column, *_ in group.totals),
        *(name for relation in group.sums for name in relation),
    ]
    for name in named:
        if name is not None and name not in columns:
            raise NoClass(f"{table}: a group of `disclosure` names the column `{name}`, which the mart does not have")
    if kind in ("sensitive", "pay") and group.people is None:
        raise NoClass(f"{table}: a group of class {kind} must name `people`, the column with the number of people underneath")
    return group
