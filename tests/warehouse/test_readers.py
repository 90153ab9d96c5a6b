"""Who reads the served tables is read from `readers.yaml`: what is wrong in it, or in the setting of the server, is one sentence without a password."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from foundation.errors import ConfigurationError
from warehouse.serving.command import answer  # noqa: F401  (the command can be imported without a server)
from warehouse.serving.readers import read_readers, refuse_unknown_names
from warehouse.serving.served_tables import ServedColumn, ServedTable, read_publication
from warehouse.serving.server import connection

REPOSITORY = Path(__file__).resolve().parents[2]
SECRET = "s3cret-of-the-owner"


def test_the_readers_of_this_project_can_be_read_and_fit_the_published_tables(built_home: Path) -> None:
    from foundation.storage import storage
    from warehouse.published_tables import published_tables

    tables = [
        ServedTable(table.name, "", tuple(ServedColumn(column.name, "text", False, "") for column in table.columns), (), ())
        for table in published_tables(storage())
    ]
    readers = read_readers(REPOSITORY / "config")
    assert len(readers.groups) == 7
    refuse_unknown_names(readers, tables, "inside")


GROUP = {"kind": "analyst", "councils": ["ash"]}
KINDS = {"analyst": None}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ([], "the file is a list of names"),
        ({"kinds": KINDS, "groups": {}, "people": 1}, "has the key people"),
        ({"kinds": KINDS, "groups": {"a": GROUP}, "prefix": ""}, "prefix is what every role's name begins with"),
        ({"kinds": KINDS, "groups": {"a": GROUP}, "prefix": "pg_x"}, "prefix is what every role's name begins with"),
        ({"kinds": KINDS, "groups": {"a": GROUP}, "keep_publications": 0}, "keep_publications is how many"),
        ({"kinds": KINDS, "groups": {"a": GROUP}, "keep_publications": True}, "keep_publications is how many"),
        ({"kinds": KINDS, "groups": {"A b": GROUP}}, "a name under groups begins with a letter"),
        ({"kinds": {"serving": None}, "groups": {}}, "the schema workforce_serving is the server's own"),
        ({"kinds": {"analyst": {"tables": "some"}}, "groups": {}}, "kinds.analyst.tables is all, or a list of tables"),
        ({"kinds": {"analyst": {"without": {"unit": "x"}}}, "groups": {}}, "kinds.analyst.without.unit is a list of columns"),
        ({"kinds": {"analyst": {"audience": "../x"}}, "groups": {}}, "kinds.analyst.audience is a folder"),
        ({"kinds": {"analyst": {"earlier_publications": "no"}}, "groups": {}}, "earlier_publications is true or false"),
        ({"kinds": {"analyst": {"rows": "all"}}, "groups": {}}, "kinds.analyst has the key rows"),
        ({"kinds": KINDS, "groups": {"a": {"kind": "nobody", "councils": "all"}}}, "groups.a.kind is one of kinds: analyst"),
        ({"kinds": KINDS, "groups": {"a": {"kind": "analyst"}}}, "groups.a has either councils"),
        ({"kinds": KINDS, "groups": {"a": {**GROUP, "partnership": "east"}}}, "groups.a has either councils"),
        ({"kinds": KINDS, "groups": {"a": {"kind": "analyst", "councils": []}}}, "groups.a.councils is a list"),
        ({"kinds": KINDS, "groups": {"a": {"kind": "analyst", "councils": "ash"}}}, "groups.a.councils is a list"),
        ({"kinds": KINDS}, "groups is a list of names"),
    ],
)
def test_what_is_wrong_names_the_file_and_the_key(tmp_path: Path, written: object, says: str) -> None:
    (tmp_path / "readers.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_readers(tmp_path)
    assert says in str(refused.value)
    assert str(tmp_path / "readers.yaml") in str(refused.value)


def test_a_missing_or_unreadable_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not there"):
        read_readers(tmp_path)
    (tmp_path / "readers.yaml").write_text("kinds: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_readers(tmp_path)


@pytest.mark.parametrize(
    ("kind", "says"),
    [({"tables": ["figures"]}, "names the table figures"), ({"without": {"figure": ["fte", "peple"]}}, "without names figure.peple")],
)
def test_a_name_that_the_publication_does_not_have_is_refused(tmp_path: Path, kind: object, says: str) -> None:
    """A misspelt column would otherwise be shown to those from whom it is to be kept."""
    (tmp_path / "readers.yaml").write_text(yaml.safe_dump({"kinds": {"board": kind}, "groups": {}}), encoding="utf-8")
    table = ServedTable("figure", "", (ServedColumn("fte", "text", False, ""), ServedColumn("people", "text", False, "")), (), ())
    with pytest.raises(ConfigurationError, match=says):
        refuse_unknown_names(read_readers(tmp_path), [table], "inside")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("", "No server is named"),
        (
            f"postgresql://owner:{SECRET}@127.0.0.1:1/workforce",
            "PostgreSQL cannot be reached (host 127.0.0.1, port 1, dbname workforce, user owner)",
        ),
        (f"host=127.0.0.1 port=1 password={SECRET} dbname=workforce", "PostgreSQL cannot be reached"),
        (f"postgresql://owner:p@{SECRET}@127.0.0.1:1/workforce", "has an @"),
        (f"postgresql://owner:{SECRET}@[127/workforce", "is no connection string"),
        (f"host=127.0.0.1 passwort={SECRET}", "is no connection string"),
        ("/nowhere/at/all", "names a file that cannot be read"),
    ],
)
def test_a_server_that_cannot_be_reached_is_one_sentence_without_the_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, says: str
) -> None:
    for name in ("PGHOST", "PGPORT", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "setting"
    file.write_text(setting + "\n", encoding="utf-8")
    for value in {setting, setting if setting.startswith("/") or not setting else str(file)}:
        monkeypatch.setenv("WORKFORCE_SERVE_DATABASE", value)
        with pytest.raises(ConfigurationError) as refused, connection():
            pass
        assert says in str(refused.value)
        assert SECRET not in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ("create table marts.t (a integer[])", r"t.a has the type INTEGER\[\], for which PostgreSQL has no equal"),
        (
            "create table marts.unit (unit_key varchar primary key, organisation_id varchar); create table marts.fact (unit_key varchar);"
            "create table marts.relationship as select 'fact' as t, 'unit_key' as c, 'unit' as u, 'unit_key' as k",
            "fact joins to unit by unit_key and has no column organisation_id",
        ),
        (
            "create table marts.a (b varchar); create table marts.b (a varchar);"
            "create table marts.relationship as select * from (values ('a', 'b', 'b', 'a'), ('b', 'a', 'a', 'b'))",
            "join to one another in a circle: a, b, relationship|join to one another in a circle: a, b",
        ),
    ],
)
def test_a_table_that_cannot_be_served_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str, says: str) -> None:
    folder = _published(tmp_path, monkeypatch, tables)
    from foundation.storage import storage

    with pytest.raises(ConfigurationError, match=says):
        read_publication(folder, "inside", storage())


def test_a_damaged_or_unfinished_publication_is_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from foundation.storage import storage

    folder = _published(tmp_path, monkeypatch, "create table marts.t (a integer)")
    assert [table.name for table in read_publication(folder, "inside", storage()).tables] == ["t"]
    with (folder / "inside" / "workforce.duckdb").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ConfigurationError, match=r"inside/workforce\.duckdb"):
        read_publication(folder, "inside", storage())
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(ConfigurationError, match="is not a finished publication"):
        read_publication(folder, "inside", storage())


def _published(home: Path, monkeypatch: pytest.MonkeyPatch, tables: str) -> Path:
    from foundation.layout import write_layout
    from foundation.published_files import seal
    from foundation.storage import storage

    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    write_layout(home)
    folder = home / "published" / "2025-09" / "aaa1"
    (folder / "inside").mkdir(parents=True)
    with duckdb.connect(str(folder / "inside" / "workforce.duckdb")) as marts:
        marts.execute(f"create schema marts; {tables}")
    (folder / "manifest.json").write_text('{"publication": "aaa1", "month": "2025-09", "made_at": "2025-10-01T00:00:00+00:00"}\n')
    seal(folder, storage())
    return folder


def test_who_reads_a_figure_does_not_change_which_publication_it_is(built_home: Path) -> None:
    from warehouse.publish import identity_of

    with duckdb.connect(str(built_home / "build" / "workforce.duckdb"), read_only=True) as built:
        before = identity_of(built)
        (built_home / "config" / "readers.yaml").write_text("kinds: {}\ngroups: {}\n", encoding="utf-8")
        assert identity_of(built) == before
        (built_home / "config" / "another.yaml").write_text("kinds: {}\n", encoding="utf-8")
        assert identity_of(built) != before
