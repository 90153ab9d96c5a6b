"""A publication in PostgreSQL is the publication: every row, type and comment; one or another, never a part; and one that was withdrawn is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from foundation.errors import ConfigurationError
from tests.services.own_database import PASSWORD, Database
from tests.services.small_publication import SmallPublications
from warehouse.__main__ import main
from warehouse.serving.serve import renew_rights, serve, withdraw

REPOSITORY = Path(__file__).resolve().parents[2]
VIEW = "workforce_analyst.figure"

pytestmark = pytest.mark.services


def rows_of(database: Database, table: str) -> list[tuple[Any, ...]]:
    return sorted(database.as_owner(f"select * from {table}"), key=repr)


def schemas(database: Database) -> list[str]:
    return [name for (name,) in database.as_owner("select nspname from pg_namespace where nspname like 'inside%' order by 1")]


def figure_seen(database: Database) -> Decimal:
    return Decimal(database.as_owner(f"select fte from {VIEW} where unit_key = 'cedar'")[0][0])


@pytest.fixture
def login(database: Database) -> Iterator[str]:
    yield f"l{database.prefix}pat"


def test_every_row_is_copied_with_its_exact_value(small: SmallPublications, database: Database) -> None:
    folder = small.publish("aaa1")
    done = serve()
    with duckdb.connect(str(folder / "inside" / "workforce.duckdb"), read_only=True) as marts:
        tables = [name for (name,) in marts.execute("select table_name from information_schema.tables").fetchall()]
        counted = 0
        for table in tables:
            found = sorted(marts.execute(f"select * from marts.{table}").fetchall(), key=repr)
            assert rows_of(database, f"{done.schema}.{table}") == found, table
            assert rows_of(database, f"workforce_analyst.{table}") == found, table
            counted += len(found)
    assert done.rows == counted
    kinds = dict(
        database.as_owner(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass and attnum > 0",
            [f"{done.schema}.figure"],
        )
    )
    assert kinds == {
        "unit_key": "text", "organisation_id": "text", "month_end": "date", "fte": "numeric(18,6)", "people": "bigint", "small": "integer",
        "rate": "double precision", "is_known": "boolean", "seen_at": "timestamp without time zone", "says": "text", "not_shown": "text",
    }  # fmt: skip


def test_tables_have_their_comments_keys_and_joins(small: SmallPublications, database: Database) -> None:
    small.publish("aaa1")
    schema = serve().schema
    for place in (f"{schema}.figure", VIEW):
        described = database.as_owner(
            "select obj_description(%s::regclass, 'pg_class'), col_description(%s::regclass, attnum) from pg_attribute "
            "where attrelid = %s::regclass and attname = 'fte'",
            [place, place, place],
        )
        assert described == [("One row per unit and month. It's made up.", "FTE, 100 % exact.")]
    constraints = {
        (table, text)
        for table, text in database.as_owner(
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint where connamespace = %s::regnamespace", [schema]
        )
    }
    assert (f"{schema}.unit", "PRIMARY KEY (unit_key)") in constraints
    assert (f"{schema}.figure", f"FOREIGN KEY (unit_key) REFERENCES {schema}.unit(unit_key)") in constraints
    indexed = " ".join(text for (text,) in database.as_owner("select indexdef from pg_indexes where schemaname = %s", [schema]))
    assert f"{schema}.figure USING btree (organisation_id)" in indexed
    assert f"{schema}.figure USING btree (month_end)" in indexed
    # A figure is in no statistics, which a plan would show.
    assert database.as_owner(
        "select distinct attname from pg_stats where schemaname = %s and tablename = 'figure' order by 1", [schema]
    ) == [("month_end",), ("organisation_id",), ("unit_key",)]


def test_the_same_publication_is_loaded_once(small: SmallPublications, database: Database) -> None:
    small.publish("aaa1")
    assert serve().was_loaded
    again = serve()
    assert not again.was_loaded
    assert schemas(database) == [again.schema]


def test_views_go_to_what_is_served_and_earlier_publications_are_pruned(small: SmallPublications, database: Database) -> None:
    first = small.publish("aaa1", "2025-08", "1")
    serve()
    for number in (2, 3):
        small.publish(f"aaa{number}", figure=str(number))
        serve()
        assert figure_seen(database) == number
    assert schemas(database) == ["inside_2025_09_aaa2", "inside_2025_09_aaa3"]
    # An earlier month is served if it is named, and kept while readers see it.
    serve(first)
    assert figure_seen(database) == 1
    assert "inside_2025_08_aaa1" in schemas(database)


def test_a_table_that_comes_or_goes_does_so_for_readers(small: SmallPublications, database: Database) -> None:
    small.publish("aaa1")
    serve()
    small.publish(
        "aaa2", change="drop view marts.old_name; alter table marts.figure drop column small; create table marts.news (says varchar)"
    )
    serve()
    found = database.as_owner("select viewname from pg_views where schemaname = 'workforce_analyst' order by 1")
    assert found == [("figure",), ("kind_of_value",), ("month",), ("news",), ("organisation",), ("relationship",), ("unit",)]
    assert "small" not in [
        name for (name,) in database.as_owner("select attname from pg_attribute where attrelid = %s::regclass and attnum > 0", [VIEW])
    ]


KILLED = """
import sys, time
from warehouse.serving.serve import serve
def wait(table):
    print(table, flush=True)
    if table == sys.argv[1]:
        time.sleep(600)
serve(while_loading=wait)
"""


def test_a_load_that_is_killed_leaves_the_old_publication_and_can_be_done_again(small: SmallPublications, database: Database) -> None:
    small.publish("aaa1", figure="1")
    serve()
    small.publish("aaa2", figure="2")
    for table in ("figure", "unit"):
        process = subprocess.Popen([sys.executable, "-c", KILLED, table], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        assert any(line.strip() == table for line in process.stdout)
        assert figure_seen(database) == 1
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert figure_seen(database) == 1
    assert schemas(database) == ["inside_2025_09_aaa1"]
    assert serve().was_loaded
    assert figure_seen(database) == 2


def test_a_reader_sees_one_publication_in_all_tables_of_a_statement(small: SmallPublications, database: Database) -> None:
    """Readers ask without a pause while publications are switched. Each answer is of one publication."""
    folders = [
        small.publish(f"aaa{number}", figure=str(number), change=f"update marts.kind_of_value set says = '{number}';") for number in (1, 2)
    ]
    serve(folders[0])
    seen: set[tuple[Any, ...]] = set()
    stop, failed = threading.Event(), []

    def read() -> None:
        with closing(psycopg2.connect(database.owner)) as opened:
            opened.autocommit = True
            with opened.cursor() as cursor:
                while not stop.is_set():
                    try:
                        cursor.execute(
                            "select says, (select fte::int::text from workforce_analyst.figure where unit_key = 'cedar') "
                            "from workforce_analyst.kind_of_value"
                        )
                        seen.update(cursor.fetchall())
                    except psycopg2.Error as error:
                        failed.append(str(error))
                        return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(6):
            serve(folders[(turn + 1) % 2])
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert failed == []
    assert seen == {("1", "1"), ("2", "2")}


def test_a_reader_who_holds_a_table_is_waited_for_and_nothing_changes(small: SmallPublications, database: Database) -> None:
    small.publish("aaa1", figure="1")
    serve()
    small.publish("aaa2", figure="2")
    with closing(psycopg2.connect(database.owner)) as opened, opened.cursor() as cursor:
        cursor.execute(f"select count(*) from {VIEW}")
        with pytest.raises(ConfigurationError, match="A reader has held a table in an open transaction for 1 s, so nothing was changed"):
            serve(patience=1)
        # Nobody waits behind the switch.
        assert figure_seen(database) == 1
        waiting = threading.Thread(target=serve)
        waiting.start()
        time.sleep(1)
        assert figure_seen(database) == 1
        opened.rollback()
        waiting.join()
    assert figure_seen(database) == 2


def test_a_withdrawn_publication_is_gone_and_does_not_come_back(
    small: SmallPublications, database: Database, login: str, capsys: pytest.CaptureFixture[str]
) -> None:
    small.publish("aaa1", "2025-08", figure="1")
    serve()
    small.publish("aaa2", figure="2")
    serve()
    assert main(["serve", "--add-login", login, "--group", "engineer", "--password-file", str(database.password_file)]) == 0
    assert main(["serve", "--withdraw", "aaa2"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "inside_2025_09_aaa2: nobody may read it any more",
        "Readers of inside now see inside_2025_08_aaa1",
        "inside_2025_09_aaa2 is deleted",
    ]
    assert figure_seen(database) == 1
    assert schemas(database) == ["inside_2025_08_aaa1"]
    assert main(["serve"]) == 2
    assert "Publication aaa2 was withdrawn, so it is not served" in capsys.readouterr().err
    assert withdraw("aaa1")[1] == "The server has no other publication for inside: readers see nothing until the next is served"
    assert schemas(database) == []
    with closing(database.login(login)) as opened, opened.cursor() as cursor, pytest.raises(psycopg2.errors.UndefinedTable):
        cursor.execute("select * from figure")
    assert withdraw("aaa9") == ["The server does not have publication aaa9. It will not be served"]


def test_a_withdrawn_publication_cannot_be_read_while_somebody_still_holds_it(
    small: SmallPublications, database: Database, login: str
) -> None:
    """An engineer reads an earlier publication in a long transaction. Its withdrawal closes it to everybody else at once."""
    small.publish("aaa1", "2025-08")
    serve()
    small.publish("aaa2")
    serve()
    main(["serve", "--add-login", login, "--group", "engineer", "--password-file", str(database.password_file)])
    with closing(database.login(login)) as holds, holds.cursor() as cursor:
        cursor.execute("select count(*) from inside_2025_08_aaa1.figure")
        done = withdraw("aaa1", patience=1)
        assert done[0] == "inside_2025_08_aaa1: nobody may read it any more"
        assert done[1].startswith("inside_2025_08_aaa1 is not deleted yet: A reader has held a table")
        with closing(database.login(login)) as another, another.cursor() as asks, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            asks.execute("select count(*) from inside_2025_08_aaa1.figure")
    assert "inside_2025_08_aaa1 is deleted" in serve().remarks
    assert schemas(database) == ["inside_2025_09_aaa2"]


def test_an_audience_has_its_own_publications_and_its_own_readers(small: SmallPublications, database: Database, login: str) -> None:
    small.configure(
        kinds={"analyst": None, "open": {"audience": "public"}},
        groups={"analyst_ash": {"kind": "analyst", "councils": ["ash"]}, "open": {"kind": "open", "councils": "all"}},
    )
    small.publish("aaa1")
    serve()
    small.publish("aaa2", figure="9", audience="public")
    assert serve(audience="public").schema == "public_2025_09_aaa2"
    assert figure_seen(database) == Decimal("1.5")
    main(["serve", "--add-login", login, "--group", "open", "--password-file", str(database.password_file)])
    with closing(database.login(login)) as opened, opened.cursor() as cursor:
        cursor.execute("select fte from figure where unit_key = 'cedar'")
        assert cursor.fetchall() == [(Decimal(9),)]
        for schema in ("inside_2025_09_aaa1", "workforce_analyst"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"select * from {schema}.figure")
            opened.rollback()


def test_a_change_of_the_readers_holds_once_the_roles_are_made_again(small: SmallPublications, database: Database, login: str) -> None:
    small.publish("aaa1")
    serve()
    main(["serve", "--add-login", login, "--group", "analyst_ash", "--password-file", str(database.password_file)])

    def read() -> list[tuple[Any, ...]]:
        with closing(database.login(login)) as opened, opened.cursor() as cursor:
            cursor.execute("select distinct organisation_id from workforce_analyst.figure order by 1")
            return cursor.fetchall()

    assert read() == [("ash",), (None,)]
    # What somebody granted by hand is taken away, too.
    database.as_owner(f'grant select on inside_2025_09_aaa1.figure to "{login}"')
    database.as_owner(f'create policy by_hand on inside_2025_09_aaa1.figure for select to "{login}" using (true)')
    assert read() == [("ash",), ("birch",), ("cedar",), (None,)]
    groups = {"analyst_ash": {"kind": "analyst", "councils": ["ash", "birch", "nowhere"]}}
    small.configure(groups=groups)
    assert (
        f"{database.prefix}board is a group no longer. It has no right left. Once it has no member: drop role {database.prefix}board"
        in (renew_rights())
    )
    assert read() == [("ash",), ("birch",), (None,)]
    small.configure(groups={"analyst_cedar": {"kind": "analyst", "councils": ["cedar"]}})
    renew_rights()
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        read()


def test_every_statement_of_a_login_is_in_the_servers_log(small: SmallPublications, database: Database, login: str) -> None:
    small.publish("aaa1")
    serve()
    main(["serve", "--add-login", login, "--group", "analyst_ash", "--password-file", str(database.password_file)])
    with closing(database.login(login)) as opened, opened.cursor() as cursor:
        cursor.execute("show log_statement")
        assert cursor.fetchone() == ("all",)
        for statement in (
            "set log_statement to none", f'alter role "{login}" set log_statement to none', f'alter role "{login}" reset log_statement',
            "set log_min_messages to panic", "set log_min_error_statement to panic",
        ):  # fmt: skip
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
            opened.rollback()
    with pytest.raises(psycopg2.OperationalError, match="permission denied to set parameter"):
        database.login(login, "-c log_statement=none")


def test_the_password_is_sent_as_a_verifier_alone(small: SmallPublications, database: Database, login: str, tmp_path: Path) -> None:
    small.publish("aaa1")
    serve()
    database.as_owner(f"alter database {database.name} set log_statement to 'all'")
    assert main(["serve", "--add-login", login, "--group", "analyst_ash", "--password-file", str(database.password_file)]) == 0
    kept = database.as_owner("select rolpassword from pg_authid where rolname = %s", [login])[0][0]
    assert kept.startswith("SCRAM-SHA-256$")
    assert PASSWORD not in kept
    short = tmp_path / "short"
    short.write_text("short\n")
    assert main(["serve", "--add-login", login, "--group", "analyst_ash", "--password-file", str(short)]) == 2
    assert main(["serve", "--drop-login", login]) == 0
    assert database.as_owner("select 1 from pg_roles where rolname = %s", [login]) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--add-login", "pg_monitor", "--group", "board"], "is no name for a login"),
        (["--add-login", "postgres", "--group", "board"], "cannot log in, or may do more than read"),
        (["--add-login", "somebody", "--group", "nobody"], "has no group 'nobody'"),
        (["--add-login", "somebody"], "Name the group"),
        (["--drop-login", "postgres"], "is no login of a reader"),
        (["--withdraw", "../x"], "is no id of a publication"),
        (["--audience", "nobody"], "has nothing for the audience nobody"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    small: SmallPublications, database: Database, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    small.publish("aaa1")
    serve()
    assert main(["serve", *arguments]) == 2
    refused = capsys.readouterr().err
    assert says in refused
    assert "Traceback" not in refused
    assert len(refused.splitlines()) == 1


def test_a_login_that_does_not_own_the_database_is_told_so(
    small: SmallPublications, database: Database, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.publish("aaa1")
    serve()
    main(["serve", "--add-login", login, "--group", "engineer", "--password-file", str(database.password_file)])
    own = psycopg2.extensions.make_dsn(**{**psycopg2.extensions.parse_dsn(database.owner), "user": login, "password": PASSWORD})
    monkeypatch.setenv("WORKFORCE_SERVE_DATABASE", own)
    with pytest.raises(ConfigurationError, match="It has to own the database and may create roles"):
        serve()


def test_a_login_that_is_no_superuser_serves_if_it_owns_the_database(
    small: SmallPublications, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docs/postgresql.md makes it: it owns the database, may create roles, and may set what is logged."""
    owner = f"l{database.prefix}owner"
    database.as_owner(f"create role {owner} login createrole password '{PASSWORD}'")
    database.as_owner(f"alter database {database.name} owner to {owner}")
    database.as_owner(f"grant set on parameter log_statement to {owner}")
    try:
        small.publish("aaa1")
        own = psycopg2.extensions.make_dsn(**{**psycopg2.extensions.parse_dsn(database.owner), "user": owner, "password": PASSWORD})
        monkeypatch.setenv("WORKFORCE_SERVE_DATABASE", own)
        remarks = serve().remarks
        assert [line for line in remarks if line.startswith("Ask a superuser")] == [
            f"Ask a superuser of the server to type, in this database: revoke execute on function pg_catalog.{function} from public"
            for function in ("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)")
        ]
        assert (
            main(["serve", "--add-login", f"l{database.prefix}sam", "--group", "board", "--password-file", str(database.password_file)])
            == 0
        )
    finally:
        database.as_owner(f"revoke set on parameter log_statement from {owner}")
