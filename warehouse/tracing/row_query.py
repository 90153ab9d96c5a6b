"""The rows that a sum adds up, as a query: the select of the sum without its grouping, and so on down to the rows of people and posts."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from warehouse.tracing.compiled_models import DIALECT, PERSONAL, CannotBeFollowed, CompiledModels, Table
from warehouse.tracing.sums_behind import UNIT, Sum, names_of, projections

# Pseudonyms by which a row is found again, beside the key of its table.
PSEUDONYMS = ("person_key", "agency_worker_key")
VALUE, COUNTED, HELD = "value", "counted", "key_"
# Of a table's key, what the unit and month say already.
OF_UNIT = ("organisation_id", "month_no", "month_end")


@dataclass
class Rows:
    """The rows behind a sum. `query` has the columns of `keys` and `value`, and parameters $organisation_id, $scope, $scope_id, $first_month_no
    and $last_month_no. `model` has the sum. `tables` are the tables whose rows they are. `each_adds` is what a row adds, in SQL. `keyless`: the rows of a key are
    several, and are added up."""

    model: Table
    query: str
    keys: list[str]
    tables: list[Table]
    each_adds: str
    keyless: bool = False


@dataclass
class _Bottom:
    """What was found where the SQL reads rows of people and posts."""

    keys: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    keyless: bool = False
    adds: exp.Expr = field(default_factory=exp.Null)


def rows_behind(models: CompiledModels, added: Sum) -> Rows:
    """The query of the rows behind a sum. Raises CannotBeFollowed."""
    bottom = _Bottom()
    counts_different = isinstance(added.aggregate.this, exp.Distinct)
    value = added.aggregate.this.expressions[0] if counts_different else _row_of(added.aggregate)
    bottom.adds = value.copy()
    unfolded = _Unfolding(models, bottom).select(added.scope, {**added.unit, COUNTED: value})
    keys = [held.removeprefix(HELD) for held in bottom.keys]
    first = exp.column(COUNTED)
    if counts_different:
        order = ", ".join(bottom.keys)
        first = exp.maybe_parse(
            f"case when {COUNTED} is null then null when row_number() over (partition by month_no, {COUNTED} order by {order}) = 1 then 1 else 0 end",
            dialect=DIALECT,
        )
    columns = ["month_no", *(f"{HELD}{key} as {key}" for key in keys), f"{first.sql(DIALECT)} as {VALUE}"]
    root = models.scope(added.model).expression
    query = (
        f"select {', '.join(columns)} from ({unfolded.sql(DIALECT, pretty=True)}) as unfolded\n"
        f"where {' and '.join(f'{name} = ${name}' for name in UNIT if name != 'month_no')}\n"
        "and month_no between $first_month_no and $last_month_no"
    )
    ctes = root.args.get("with_")
    each_adds = f"1 for each different {_in_words(bottom.adds)}" if counts_different else _in_words(bottom.adds)
    return Rows(
        added.model, f"{ctes.sql(DIALECT, pretty=True)}\n{query}" if ctes else query, keys, bottom.tables, each_adds, bottom.keyless
    )


class _Unfolding:
    """Selects written anew without their grouping. What they read on the way to the rows is written anew too; what they join stays."""

    def __init__(self, models: CompiledModels, bottom: _Bottom) -> None:
        self._models, self._bottom, self._alias = models, bottom, ""

    def select(self, scope: Scope, outputs: dict[str, exp.Expr]) -> exp.Select:
        """A select with these outputs, one row per row below it, and the keys of that row beside them."""
        old = scope.expression
        if not isinstance(old, exp.Select) or old.args.get("distinct") or old.args.get("having"):
            raise CannotBeFollowed("A query on the way to the rows removes rows that are alike")
        new = old.copy()
        for dropped in ("group", "order", "with_"):
            new.set(dropped, None)
        read = old.args["from_"].this
        alias, source = read.alias_or_name, scope.sources[read.alias_or_name]
        selected = [exp.alias_(expression.copy(), name, quoted=True) for name, expression in outputs.items()]
        new.set("expressions", selected)
        if isinstance(source, exp.Table) and self._models.table(source).privacy == PERSONAL:
            held = self._keys_of(scope, alias)
            selected += [exp.alias_(column, key, quoted=True) for key, column in held.items()]
        else:
            below = source if isinstance(source, Scope) else self._models.scope(self._models.table(source))
            needed = {column.name for column in new.find_all(exp.Column) if column.table == alias}
            self._alias = alias
            inside = self.source(below, sorted(needed))
            new.args["from_"].set("this", exp.alias_(exp.Subquery(this=inside), alias, quoted=True, table=True))
            selected += [exp.column(key, table=alias, quoted=True) for key in self._bottom.keys]
        new.set("expressions", selected)
        return new

    def source(self, scope: Scope, names: list[str]) -> exp.Query:
        """What a select reads, written anew with these columns."""
        if scope.set_operation_scopes:
            union = scope.expression
            if not isinstance(union, exp.Union) or union.args.get("distinct"):
                raise CannotBeFollowed("A union on the way to the rows removes rows that are alike")
            # The parts of a union have the columns in the same places, and the names of the first.
            left, right = (
                self._part(part, [union.named_selects.index(name) for name in names], names) for part in scope.set_operation_scopes
            )
            return exp.union(left, right, distinct=False)
        return self._columns(scope, {name: name for name in names})

    def _part(self, scope: Scope, places: list[int], names: list[str]) -> exp.Query:
        own = names_of(scope)
        if scope.set_operation_scopes:
            return self.source(scope, [own[place] for place in places])
        return self._columns(scope, {name: own[place] for name, place in zip(names, places, strict=True)})

    def _columns(self, scope: Scope, names: dict[str, str]) -> exp.Select:
        """A select that is read, written anew: by what a column is called where it is read, its own name."""
        columns, grouped = projections(scope.expression), scope.expression.args.get("group")
        outputs = {name: _ungrouped(columns[own], grouped) for name, own in names.items()}
        if not self._bottom.tables:
            self._bottom.adds = _with(self._bottom.adds, self._alias, outputs)
        return self.select(scope, outputs)

    def _keys_of(self, scope: Scope, alias: str) -> dict[str, exp.Expr]:
        """The keys of the tables whose rows these are: of the table that is read, and of those of people and posts that are joined to it without
        `left`. A table without a key has all its columns instead, except those that are added up or asked for."""
        held: dict[str, exp.Expr] = {}
        inner = [join.this.alias_or_name for join in scope.expression.args.get("joins") or () if not join.side]
        read = [self._bottom.adds, scope.expression.args.get("where")]
        added = {column.name for part in read if part for column in part.find_all(exp.Column)}
        for name in (alias, *inner):
            source = scope.sources[name]
            table = self._models.table(source) if isinstance(source, exp.Table) else None
            if table is None or table.privacy != PERSONAL:
                continue
            columns = self._models.columns[table.place]
            keys = table.grain or [column for column in columns if column not in added]
            for column in (*keys, *(pseudonym for pseudonym in PSEUDONYMS if pseudonym in columns)):
                if column not in OF_UNIT:
                    held.setdefault(HELD + column, exp.column(column, table=name, quoted=True))
            if table not in self._bottom.tables:
                self._bottom.tables.append(table)
                self._bottom.keyless |= not table.grain
        if self._bottom.keys and list(held) != self._bottom.keys:
            raise CannotBeFollowed("A sum adds up rows of different tables")
        self._bottom.keys = list(held)
        return held


def _with(expression: exp.Expr, alias: str, columns: dict[str, exp.Expr]) -> exp.Expr:
    """An expression with these expressions in place of the columns of a source."""

    def written(node: exp.Expr) -> exp.Expr:
        return columns[node.name].copy() if isinstance(node, exp.Column) and node.table == alias else node

    return expression.copy().transform(written)


def _in_words(expression: exp.Expr) -> str:
    """An expression without quotes around its names."""

    def written(node: exp.Expr) -> exp.Expr:
        return exp.column(node.name, table=node.table or None) if isinstance(node, exp.Column) else node

    return expression.copy().transform(written).sql(DIALECT).lower()


def _row_of(aggregate: exp.Expr) -> exp.Expr:
    """What one row adds to an aggregate."""
    if isinstance(aggregate, exp.Sum):
        added: exp.Expr = aggregate.this
        return added
    if isinstance(aggregate, exp.Count) and isinstance(aggregate.this, exp.Star):
        return exp.Literal.number(1)
    raise CannotBeFollowed(f"{aggregate.sql(DIALECT)} does not add up rows")


def _ungrouped(expression: exp.Expr, grouped: exp.Group | None) -> exp.Expr:
    """A column of a grouped select for one row: what the row adds, or the key of its group."""
    if grouped is None or (isinstance(expression, exp.Literal) and expression.is_string) or expression in grouped.expressions:
        return expression
    return _row_of(expression)
