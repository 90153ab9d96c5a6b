"""Each kind of reader reads its own rows and can do nothing else, on a real server; and the page of it is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.own_database import Database
from tests.services.rights import PAGE, REPOSITORY, Allowed, Reader, page, served_to_readers, try_everything
from warehouse.serving.served_tables import ServedTable

pytestmark = pytest.mark.services

Served = tuple[Database, list[Reader], list[ServedTable], dict[str, dict[str | None, int]]]
FIGURES = "indicator_value"


@pytest.fixture(scope="module")
def served(three_home: Path, request: pytest.FixtureRequest) -> Served:  # type: ignore[misc]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(three_home))
        with served_to_readers(three_home / "published" / "latest") as made:
            yield made


def test_each_reader_reads_its_own_rows_and_every_other_way_is_denied(served: Served) -> None:
    _, readers, tables, counts = served
    report = try_everything(readers, tables, counts)
    assert page(report) == (REPOSITORY / "docs" / PAGE).read_text(encoding="utf-8"), "make rights-report"


def test_an_engineer_reads_earlier_publications(served: Served) -> None:
    _, readers, _, counts = served
    engineer = next(reader for reader in readers if reader.title == "engineer")
    assert engineer.ask(f"select count(*) from {engineer.earlier}.{FIGURES}") == [(sum(counts[FIGURES].values()),)]


@pytest.mark.parametrize(
    ("break_it", "mend_it", "found"),
    [
        (
            f"alter view workforce_analyst.{FIGURES} set (security_invoker = false)",
            f"alter view workforce_analyst.{FIGURES} set (security_invoker = true)",
            "and the publication has",
        ),
        (
            "alter table {schema}.indicator_value disable row level security",
            "alter table {schema}.indicator_value enable row level security",
            "reads [0-9]+ rows of leicestershire",
        ),
        ('grant insert on {schema}.indicator_value to "{role}"', 'revoke insert on {schema}.indicator_value from "{role}"', "COPY FROM not supported with row-level security"),
        ("grant temporary on database {database} to public", "revoke temporary on database {database} from public", "create temp table"),
        ("grant create on schema public to public", "revoke create on schema public from public", "create table public.t"),
        (
            "grant execute on function pg_catalog.lo_create(oid) to public",
            "revoke execute on function pg_catalog.lo_create(oid) from public",
            "lo_create",
        ),
        ('grant usage on schema {earlier} to "{role}"; grant select on {earlier}.unit to "{role}"', 'revoke all on schema {earlier} from "{role}"', "unit: was done"),
        ('grant pg_read_all_data to "{role}"', 'revoke pg_read_all_data from "{role}"', "pg_read_all_data"),
    ],
)  # fmt: skip
def test_a_right_too_many_is_found(served: Served, break_it: str, mend_it: str, found: str) -> None:
    database, readers, tables, counts = served
    analyst = readers[0]
    assert analyst.group
    names = {"schema": analyst.schema, "earlier": analyst.earlier, "role": analyst.group.role, "database": database.name}
    database.as_owner(break_it.format(**names))
    try:
        with pytest.raises(Allowed, match=found):
            try_everything([analyst], [table for table in tables if table.name == FIGURES], counts)
    finally:
        database.as_owner(mend_it.format(**names))


def test_what_a_login_asks_is_in_the_log_of_the_server(served: Served) -> None:
    """Only where the server keeps its log in a file that the owner may read through it. Elsewhere the setting is tested alone."""
    database, readers, _, _ = served
    found = database.as_owner("select pg_current_logfile()")[0][0]
    if found is None:
        pytest.skip("the server writes no log of its own (logging_collector is off)")
    readers[0].ask("select 'this question is looked for in the log'")
    assert "this question is looked for in the log" in database.as_owner("select pg_read_file(%s)", [found])[0][0]
