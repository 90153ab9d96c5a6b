"""Trace a figure: what a publication prints, and where it comes from."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from contracts import Contract, sources
from foundation.ledger import deliveries
from foundation.storage import REPOSITORY, Storage
from warehouse.models import dbt_target
from warehouse.publish import MADE_BY, identity_of
from warehouse.tracing.column_lineage import ColumnLine, column_lines, read_from_extracts
from warehouse.tracing.compiled_models import CannotBeFollowed, CompiledModels, Table
from warehouse.tracing.deliveries_behind import Check, SourceMonth, checks_of, contracts_of, source_months
from warehouse.tracing.figure import Figure, Publication
from warehouse.tracing.metric_parts import PARTS, Indicator
from warehouse.tracing.recount import SUMS, CountedPart, Recount

PRINTED = ("marts", "indicator_value")


@dataclass(frozen=True)
class Asked:
    """What is asked: a council, the name of an indicator, a month, and a team or service of the council (scope and id; None: the council)."""

    organisation_id: str
    indicator: str
    month: date
    unit: tuple[str, str] | None = None


@dataclass(frozen=True)
class BuildUsed:
    """The build from which the rows come. `is_published`: it is the one that was published, or has the same inputs and code. `is_of_this_code`:
    the configuration and the code beside it are still those of the publication."""

    knew_until: str
    is_published: bool
    is_of_this_code: bool


@dataclass(frozen=True)
class Trace:
    """A figure and where it comes from. `parts` is empty if nothing is printed, or if the rows cannot be told (`rows_not_told` says why). `below` are
    the tables from the figure down to the extracts, each after those that read it."""

    publication: Publication
    indicator: Indicator
    other_definitions: tuple[str, ...]
    figure: Figure
    build: BuildUsed
    parts: tuple[CountedPart, ...]
    rows_not_told: str
    months: tuple[SourceMonth, ...]
    failed: tuple[Check, ...]
    passed: int
    contracts: tuple[tuple[str, Contract], ...]
    below: tuple[Table, ...]
    columns: tuple[ColumnLine, ...]
    code: str

    @property
    def adds_up(self) -> bool:
        """Whether the rows come to the printed numerator and denominator."""
        return not self.rows_not_told and not any(part.contradicts(self.figure.part(part.name)) for part in self.parts)


def trace(asked: Asked, folder: Path, place: Storage) -> Trace:
    """Trace a figure of a publication through the build of the data root.

    Raises NoPublication, UnknownIndicator, NoSuchFigure, and CannotBeFollowed if there is no build that can be read.
    """
    publication = Publication(folder)
    indicator = publication.definitions.indicator(asked.indicator)
    figure = publication.figure(indicator, asked.organisation_id, asked.unit, asked.month)
    with _open_build(place) as built:
        models = CompiledModels(dbt_target(place), built)
        recount = Recount(built, models)
        parts, rows_not_told = _parts(recount, indicator, figure)
        columns = column_lines(models, [(models.tables[SUMS], column) for column in indicator.columns])
        months = source_months(
            publication.manifest,
            deliveries(figure.organisation_id, store=place),
            _months_of(indicator, columns),
            figure.organisation_id,
            figure.counted_month_end,
        )
        failed, passed = checks_of(built, months, figure.organisation_id)
        return Trace(
            publication,
            indicator,
            tuple(publication.definitions.others(indicator)),
            figure,
            _build_used(built, publication),
            parts,
            rows_not_told,
            tuple(months),
            tuple(failed),
            passed,
            tuple(contracts_of(months)),
            tuple(_below(models, parts)),
            tuple(columns),
            code_version(),
        )


def _open_build(place: Storage) -> duckdb.DuckDBPyConnection:
    path = place.build_database
    if not path.exists():
        raise CannotBeFollowed(f"{path}: there is no build, and only a build has the rows. Build first: python -m warehouse build")
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as refused:
        why = "another build is being written" if "lock" in str(refused) else "this account may not read it, or it is not whole"
        raise CannotBeFollowed(f"{path} cannot be opened: {why}. Only the account that runs the pipeline may read the rows") from None


def _parts(recount: Recount, indicator: Indicator, figure: Figure) -> tuple[tuple[CountedPart, ...], str]:
    """The parts of a figure that is shown, counted again, and why not if they cannot be."""
    if figure.value is None:
        return (), ""
    try:
        return tuple(recount.part(indicator, part, figure) for part in PARTS), ""
    except CannotBeFollowed as why:
        return (), str(why)


def _months_of(indicator: Indicator, columns: list[ColumnLine]) -> dict[str, int]:
    """For each source, how many months the figure needs: as its metric says, or those of its period for what only columns show."""
    needed = {source: indicator.months for source in read_from_extracts(columns) if source in sources()}
    return needed | {source: int(months) for source, months in indicator.words["needs"].items()}


def _below(models: CompiledModels, parts: tuple[CountedPart, ...]) -> list[Table]:
    """The tables on the way from the printed figure to the extracts: those between it and the sums, and those that the rows are made of."""
    sums, printed = models.tables[SUMS], models.tables[PRINTED]
    below_printed = models.above([printed])
    between = [table for table in below_printed if sums in models.above([table]) and (table == printed or table.schema != printed.schema)]
    counted = [counted.behind for part in parts for counted in part.sums]
    rows = [table for behind in counted for table in behind.tables]
    wanted = {table.place for table in [*between, *(behind.model for behind in counted), *models.above(rows or [sums])]}
    return [table for table in below_printed if table.place in wanted]


def _build_used(built: duckdb.DuckDBPyConnection, publication: Publication) -> BuildUsed:
    found = built.execute("select strftime(as_known_at at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%f') from operations.build").fetchall()
    knew_until = f"{found[0][0]}+00:00"
    is_of_this_code = identity_of(built) == publication.identity
    return BuildUsed(knew_until, is_of_this_code or knew_until == publication.manifest["as_known_at"], is_of_this_code)


def code_version() -> str:
    """The commit of the code that is here, and whether what makes figures was changed after it. Without git, `not known`."""
    git = ["git", "-C", str(REPOSITORY)]
    try:
        commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--", *map(str, MADE_BY)], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return "not known: there is no git here"
    return f"commit {commit}" + (", and files of models or pages changed after it" if changed else "")
