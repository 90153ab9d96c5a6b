"""A figure as a publication prints it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb

from foundation.published_files import MANIFEST
from warehouse.models import SEMANTIC_MANIFEST
from warehouse.query import NoPublication
from warehouse.tracing.metric_parts import Definitions, Indicator

ORGANISATION = "organisation"


class NoSuchFigure(Exception):
    """The publication has no such figure. The message says what it has."""


@dataclass(frozen=True)
class Figure:
    """A row of `indicator_value`. `counted_month_end` is the month that it was counted from, which is earlier if an older figure stands in."""

    organisation_id: str
    scope: str
    scope_id: str
    month_end: date
    numerator: Decimal | None
    denominator: Decimal | None
    value: float | None
    unit: str
    status: str
    status_reason: str | None
    counted_month_end: date
    reason_source: str | None
    reason_rule: str | None
    reason_since: date | None

    def part(self, name: str) -> Decimal | None:
        """The numerator or the denominator."""
        return self.numerator if name == "numerator" else self.denominator


class Publication:
    """A publication: its manifest, its definitions, and its figures. Raises NoPublication."""

    def __init__(self, folder: Path) -> None:
        if not folder.exists():
            raise NoPublication(f"{folder}: there is no publication. Make one: make run")
        self.folder = folder.resolve()
        try:
            self.manifest: dict[str, Any] = json.loads((self.folder / MANIFEST).read_bytes())
            self.definitions = Definitions(self.folder / "inside" / SEMANTIC_MANIFEST)
        except (FileNotFoundError, ValueError):
            raise NoPublication(
                f"{self.folder}: its manifests are not whole. Take it from the backup, or publish again: make run"
            ) from None

    @property
    def identity(self) -> str:
        return str(self.manifest["publication"])

    def figure(self, indicator: Indicator, organisation_id: str, unit: tuple[str, str] | None, month: date) -> Figure:
        """The figure of a council, or of a team or service of it (`unit`: scope and id), for a month. Raises NoSuchFigure and NoPublication."""
        scope, scope_id = unit or (ORGANISATION, organisation_id)
        try:
            marts = duckdb.connect(str(self.folder / "inside" / "workforce.duckdb"), read_only=True)
        except duckdb.Error:
            raise NoPublication(
                f"{self.folder}: its tables cannot be opened. Take it from the backup, or publish again: make run"
            ) from None
        with marts:
            _refuse_unknown_council(marts, organisation_id)
            found = marts.execute(
                """
                select
                    organisation_id, scope, scope_id, month_end, numerator, denominator, value, unit, status, status_reason,
                    coalesce(as_at_month, month_end), reason_source, reason_rule, reason_since
                from marts.indicator_value
                where
                    organisation_id = ? and indicator_id = ? and definition_id = ? and scope = ? and scope_id = ?
                    and year(month_end) = ? and month(month_end) = ?
                """,
                [organisation_id, indicator.indicator_id, indicator.definition_id, scope, scope_id, month.year, month.month],
            ).fetchall()
            if not found:
                raise NoSuchFigure(_what_there_is(marts, indicator, organisation_id, scope, scope_id, month))
        return Figure(*found[0])


def _refuse_unknown_council(marts: duckdb.DuckDBPyConnection, organisation_id: str) -> None:
    councils = _texts(marts, "select organisation_id from marts.organisation")
    if organisation_id in councils:
        return
    areas = _texts(marts, "select distinct scope_id from marts.indicator_value where organisation_id is null")
    if organisation_id in areas:
        raise NoSuchFigure(f"'{organisation_id}' is an area. Its figures add up those of its councils: trace one of {', '.join(councils)}")
    raise NoSuchFigure(f"There is no council '{organisation_id}'. {_near(organisation_id, councils)}")


def _what_there_is(
    marts: duckdb.DuckDBPyConnection, indicator: Indicator, organisation_id: str, scope: str, scope_id: str, month: date
) -> str:
    of_council = "from marts.indicator_value where organisation_id = $1 and indicator_id = $2 and definition_id = $3"
    whose: list[object] = [organisation_id, indicator.indicator_id, indicator.definition_id]
    months = _texts(
        marts, f"select distinct strftime(month_end, '%Y-%m') {of_council} and scope = $4 and scope_id = $5", [*whose, scope, scope_id]
    )
    if months:
        return f"{indicator.metric} has no figure of {scope_id} for {month:%Y-%m}. It has {months[0]} to {months[-1]}"
    units = _texts(marts, f"select distinct scope || '/' || scope_id {of_council} and scope <> 'organisation'", whose)
    if not units:
        return f"{indicator.metric} has no figure of {scope} {scope_id}: it has figures of councils alone"
    return f"{indicator.metric} has no figure of {scope}/{scope_id}. {_near(f'{scope}/{scope_id}', units)}"


def _texts(marts: duckdb.DuckDBPyConnection, query: str, parameters: list[object] | None = None) -> list[str]:
    return [str(text) for (text,) in marts.execute(f"{query} order by 1", parameters or []).fetchall()]


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name.lower(), names)
    return f"Near names: {', '.join(near)}" if near else f"There are: {', '.join(names)}"
