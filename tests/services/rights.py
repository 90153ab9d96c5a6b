"""Try, on a real server, what a reader might try, as each kind of reader on each table, and write what came of it.

python -m tests.services.rights [--publication published/latest] [--out docs]

What is tried stands in `ON_A_TABLE` and `AT_ALL`. An outcome that is not allowed is an error: the page cannot be written with it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg2
import yaml
from psycopg2 import errors, sql

from foundation.storage import storage
from tests.services.own_database import Database, own_database
from warehouse.serving import logins
from warehouse.serving.readers import Group, Readers, read_readers
from warehouse.serving.serve import serve
from warehouse.serving.served_tables import COUNCIL, ServedTable, read_publication
from warehouse.serving.server import connection

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = "rights_on_the_server.md"
DENIED, OWN_ROWS, NOTHING = "denied", "own rows alone", "nothing"
# The councils that no group of one council or partnership here reads.
OTHER = "leicestershire"
ROLES = {
    "analyst of a council": "analyst_peterborough",
    "analyst of a partnership": "analyst_cambridgeshire_and_peterborough",
    "board": "board",
    "HR data quality": "data_quality_peterborough",
    "engineer": "engineer",
}
NOBODY = "no group"


_OUTSIDE_A_TRANSACTION = ("alter system", "create database")


class Allowed(AssertionError):
    """Something was possible that should not be. The message says who could do what."""


@dataclass(frozen=True)
class Reader:
    """A login that tries: its connection, its group (None: it is in none), the councils whose rows it may read (None: all), and where it is."""

    title: str
    login: str
    opened: Any
    group: Group | None
    councils: tuple[str, ...] | None
    schema: str
    earlier: str

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, in a transaction that is rolled back."""
        self.opened.autocommit = statement.startswith(_OUTSIDE_A_TRANSACTION)
        try:
            with self.opened.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            self.opened.rollback()
            self.opened.autocommit = False

    def may_see(self, councils: set[Any]) -> bool:
        return self.councils is None or councils <= {*self.councils, None}

    def columns(self, table: ServedTable) -> list[str]:
        return self.group.kind.columns(table) if self.group else []


def refused(reader: Reader, statement: str) -> str:
    """DENIED, if the server denies a statement for lack of a right, and for nothing else."""
    try:
        reader.ask(statement)
    except errors.InsufficientPrivilege:
        return DENIED
    except psycopg2.Error as other:
        raise Allowed(f"{reader.title}: {statement}: not denied for lack of a right: {other}") from None
    raise Allowed(f"{reader.title}: {statement}: was done")


def own_rows(reader: Reader, statement: str) -> str:
    """OWN_ROWS, if no row of a statement, whose first column is the council, is of a council that the reader may not read."""
    councils = {row[0] for row in reader.ask(statement)}
    if not reader.may_see(councils):
        raise Allowed(f"{reader.title}: {statement}: gave rows of {sorted(map(str, councils))}")
    return OWN_ROWS


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


# What is tried on each table, of the view and of the table below it: `from_` is one of the two.
Try = Callable[[Reader, ServedTable, str], str]


def _of_others(reader: Reader, table: ServedTable, from_: str) -> str:
    if reader.councils is None:
        return "all councils"
    if (found := reader.ask(f"select count(*) from {from_} where {COUNCIL} = '{OTHER}'")) != [(0,)]:
        raise Allowed(f"{reader.title}: reads {found[0][0]} rows of {OTHER} in {from_}")
    return NOTHING


def _all_rows(reader: Reader, table: ServedTable, from_: str) -> str:
    return own_rows(reader, f"select distinct {COUNCIL} from {from_}")


def _leaky_condition(reader: Reader, table: ServedTable, from_: str) -> str:
    """A condition that fails at a row of another council, if it is looked at before the policy."""
    if reader.councils is None:
        return "all councils"
    reader.ask(f"select count(*) from {from_} where 1 / (case when {COUNCIL} = '{OTHER}' then 0 else 1 end) = 1")
    return NOTHING


def _leaky_message(reader: Reader, table: ServedTable, from_: str) -> str:
    """A cast that fails, with the value in its message."""
    try:
        reader.ask(f"select count(*) from {from_} where {COUNCIL} <> '{_own(reader)}' and {COUNCIL}::integer = 0")
    except errors.InvalidTextRepresentation as said:
        if not reader.may_see({re.findall(r'"([^"]*)"', str(said))[0]}):
            raise Allowed(f"{reader.title}: a message of {from_} has a value of another council") from None
    return OWN_ROWS


def _own(reader: Reader) -> str:
    return reader.councils[0] if reader.councils else "peterborough"


def _plan(reader: Reader, table: ServedTable, from_: str) -> str:
    """A plan, run, of the rows of another council: none comes out of the scan."""
    if reader.councils is None:
        return "all councils"
    plan = reader.ask(f"explain (analyze, format json) select * from (select {_names(reader.columns(table))} from {from_}) t "
                      f"where {COUNCIL} = '{OTHER}'")[0][0]  # fmt: skip
    if plan[0]["Plan"]["Actual Rows"] != 0:
        raise Allowed(f"{reader.title}: a plan of {from_} gave rows of {OTHER}")
    return NOTHING


def _in_another_function(reader: Reader, table: ServedTable, from_: str) -> str:
    """A function that runs a text as SQL."""
    council = f"(xpath('//{COUNCIL}/text()', rows))[1]::text"
    return own_rows(
        reader,
        f"select {council} from unnest(xpath('//row', query_to_xml('select distinct {COUNCIL} from {from_}', false, false, ''))) as rows",
    )


def _copy(reader: Reader, table: ServedTable, from_: str) -> str:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        try:
            with reader.opened.cursor() as cursor:
                cursor.copy_expert(f"copy (select distinct {COUNCIL} from {from_}) to stdout with (format csv)", out)
        finally:
            reader.opened.rollback()
        out.seek(0)
        councils = {line.strip() or None for line in out}
    if not reader.may_see(councils):
        raise Allowed(f"{reader.title}: COPY of {from_} gave rows of {councils}")
    return OWN_ROWS


def _statistics(reader: Reader, table: ServedTable, from_: str) -> str:
    found = reader.ask(f"select * from pg_stats where tablename = '{table.name}' and schemaname = '{reader.schema}'")
    if found:
        raise Allowed(f"{reader.title}: reads statistics of {table.name}")
    return NOTHING


def _without_row_security(reader: Reader, table: ServedTable, from_: str) -> str:
    return refused(reader, f"set local row_security = off; select count(*) from {from_}")


OF_COUNCILS: dict[str, Try] = {
    "SELECT all rows": _all_rows,
    "SELECT the rows of another council": _of_others,
    "SELECT with `row_security` off": _without_row_security,
    "a condition that fails at a row of another council": _leaky_condition,
    "a cast whose message has the value": _leaky_message,
    "EXPLAIN ANALYZE of the rows of another council": _plan,
    "a function that runs a text as SQL (`query_to_xml`)": _in_another_function,
    "COPY to the client": _copy,
}
READABLE: dict[str, Try] = {"statistics of the columns (`pg_stats`)": _statistics}
_WRITES = {
    "INSERT": "insert into {table} default values",
    "UPDATE": 'update {table} set "{column}" = null',
    "DELETE": "delete from {table}",
    "SELECT ... FOR UPDATE": "select 1 from {table} for update",
    "LOCK": "lock table {table} in access exclusive mode",
    "COPY from the client": "copy {table} from stdin",
    "COMMENT": "comment on {kind} {table} is 'x'",
    "ALTER ... OWNER": "alter {kind} {table} owner to current_user",
    "DROP": "drop {kind} {table} cascade",
    "CREATE TRIGGER": "create trigger t before insert on {table} for each row execute function suppress_redundant_updates_trigger()",
    "CREATE RULE": "create rule r as on insert to {table} do instead nothing",
}
_TABLE_ALONE = {
    "TRUNCATE": "truncate {table}",
    "MERGE": "merge into {table} using (select 1) as one on false when not matched then do nothing when matched then delete",
    "CREATE INDEX": "create index on {table} (({column}::text))",
    "CREATE POLICY": "create policy p on {table} using (true)",
    "ALTER ... DISABLE ROW LEVEL SECURITY": "alter table {table} disable row level security",
}
_VIEW_ALONE = {
    "ALTER VIEW ... security_invoker": "alter view {table} set (security_invoker = false)",
    "CREATE OR REPLACE VIEW": "create or replace view {table} as select 1 as one",
}


def at_all(reader: Reader) -> dict[str, list[str]]:
    """Statements that are of no table, all to be denied, by what they try."""
    other_groups = [name for name in (f"{_prefix(reader)}{group}" for group in (*ROLES.values(), "analyst_leicestershire"))
                    if not reader.group or name != reader.group.role]  # fmt: skip
    figure = "indicator_value"
    denied = {
        "CREATE a table, view, function, type or sequence in any schema": [
            f"create {what}"
            for schema in ("public", reader.schema, "workforce_analyst", "workforce_serving")
            for what in (
                f"table {schema}.t (a int)", f"view {schema}.v as select 1 as one", f"type {schema}.k as (a int)", f"sequence {schema}.s",
                f"function {schema}.f() returns int language sql as 'select 1'",
                f"operator {schema}.=== (leftarg = text, rightarg = text, function = texteq)",
            )
        ],
        "CREATE a temporary table or view, which could take the place of one in the search path": [
            "create temp table indicator_value (a int)", "create temp view indicator_value as select 1 as one",
            "create table pg_temp.indicator_value (a int)", "select 1 into temp indicator_value",
        ],
        "CREATE a function in `pg_temp`": ["create function pg_temp.f(text) returns bool language plpgsql cost 0.0001 as 'begin return true; end'"],
        "CREATE a schema, database, role, extension, language or server": [
            "create schema s", "create database d", "create role r", "create extension dblink schema pg_catalog",
            "create extension file_fdw schema pg_catalog", "create foreign data wrapper w", "create publication p for all tables", "create event trigger e on sql_drop execute function f()",
        ],
        "SET ROLE to another group, or to the owner": [f'set role "{name}"' for name in (*other_groups, "pg_read_all_data", "pg_monitor", _owner(reader))],
        "SET SESSION AUTHORIZATION": [f'set session authorization "{name}"' for name in (*other_groups, _owner(reader))],
        "GRANT itself another group": [f'grant "{name}" to "{reader.login}"' for name in (*other_groups, "pg_read_all_data")],
        "ALTER its own role": [f'alter role "{reader.login}" {what}' for what in ("superuser", "bypassrls", "createrole", "createdb", "replication")],
        "SET what is logged, or what is loaded": [
            "set log_statement = none", "set log_min_error_statement = panic", "set session_preload_libraries = 'x'", "load 'dblink'",
            "set log_duration = on", f'alter role "{reader.login}" set log_statement = none', "alter system set log_statement = none",
            "set session_replication_role = replica", "set local log_parameter_max_length = 0",
        ],
        "read or write files of the server": [
            "select pg_read_file('/etc/passwd')", "select pg_read_binary_file('/etc/passwd')", "select pg_ls_dir('.')",
            "select pg_stat_file('/etc/passwd')", "select lo_import('/etc/passwd')", "select lo_export(1, '/tmp/x')",
            "copy (select 1) to '/tmp/x'", "copy public.x from '/etc/passwd'", "select pg_ls_logdir()", "select pg_current_logfile()",
            "select * from pg_hba_file_rules", "select * from pg_file_settings",
        ],
        "run a program of the server": ["copy (select 1) to program 'true'"],
        "make a large object": ["select lo_create(0)", "select lo_creat(-1)", "select lo_from_bytea(0, 'x')"],
        "read passwords or statistics of the server": [
            "select * from pg_authid", "select * from pg_statistic", "select * from pg_largeobject", "select * from pg_user_mapping",
            "select * from pg_statistic_ext_data", "select * from pg_subscription",
        ],
        "reload the server, turn its log, or end a session of another": [
            "select pg_reload_conf()", "select pg_rotate_logfile()", "select pg_switch_wal()", "select pg_create_restore_point('x')",
            f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{_owner(reader)}'",
            f"select pg_cancel_backend(pid) from pg_stat_activity where usename = '{_owner(reader)}'",
        ],
        "the list of what the server has (schema `workforce_serving`)": [
            "select * from workforce_serving.publication", "select * from workforce_serving.withdrawn",
            "insert into workforce_serving.withdrawn values ('x')", "lock table workforce_serving.publication in access share mode",
        ],
        "statistics of another's": ["select pg_stat_reset()", "select pg_stat_get_backend_activity(1) from public.x"],
    }  # fmt: skip
    denied["statistics of another's"] = ["select pg_stat_reset()"]
    kinds = {"analyst", "board", "data_quality", "engineer"} - ({reader.group.kind.name} if reader.group else set())
    denied["the views of other kinds of readers, by name or by `search_path`"] = [
        statement
        for kind in sorted(kinds)
        for statement in (
            f"select count(*) from workforce_{kind}.unit",
            f"set local search_path = workforce_{kind}; select count(*) from workforce_{kind}.unit",
            f"do $$ begin perform count(*) from workforce_{kind}.unit; end $$",
        )
    ]
    if not (reader.group and reader.group.kind.reads_earlier):
        denied["another publication's schema"] = [
            f"select count(*) from {reader.earlier}.{figure}", f"set local search_path = {reader.earlier}; select count(*) from {reader.earlier}.unit",
            f"do $$ begin perform count(*) from {reader.earlier}.{figure}; end $$",
        ]  # fmt: skip
    if not reader.group:
        denied["the publication's tables and views"] = [f"select 1 from {reader.schema}.{figure}", "select 1 from workforce_analyst.unit"]
    return denied


def _prefix(reader: Reader) -> str:
    return reader.login[1:].rpartition("_r")[0] + "_"


def _owner(reader: Reader) -> str:
    return str(reader.ask("select pg_get_userbyid(datdba) from pg_database where datname = current_database()")[0][0])


def other_queries(reader: Reader) -> str:
    """What others ask is not shown."""
    found = reader.ask(
        f"select query from pg_stat_activity where usename <> '{reader.login}' and query not in ('', '<insufficient privilege>')"
    )
    if found:
        raise Allowed(f"{reader.title}: reads what others ask")
    return NOTHING


def anonymous_block(reader: Reader, table: str) -> str:
    """A block of code runs with the reader's rights: it finds no row of another council."""
    if reader.councils is None:
        return "all councils"
    reader.ask(f"do $$ begin if exists (select from {table} where {COUNCIL} = '{OTHER}') then raise 'found'; end if; end $$")
    return NOTHING


@dataclass(frozen=True)
class Report:
    """What each reader reads of each table, and what came of each try. `tries`: how many statements were run."""

    reads: dict[str, dict[str, str]]
    outcomes: dict[str, dict[str, str]]
    tries: int


def try_everything(readers: Sequence[Reader], tables: Sequence[ServedTable], counts: dict[str, dict[str | None, int]]) -> Report:
    """Try everything as each reader. `counts`: the rows of each table by council, as the publication has them. Raises Allowed."""
    reads: dict[str, dict[str, str]] = {table.name: {} for table in tables}
    outcomes: dict[str, dict[str, str]] = {}
    tries, wrong = 0, list[str]()

    def note(what: str, reader: Reader, attempt: Callable[[], str]) -> None:
        nonlocal tries
        tries += 1
        try:
            came = attempt()
        except Allowed as allowed:
            wrong.append(str(allowed))
            return
        except psycopg2.Error as error:
            # Such as a division by zero, at a row that the reader may not read.
            wrong.append(f"{reader.title}: {what}: {error}")
            return
        before = outcomes.setdefault(what, {}).setdefault(reader.title, came)
        if before != came:
            wrong.append(f"{reader.title}: {what}: {before} of one table, {came} of another")

    for reader in readers:
        for table in tables:
            columns = reader.columns(table)
            view = f"workforce_{reader.group.kind.name if reader.group else 'analyst'}.{table.name}"
            below = f"{reader.schema}.{table.name}"
            if not columns:
                _try_a_closed_table(reader, table, view if reader.group is None else "", below, note)
                reads[table.name][reader.title] = ""
                continue
            try:
                reads[table.name][reader.title] = _what_it_reads(reader, table, columns, view, below, counts[table.name])
            except Allowed as allowed:
                wrong.append(str(allowed))
            for place in (view, below):
                for what, attempt in (OF_COUNCILS if table.is_of_councils else {}).items():
                    note(what, reader, partial(attempt, reader, table, place))
                if table.is_of_councils:
                    note("a block of code (`DO`)", reader, partial(anonymous_block, reader, place))
            for what, attempt in READABLE.items():
                note(what, reader, partial(attempt, reader, table, below))
            for column in set(table.names) - set(columns):
                note("SELECT a column that is left out", reader, partial(refused, reader, f'select "{column}" from {below}'))
            _try_to_write(reader, table, view, below, columns, note)
        for what, statements in at_all(reader).items():
            for statement in statements:
                note(what, reader, partial(refused, reader, statement))
        note("what others ask (`pg_stat_activity`)", reader, partial(other_queries, reader))
    if wrong:
        raise Allowed("\n".join(wrong))
    return Report(reads, outcomes, tries)


Note = Callable[[str, Reader, Callable[[], str]], None]


def _try_a_closed_table(reader: Reader, table: ServedTable, view: str, below: str, note: Note) -> None:
    for place in filter(None, (view, below)):
        for statement in (
            f"select count(*) from {place}",
            f'select "{table.names[0]}" from {place}',
            f"select query_to_xml('select * from {place}', false, false, '')",
            f"explain select * from {place}",
            f"do $$ begin perform count(*) from {place}; end $$",
        ):
            note("SELECT from a table that is not the reader's", reader, partial(refused, reader, statement))
    for verb, statement in {**_WRITES, **_TABLE_ALONE}.items():
        note(verb, reader, partial(refused, reader, statement.format(table=below, column=table.names[0], kind="table")))


def _try_to_write(reader: Reader, table: ServedTable, view: str, below: str, columns: list[str], note: Note) -> None:
    for place, kind, alone in ((view, "view", _VIEW_ALONE), (below, "table", _TABLE_ALONE)):
        for verb, statement in {**_WRITES, **alone}.items():
            if verb == "CREATE TRIGGER" and kind == "view":
                continue  # a view has no such trigger
            note(verb, reader, partial(refused, reader, statement.format(table=place, column=columns[0], kind=kind)))
        note(
            "GRANT to everybody",
            reader,
            partial(_without_effect, reader, f"grant select on {place} to public", "no privileges were granted"),
        )
    note("ANALYZE", reader, partial(_without_effect, reader, f"analyze {below}", "skipping"))


def _without_effect(reader: Reader, statement: str, warning: str) -> str:
    """DENIED, if the server refuses a statement, or warns that it does nothing."""
    del reader.opened.notices[:]
    try:
        reader.ask(statement)
    except errors.InsufficientPrivilege:
        return DENIED
    if not any(warning in notice for notice in reader.opened.notices):
        raise Allowed(f"{reader.title}: {statement}: was done")
    return DENIED


def _what_it_reads(reader: Reader, table: ServedTable, columns: list[str], view: str, below: str, counts: dict[str | None, int]) -> str:
    """Every row that it may read is there, and no other: as many as the publication has of each council."""
    may = {council: rows for council, rows in counts.items() if not table.is_of_councils or reader.may_see({council})}
    for place in (view, below):
        by = COUNCIL if table.is_of_councils else "null"
        found = dict(reader.ask(f"select {by}, count(*) from (select {_names(columns)} from {place}) t group by 1"))
        if found != may:
            raise Allowed(f"{reader.title}: {place} has {found}, and the publication has {may} for it")
    less = "" if columns == table.names else ", without columns"
    if not table.is_of_councils:
        return f"open{less}"
    return ("all councils" if reader.councils is None else "own councils") + less


@contextmanager
def served_to_readers(publication: Path) -> Iterator[tuple[Database, list[Reader], list[ServedTable], dict[str, dict[str | None, int]]]]:
    """A publication on a database of its own, twice, so that there is an earlier one, and a login of each kind of reader."""
    import duckdb

    place = storage()
    found = read_publication(publication, "inside", place)
    with tempfile.TemporaryDirectory() as folder, own_database(Path(folder)) as database:
        written = yaml.safe_load((REPOSITORY / "config" / "readers.yaml").read_text(encoding="utf-8")) | {"prefix": database.prefix}
        config = Path(folder) / "config"
        config.mkdir()
        (config / "readers.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
        with patch.dict(os.environ, {"WORKFORCE_SERVE_DATABASE": database.owner, "WORKFORCE_CONFIG": str(config)}):
            serve(publication)
            earlier = f"{found.schema}_earlier"
            _make_it_the_earlier_one(database, found.schema, earlier)
            serve(publication)
            readers = read_readers()
            opened = [_login(database, readers, found.schema, earlier, title, group) for title, group in ROLES.items()]
            opened.append(_login(database, readers, found.schema, earlier, NOBODY, None))
        with duckdb.connect(str(found.database), read_only=True) as marts:
            counts: dict[str, dict[str | None, int]] = {}
            for table in found.tables:
                by = COUNCIL if table.is_of_councils else "null"
                counts[table.name] = dict(marts.execute(f"select {by}, count(*) from marts.{table.name} group by 1").fetchall())
        try:
            yield database, opened, list(found.tables), counts
        finally:
            for reader in opened:
                reader.opened.close()


def _make_it_the_earlier_one(database: Database, schema: str, earlier: str) -> None:
    database.as_owner(
        f"alter schema {schema} rename to {earlier}; "
        f"update workforce_serving.publication set schema_name = '{earlier}', publication = 'earlier', is_current = true, month = '2000-01'; "
        "select 1"
    )


def _login(database: Database, readers: Readers, schema: str, earlier: str, title: str, group_name: str | None) -> Reader:
    name = f"l{database.prefix}r{len(title)}{title[0].lower()}"
    group = readers.group(group_name or "engineer")
    with connection() as owner, owner.cursor() as cursor:
        logins.add_login(cursor, name, group, readers, database.password_file)
        if not group_name:
            cursor.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(group.role), sql.Identifier(name)))
            cursor.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(database.name), sql.Identifier(name)))
    councils = None if group_name and group.councils is None and group.partnership is None else (group.councils or ())
    if group_name and group.partnership:
        councils = ("cambridgeshire", "peterborough")
    return Reader(title, name, database.login(name), group if group_name else None, councils, schema, earlier)


def page(report: Report) -> str:
    """The page of what was tried."""
    titles = [*ROLES, NOBODY]
    return "\n".join(
        [
            "# Rights on the PostgreSQL server",
            "",
            "What each kind of reader could read and could not do. Each cell was tried on a real server, as a login of that kind, on the published",
            "tables of the three sample councils. `make rights-report` tries everything again and writes this page. A test does the same. If",
            "something is possible that should not be, both fail.",
            "",
            "The groups are those of `config/readers.yaml`: the analyst is of Peterborough, the partnership of Cambridgeshire and Peterborough, HR data",
            "quality of Peterborough. The council that they may not read is Leicestershire. [PostgreSQL](postgresql.md) says how it is set up.",
            "",
            "## Who reads which table",
            "",
            "**own councils**: the rows of the reader's councils, and the rows above a council. **open**: a table that is of no council. An empty cell",
            "was denied. Each count of rows was compared with the publication, in the view and in the table below it.",
            "",
            *_table(
                ["table", *ROLES], [[f"`{table}`", *(reads[title] for title in ROLES)] for table, reads in sorted(report.reads.items())]
            ),
            "",
            "A login that is in no group reads none of them.",
            "",
            "## What was tried",
            "",
            "What is of a table was tried on every table, in the view and in the table below it. **denied**: the server refused for lack of a right.",
            "**nothing**: it gave no row or value. **own rows alone**: it gave no row of another council. **all councils**: the reader may read them all.",
            "",
            *_table(["tried", *titles], [[what, *(came.get(title, "") for title in titles)] for what, came in report.outcomes.items()]),
            "",
            "## What a reader can still learn",
            "",
            "- The names of all tables, columns, groups and policies, and so the ids of the councils: PostgreSQL shows its catalogue to everybody.",
            "- About how many rows a table has, and how many each council, unit or month has: a plan (`EXPLAIN`) has estimates. The columns of",
            "  figures have no statistics, so a plan says nothing of a figure.",
            "- Figures of one other council, if a partnership or region has only one other: its figures are the sum less one's own. Rows above a",
            "  council are for all readers.",
            "- A reader can wait, sleep and use memory. `statement_timeout` and the limit of 20 connections are for accidents: a reader can change",
            "  the first.",
            "",
        ]
    )


def _table(titles: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (titles, ["---"] * len(titles), *rows)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.services.rights", description=__doc__)
    parser.add_argument("--publication", type=Path, help="published/<YYYY-MM>/<publication>. Without it, published/latest")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs", metavar="FOLDER")
    asked = parser.parse_args(arguments)
    with served_to_readers(asked.publication or storage().latest) as (_, readers, tables, counts):
        report = try_everything(readers, tables, counts)
    (asked.out / PAGE).write_text(page(report), encoding="utf-8")
    print(f"{asked.out / PAGE}: {report.tries:,} tries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
