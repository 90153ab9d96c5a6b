"""A publication goes to PostgreSQL, and comes away again. Readers see one publication or another, never a part of one.

Each publication is loaded into a schema of its own. The views that readers ask are switched in the same transaction, so that a load that is killed
leaves the old publication.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.csv as arrow_csv
from psycopg2 import errors, sql

from foundation.errors import ConfigurationError
from foundation.storage import storage
from warehouse.published_tables import SCHEMA
from warehouse.serving import rights
from warehouse.serving.readers import Readers, read_readers, refuse_unknown_names
from warehouse.serving.served_tables import COUNCIL, ServedColumn, ServedPublication, ServedTable, read_publication
from warehouse.serving.server import ServerError, connection

LEDGER = "workforce_serving"
INSIDE = "inside"
ROWS_AT_ONCE = 50_000
# How long a switch waits for readers who hold a table in a transaction, and how long the removal of an earlier publication does.
PATIENCE, SHORT_PATIENCE = 120.0, 5.0
_PAUSE = 0.2


@dataclass
class Served:
    """What was done: whether rows were loaded, how many, the schema, and what else to know."""

    schema: str
    rows: int
    was_loaded: bool
    remarks: list[str] = field(default_factory=list)


def serve(
    folder: Path | None = None, audience: str = INSIDE, while_loading: Callable[[str], None] | None = None, patience: float = PATIENCE
) -> Served:
    """Copy a publication (None: `published/latest`) to PostgreSQL, and switch the views of its audience to it.

    A publication that is there already is not loaded again. `while_loading` is called with each table's name before it is filled. Raises
    ConfigurationError.
    """
    place, readers = storage(), read_readers()
    found = read_publication(folder or place.latest, audience, place)
    refuse_unknown_names(readers, found.tables, audience)
    with connection() as opened, opened.cursor() as cursor:
        _ledger(cursor)
        cursor.execute(f"select 1 from {LEDGER}.withdrawn where publication = %s", [found.publication])
        if cursor.fetchone():
            raise ServerError(
                f"Publication {found.publication} was withdrawn, so it is not served. Publish the month again, or serve another"
            )
        remarks = [_ask_a_superuser(statement) for statement in rights.close_to_the_public(cursor)]
        made = rights.make_groups(cursor, readers)
        if made:
            remarks.append(f"New groups: {', '.join(made)}")
        cursor.execute(f"select 1 from {LEDGER}.publication where schema_name = %s", [found.schema])
        is_there = cursor.fetchone() is not None
        rows = 0 if is_there else _load(cursor, found, while_loading)
        remarks += _switch(cursor, found.schema, audience, found.tables, readers, patience)
    remarks += _prune(audience, readers)
    return Served(found.schema, rows, not is_there, remarks)


def renew_rights(patience: float = PATIENCE) -> list[str]:
    """Make the groups of the configuration, and set all rights anew on what is served. Returns what was done. Raises ConfigurationError."""
    readers = read_readers()
    with connection() as opened, opened.cursor() as cursor:
        _ledger(cursor)
        done = [_ask_a_superuser(statement) for statement in rights.close_to_the_public(cursor)]
        made = rights.make_groups(cursor, readers)
        done.append(f"{len(readers.groups)} groups, of which {len(made)} are new" + (f": {', '.join(made)}" if made else ""))
        cursor.execute(f"select audience, schema_name from {LEDGER}.publication where is_current order by 1")
        for audience, schema in cursor.fetchall():
            tables = _tables_of(cursor, schema)
            refuse_unknown_names(readers, tables, audience)
            done += _switch(cursor, schema, audience, tables, readers, patience)
            done.append(f"Rights on {schema} are set anew")
        done += [
            f"{role} is a group no longer. It has no right left. Once it has no member: drop role {role}"
            for role in rights.roles_without_a_group(cursor, readers)
        ]
    return done


def withdraw(publication: str, patience: float = PATIENCE) -> list[str]:
    """Take a publication (its id) away from all readers, for good. The views go to the latest that is left.

    Its rows are deleted. If a reader holds them still, nobody can begin to read them any more, and the next `serve` deletes them. Returns what was
    done. Raises ConfigurationError.
    """
    if not publication.isalnum():
        raise ConfigurationError(f"{publication!r} is no id of a publication: it has letters and digits, as in manifest.json")
    readers, done = read_readers(), []
    with connection() as opened, opened.cursor() as cursor:
        _ledger(cursor)
        cursor.execute(f"insert into {LEDGER}.withdrawn (publication) values (%s) on conflict do nothing", [publication])
        cursor.execute(f"select schema_name, audience, is_current from {LEDGER}.publication where publication = %s", [publication])
        gone = cursor.fetchall()
        for schema, _, _ in gone:
            rights.take_all(cursor, schema)
    if not gone:
        return [f"The server does not have publication {publication}. It will not be served"]
    for schema, audience, is_current in gone:
        done.append(f"{schema}: nobody may read it any more")
        if is_current:
            done.append(_go_back(audience, readers, patience))
        done += _drop(schema)
    return done


def _go_back(audience: str, readers: Readers, patience: float) -> str:
    """Switch an audience's views to the latest publication that is not withdrawn; without one, drop them."""
    with connection() as opened, opened.cursor() as cursor:
        _ledger(cursor)
        cursor.execute(
            f"select schema_name from {LEDGER}.publication where audience = %s and publication not in (select publication from "
            f"{LEDGER}.withdrawn) order by month desc, made_at desc limit 1",
            [audience],
        )
        if left := cursor.fetchone():
            _switch(cursor, left[0], audience, _tables_of(cursor, left[0]), readers, patience)
            return f"Readers of {audience} now see {left[0]}"
        kinds = readers.of_audience(audience)
        _lock(cursor, [(kind.schema, view) for kind in kinds for view in rights.views_of(cursor, kind.schema)], patience)
        for kind in kinds:
            rights.drop_views(cursor, kind.schema)
        cursor.execute(f"update {LEDGER}.publication set is_current = false where audience = %s", [audience])
        return f"The server has no other publication for {audience}: readers see nothing until the next is served"


def _ledger(cursor: Any) -> None:
    """What the server has. Whoever changes it waits here for another who does: readers have no right to this table, so cannot hold it."""
    cursor.execute("select 1 from pg_namespace where nspname = %s", [LEDGER])
    if not cursor.fetchone():
        try:
            cursor.execute(
                f"""
                create schema {LEDGER};
                create table {LEDGER}.publication (
                    schema_name text primary key, audience text not null, publication text not null, month text not null,
                    made_at timestamptz not null, loaded_at timestamptz not null default now(), is_current boolean not null default false
                );
                create table {LEDGER}.withdrawn (publication text primary key, withdrawn_at timestamptz not null default now());
                """
            )
        except (errors.UniqueViolation, errors.DuplicateSchema):
            raise ServerError("Another run made its first table on the server at the same moment. Type the same again") from None
    cursor.execute(f"lock table {LEDGER}.publication in share row exclusive mode")


def _load(cursor: Any, found: ServedPublication, while_loading: Callable[[str], None] | None) -> int:
    """Make a schema with all tables of a publication, filled, with keys, indexes and comments. Returns the number of rows."""
    cursor.execute(sql.SQL("create schema {}").format(sql.Identifier(found.schema)))
    cursor.execute(
        sql.SQL("comment on schema {} is {}").format(
            sql.Identifier(found.schema), sql.Literal(f"Publication {found.publication} of {found.month}, made at {found.made_at}")
        )
    )
    rows = 0
    with duckdb.connect(str(found.database), read_only=True) as marts:
        for table in found.tables:
            cursor.execute(_create(found.schema, table))
            if while_loading:
                while_loading(table.name)
            rows += _fill(cursor, found.schema, table, marts)
            _key_and_describe(cursor, found.schema, table)
    cursor.execute(
        f"insert into {LEDGER}.publication (schema_name, audience, publication, month, made_at) values (%s, %s, %s, %s, %s)",
        [found.schema, found.audience, found.publication, found.month, found.made_at],
    )
    return rows


def _create(schema: str, table: ServedTable) -> sql.Composable:
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name), sql.SQL(column.kind), sql.SQL(" not null") if column.always_filled else sql.SQL("")
        )
        for column in table.columns
    ]
    # A table that never changes is never vacuumed, and its statistics are those made below.
    return sql.SQL("create table {} ({}) with (autovacuum_enabled = false)").format(
        sql.Identifier(schema, table.name), sql.SQL(", ").join(columns)
    )


def _fill(cursor: Any, schema: str, table: ServedTable, marts: duckdb.DuckDBPyConnection) -> int:
    batches = marts.execute(f'select * from {SCHEMA}."{table.name}"').to_arrow_reader(ROWS_AT_ONCE)
    cursor.copy_expert(
        sql.SQL("copy {} ({}) from stdin (format csv)").format(
            sql.Identifier(schema, table.name), sql.SQL(", ").join(map(sql.Identifier, table.names))
        ),
        _Csv(batches),
    )
    return int(cursor.rowcount)


class _Csv(io.RawIOBase):
    """Batches of rows as the file that COPY reads: an empty text is quoted, and what is not known is not."""

    def __init__(self, batches: Any) -> None:
        self._pieces: Iterator[bytes] = map(_csv, batches)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        given, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return given


def _csv(batch: Any) -> bytes:
    out = io.BytesIO()
    arrow_csv.write_csv(batch, out, arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return out.getvalue()


def _key_and_describe(cursor: Any, schema: str, table: ServedTable) -> None:
    name = sql.Identifier(schema, table.name)
    if table.key:
        cursor.execute(sql.SQL("alter table {} add primary key ({})").format(name, sql.SQL(", ").join(map(sql.Identifier, table.key))))
    for join in table.joins:
        cursor.execute(
            sql.SQL("alter table {} add foreign key ({}) references {} ({})").format(
                name, sql.Identifier(join.column), sql.Identifier(schema, join.table), sql.Identifier(join.key)
            )
        )
    keys = [column for column in table.columns if is_a_key(table, column)]
    for column in keys:
        if table.key != (column.name,):
            cursor.execute(sql.SQL("create index on {} ({})").format(name, sql.Identifier(column.name)))
    # Statistics hold values, and a plan shows what they say. So only what a row is about has them, and never a figure.
    for column in table.columns:
        if column not in keys:
            cursor.execute(sql.SQL("alter table {} alter column {} set statistics 0").format(name, sql.Identifier(column.name)))
    cursor.execute(sql.SQL("analyze {}").format(name))
    cursor.execute(sql.SQL("comment on table {} is {}").format(name, sql.Literal(table.comment)))
    for column in table.columns:
        cursor.execute(
            sql.SQL("comment on column {} is {}").format(sql.Identifier(schema, table.name, column.name), sql.Literal(column.comment))
        )


def is_a_key(table: ServedTable, column: ServedColumn) -> bool:
    """Whether a column says what a row is about: the table's key, a key of another table, or the council."""
    return column.name in table.key or column.name == COUNCIL or any(join.column == column.name for join in table.joins)


def _switch(cursor: Any, schema: str, audience: str, tables: Sequence[ServedTable], readers: Readers, patience: float) -> list[str]:
    """Have the views of an audience read one publication, and take the others from all who may not read earlier ones."""
    kinds = readers.of_audience(audience)
    read_earlier = [kind for kind in kinds if kind.reads_earlier]
    cursor.execute(
        f"select schema_name, publication in (select publication from {LEDGER}.withdrawn) from {LEDGER}.publication "
        "where audience = %s and schema_name <> %s order by 1",
        [audience, schema],
    )
    earlier = {name: (_tables_of(cursor, name), [] if is_withdrawn else read_earlier) for name, is_withdrawn in cursor.fetchall()}
    _lock(
        cursor,
        [
            *((kind.schema, view) for kind in kinds for view in rights.views_of(cursor, kind.schema)),
            *((schema, table.name) for table in tables),
            *((name, table.name) for name, (those, by) in earlier.items() if by for table in those),
        ],
        patience,
    )
    remarks = rights.grant_tables(cursor, schema, tables, readers, kinds, with_views=True)
    for name, (those, by) in earlier.items():
        if by:
            rights.grant_tables(cursor, name, those, readers, by, with_views=False)
        else:
            rights.take_all(cursor, name)
    cursor.execute(
        "select nspname from pg_namespace where starts_with(nspname, 'workforce_') and nspname <> %s and nspowner = current_user::regrole",
        [LEDGER],
    )
    for other in sorted({name for (name,) in cursor.fetchall()} - {kind.schema for kind in readers.kinds}):
        # The views of a kind that the configuration has no longer.
        rights.take_all(cursor, other)
    cursor.execute(f"update {LEDGER}.publication set is_current = (schema_name = %s) where audience = %s", [schema, audience])
    return remarks


def _lock(cursor: Any, relations: Sequence[tuple[str, str]], patience: float) -> None:
    """Lock views and tables, all of them or none, and never wait while holding one: a reader who waits for us is waited for by nobody.

    A statement that reads two views reads both of one publication, because it holds the first while it looks for the second.
    """
    if not relations:
        return
    names = sql.SQL(", ").join(sql.Identifier(*relation) for relation in relations)
    until = time.monotonic() + patience
    while True:
        cursor.execute("savepoint before_locks")
        try:
            cursor.execute(sql.SQL("lock table {} in access exclusive mode nowait").format(names))
        except errors.LockNotAvailable:
            cursor.execute("rollback to savepoint before_locks")
            if time.monotonic() > until:
                raise ServerError(
                    f"A reader has held a table in an open transaction for {patience:.0f} s, so nothing was changed. Close it, or wait: readers' "
                    f"transactions end after {rights.SETTINGS['idle_in_transaction_session_timeout']} without a question. Type the same again"
                ) from None
            time.sleep(_PAUSE)
        else:
            cursor.execute("release savepoint before_locks")
            return


def _prune(audience: str, readers: Readers) -> list[str]:
    """Delete the earlier publications of an audience beyond those that are kept, and what was withdrawn."""
    with connection() as opened, opened.cursor() as cursor:
        cursor.execute(
            f"""
            select schema_name from (
                select schema_name, is_current, publication in (select publication from {LEDGER}.withdrawn) as is_withdrawn,
                    row_number() over (order by is_current desc, month desc, made_at desc) as place
                from {LEDGER}.publication where audience = %s
            ) as ordered
            where not is_current and (place > %s or is_withdrawn) order by 1
            """,
            [audience, readers.keep],
        )
        old = [schema for (schema,) in cursor.fetchall()]
    return [line for schema in old for line in _drop(schema)]


def _drop(schema: str) -> list[str]:
    """Delete a publication's schema. If a reader holds it, say so: the next `serve` deletes it."""
    try:
        with connection() as opened, opened.cursor() as cursor:
            _ledger(cursor)
            cursor.execute("select tablename from pg_tables where schemaname = %s order by 1", [schema])
            _lock(cursor, [(schema, table) for (table,) in cursor.fetchall()], SHORT_PATIENCE)
            cursor.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
            cursor.execute(f"delete from {LEDGER}.publication where schema_name = %s", [schema])
    except ServerError as held:
        return [f"{schema} is not deleted yet: {held}"]
    return [f"{schema} is deleted"]


def _tables_of(cursor: Any, schema: str) -> list[ServedTable]:
    """The tables of a publication as the server has them, for setting rights."""
    cursor.execute(
        """
        select relname, coalesce(obj_description(pg_class.oid, 'pg_class'), ''), attname, format_type(atttypid, atttypmod), attnotnull,
            coalesce(col_description(pg_class.oid, attnum), '')
        from pg_class inner join pg_attribute on attrelid = pg_class.oid
        where relnamespace = %s::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
        order by relname, attnum
        """,
        [sql.Identifier(schema).as_string(cursor)],
    )
    found: dict[tuple[str, str], list[ServedColumn]] = {}
    for table, comment, name, kind, filled, described in cursor.fetchall():
        found.setdefault((table, comment), []).append(ServedColumn(name, kind, filled, described))
    return [ServedTable(table, comment, tuple(columns), (), ()) for (table, comment), columns in found.items()]


def _ask_a_superuser(statement: str) -> str:
    return f"Ask a superuser of the server to type, in this database: {statement}"
