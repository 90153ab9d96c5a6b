"""The sums that a column is made of. A model's SQL is followed down from the column to where rows are added up or counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from warehouse.tracing.compiled_models import COUNTS, DIALECT, CannotBeFollowed, CompiledModels, Table

# The columns that say of which unit and month a sum is.
UNIT = ("organisation_id", "month_no", "scope", "scope_id")


@dataclass(frozen=True)
class Sum:
    """One aggregate of a select. `aggregate` is in that select's own names. `unit` says for each column of UNIT what it is there: a column of
    the select, or a literal."""

    model: Table
    scope: Scope
    aggregate: exp.Expr
    unit: Mapping[str, exp.Expr]


@dataclass(frozen=True)
class Column:
    """How a column is calculated for a unit and month: `formula` is SQL over the names of `sums`, and of `given`, the columns that are no sum
    and that the table itself has."""

    name: str
    formula: str
    sums: Mapping[str, Sum]
    given: tuple[str, ...]


def column_of(models: CompiledModels, table: Table, name: str) -> Column:
    """Follow a column of a table that has one row per unit and month. Raises CannotBeFollowed."""
    if name not in models.columns.get(table.place, {}):
        raise CannotBeFollowed(f"{table.name} of the build has no column {name}")
    walk = _Walk(models, name)
    formula = walk.formula(table, models.scope(table), name, {column: exp.column(column) for column in UNIT})
    if not walk.sums:
        return Column(name, name, {}, (name,))
    if walk.others:
        raise CannotBeFollowed(f"{table.name}.{name} mixes sums with {', '.join(sorted(walk.others))}")
    return Column(name, formula.sql(DIALECT), walk.sums, ())


class _Walk:
    def __init__(self, models: CompiledModels, name: str) -> None:
        self._models, self._name = models, name
        self.sums: dict[str, Sum] = {}
        self.others: set[str] = set()

    def formula(self, model: Table, scope: Scope, column: str, unit: Mapping[str, exp.Expr]) -> exp.Expr:
        """The column's expression, with the names of sums in place of what they add up."""
        select = scope.expression
        if not isinstance(select, exp.Select):
            raise CannotBeFollowed(f"{model.name}: {column} is put together from several queries before anything is added up")
        expression = projections(select)[column].copy()
        unit = {of_unit: _in_select(select, named) for of_unit, named in unit.items()}
        aggregates = list(_aggregates(expression))
        if aggregates:
            return self._with_sums(model, scope, expression, aggregates, unit)
        for named in list(expression.find_all(exp.Column)):
            below = self._below(model, scope, named, unit)
            if expression is named:
                return below
            named.replace(below)
        return expression

    def _with_sums(
        self, model: Table, scope: Scope, expression: exp.Expr, aggregates: list[exp.Expr], unit: Mapping[str, exp.Expr]
    ) -> exp.Expr:
        for aggregate in aggregates:
            name = f"{self._name}_{len(self.sums) + 1}"
            self.sums[name] = Sum(model, scope, aggregate.copy(), unit)
            if expression is aggregate:
                return exp.column(name)
            aggregate.replace(exp.column(name))
        return expression

    def _below(self, model: Table, scope: Scope, named: exp.Column, unit: Mapping[str, exp.Expr]) -> exp.Expr:
        """What a column of a source of the select is made of."""
        source = scope.sources[named.table]
        if isinstance(source, Scope):
            below, of = source, model
        else:
            of = self._models.table(source)
            if of.privacy != COUNTS:
                self.others.add(f"{of.name}.{named.name}")
                return named.copy()
            below = self._models.scope(of)
        names = names_of(below)
        return self.formula(of, below, named.name, {of_unit: _of_source(found, named.table, names) for of_unit, found in unit.items()})


def names_of(scope: Scope) -> list[str]:
    """The columns of a query, in order."""
    assert isinstance(scope.expression, exp.Query)
    return scope.expression.named_selects


def projections(select: exp.Expr) -> dict[str, exp.Expr]:
    """The expression of each column of a select."""
    assert isinstance(select, exp.Select)
    return {projection.alias_or_name: projection.unalias() for projection in select.selects}


def _aggregates(expression: exp.Expr) -> Iterator[exp.Expr]:
    """The aggregates of an expression that are not in a window: those add up rows that stay."""
    for found in expression.find_all(exp.AggFunc):
        if not found.find_ancestor(exp.Window):
            yield found


def _in_select(select: exp.Select, named: exp.Expr) -> exp.Expr:
    return projections(select)[named.name] if isinstance(named, exp.Column) else named


def _of_source(found: exp.Expr, source: str, names: list[str]) -> exp.Expr:
    """What a column of UNIT is in a source of the select: itself, or the one of the same name on which the source is joined."""
    if isinstance(found, exp.Literal):
        return found
    columns = list(found.find_all(exp.Column))
    for column in columns:
        if column.table == source:
            return exp.column(column.name)
    for column in columns:
        if column.name in names:
            return exp.column(column.name)
    raise CannotBeFollowed(f"{source} is joined without {found.sql(DIALECT)}")
