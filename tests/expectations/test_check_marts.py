"""The rules of the marts: each fails on its fault, and correct marts pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from expectations.__main__ import main
from expectations.rules import marts
from expectations.source_check import CheckErrored, MartsRefused, check_marts
from tests.expectations.landed_council import Row

COUNCILS = ("ashby", "bexhill")


def indicator(organisation_id: str, indicator_id: str, **row: Any) -> Row:
    """An indicator of September 2025: 10 of 40, no target."""
    return {
        "organisation_id": organisation_id,
        "indicator_id": indicator_id,
        "definition_id": "dfe",
        "month_end": "2025-09-30",
        "scope": "organisation",
        "scope_id": organisation_id,
        "numerator": 10,
        "denominator": 40,
        "value": 25.0,
        "unit": "per_cent",
        "status": "no_target",
        **row,
    }


def position(organisation_id: str, **row: Any) -> Row:
    """Ten FTE of posts: seven filled or kept for a holder, one covered by agency, one unfilled, one frozen; half an FTE above a post."""
    return {
        "organisation_id": organisation_id,
        "month_end": "2025-09-30",
        "scope": "organisation",
        "scope_id": organisation_id,
        "role_group": "social_worker",
        "establishment_fte": 10,
        "permanent_fte": 6.5,
        "other_fte": 0.7,
        "kept_fte": 0.3,
        "agency_vacancy_cover_fte": 1,
        "agency_absence_cover_fte": 0,
        "agency_supernumerary_fte": 2,
        "unfilled_fte": 1,
        "frozen_fte": 1,
        "over_established_fte": 0.5,
        "posts": 10,
        "posts_unfilled": 1,
        "posts_frozen": 1,
        **row,
    }


INDICATOR_VALUE = """
    organisation_id varchar, indicator_id varchar, definition_id varchar, month_end date, scope varchar, scope_id varchar,
    numerator decimal(18, 6), denominator decimal(18, 6), value double, unit varchar, status varchar
"""
ESTABLISHMENT_POSITION = """
    organisation_id varchar, month_end date, scope varchar, scope_id varchar, role_group varchar,
    establishment_fte decimal(18, 6), permanent_fte decimal(18, 6), other_fte decimal(18, 6), kept_fte decimal(18, 6), agency_vacancy_cover_fte decimal(18, 6),
    agency_absence_cover_fte decimal(18, 6), agency_supernumerary_fte decimal(18, 6), unfilled_fte decimal(18, 6),
    frozen_fte decimal(18, 6), over_established_fte decimal(18, 6), posts bigint, posts_unfilled bigint, posts_frozen bigint
"""


DATA_QUALITY_RESULT = """
    unit_key varchar, rule_id varchar, organisation_id varchar, source varchar, month_end date, delivery_id varchar, run_at timestamp, is_latest boolean,
    severity varchar, outcome varchar, state varchar, first_seen timestamp, rows_failed bigint, rows_new bigint, rows_again bigint,
    rows_fixed bigint, says varchar, fix varchar, indicators varchar, put_right_in varchar, owner varchar, accepted_until date
"""
RULE = """
    rule_id varchar, source varchar, severity varchar, says varchar, fix varchar, indicators varchar, put_right_in varchar
"""


class Marts:
    """The marts of two councils and two indicators in a build."""

    def __init__(self, database: Path) -> None:
        self.database = database
        database.parent.mkdir()
        suppressed = {"numerator": None, "denominator": None, "value": None, "status": "suppressed"}
        with duckdb.connect(str(database)) as connection:
            connection.execute("create schema marts")
            connection.execute(f"create table marts.indicator_value ({INDICATOR_VALUE})")
            connection.execute(f"create table marts.establishment_position ({ESTABLISHMENT_POSITION})")
            connection.execute(f"create table marts.data_quality_result ({DATA_QUALITY_RESULT})")
            connection.execute(f"create table marts.rule ({RULE})")
            connection.execute("create table marts.organisation (organisation_id varchar)")
            connection.executemany("insert into marts.organisation values (?)", [[council] for council in COUNCILS])
            connection.execute(
                "create table marts.indicator as select unnest(['agency_rate', 'turnover_rate']) as indicator_id, 'dfe' as definition_id"
            )
            for council in COUNCILS:
                add(connection, "indicator_value", indicator(council, "agency_rate"))
                add(connection, "indicator_value", indicator(council, "turnover_rate", numerator=50, value=125.0))
                add(connection, "indicator_value", indicator(council, "agency_rate", scope="team", scope_id="T1", **suppressed))
                add(connection, "establishment_position", position(council))

    def sql(self, statement: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(statement)

    def add(self, mart: str, row: Row) -> None:
        with duckdb.connect(str(self.database)) as connection:
            add(connection, mart, row)


def add(connection: duckdb.DuckDBPyConnection, mart: str, row: Row) -> None:
    connection.execute(f"insert into marts.{mart} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Marts:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    for council in COUNCILS:
        folder = tmp_path / "config" / "organisations" / council
        folder.mkdir(parents=True)
        written = {
            "id": council,
            "name": council,
            "la_code": "1",
            "new_la_code": "E1",
            "region": "East",
            "first_month": "2025-01",
            "sources": {},
        }
        (folder / "organisation.yaml").write_text(yaml.safe_dump(written))
    return Marts(tmp_path / "build" / "workforce.duckdb")


def refused() -> dict[str, dict[str | None, int]]:
    """Check the marts. Returns the number of rows that fail, by rule and council, for the rules that block."""
    with pytest.raises(MartsRefused) as told:
        check_marts()
    found: dict[str, dict[str | None, int]] = {}
    for result in told.value.results:
        if result.outcome == "failed":
            assert f"{result.rule_id} {result.says}" in str(told.value)
            found.setdefault(result.rule_id, {})[result.organisation_id] = result.rows_failed
    return found


def test_sound_marts_pass_every_rule_for_every_council(built: Marts) -> None:
    results = check_marts()
    assert {(result.rule_id, result.organisation_id) for result in results} == {
        (rule.rule_id, council) for rule in marts.RULES for council in COUNCILS
    }
    assert {(result.outcome, result.period) for result in results} == {("passed", "2025-09")}
    kept = duckdb.sql(f"select count(*) from '{built.database.parent}/checks/marts.parquet'").fetchall()
    assert kept == [(len(results),)]


AGENCY = "organisation_id = 'ashby' and indicator_id = 'agency_rate' and scope = 'organisation'"
TEAM = "organisation_id = 'ashby' and scope = 'team'"


@pytest.mark.parametrize(
    ("rule_id", "table", "change", "where"),
    [
        ("MRT-002", "indicator_value", "numerator = 50, denominator = 40, value = 125", AGENCY),
        ("MRT-003", "indicator_value", "numerator = -10, value = -25", AGENCY),
        ("MRT-004", "indicator_value", "status = 'green'", AGENCY),
        ("MRT-005", "indicator_value", "value = null", AGENCY),
        ("MRT-005", "indicator_value", "value = 25, status = 'not_available'", TEAM),
        ("MRT-005", "indicator_value", "status = null", AGENCY),
        ("MRT-006", "indicator_value", "numerator = 50, value = 100", AGENCY),
        ("MRT-007", "indicator_value", "value = 26", AGENCY),
        ("MRT-008", "indicator_value", "numerator = 3", TEAM),
        ("MRT-010", "establishment_position", "unfilled_fte = 1.0002", "organisation_id = 'ashby'"),
        ("MRT-010", "establishment_position", "agency_vacancy_cover_fte = null", "organisation_id = 'ashby'"),
        ("MRT-011", "establishment_position", "unfilled_fte = -1, permanent_fte = 8.5", "organisation_id = 'ashby'"),
    ],
)
def test_marts_that_do_not_hold_together_are_refused(built: Marts, rule_id: str, table: str, change: str, where: str) -> None:
    built.sql(f"update marts.{table} set {change} where {where}")
    assert refused()[rule_id] == {"ashby": 1}


def test_two_rows_for_one_key_are_refused(built: Marts) -> None:
    built.add("indicator_value", indicator("ashby", "agency_rate"))
    built.add("establishment_position", position("bexhill"))
    found = refused()
    assert (found["MRT-001"], found["MRT-009"]) == ({"ashby": 2}, {"bexhill": 2})


def test_rows_above_councils_are_told_apart_by_their_scope(built: Marts) -> None:
    for scope in ("region", "national"):
        built.add("indicator_value", indicator("ashby", "agency_rate") | {"organisation_id": None, "scope": scope, "scope_id": None})
    assert (None, "passed") in {(result.organisation_id, result.outcome) for result in check_marts() if result.rule_id == "MRT-001"}
    built.add("indicator_value", indicator("ashby", "agency_rate") | {"organisation_id": None, "scope": "region", "scope_id": None})
    assert refused() == {"MRT-001": {None: 2}}


def test_a_council_without_an_indicator_in_the_latest_month_is_refused(built: Marts) -> None:
    built.sql(f"update marts.indicator_value set month_end = '2025-08-31' where {AGENCY}")
    assert refused() == {"MRT-012": {"ashby": 1}}


def test_without_agency_bookings_nobody_knows_what_is_unfilled(built: Marts) -> None:
    built.sql(
        "update marts.establishment_position set agency_vacancy_cover_fte = null, agency_absence_cover_fte = null, "
        "agency_supernumerary_fte = null, unfilled_fte = null, frozen_fte = null, posts_unfilled = null, posts_frozen = null"
    )
    assert {result.outcome for result in check_marts()} == {"passed"}
    built.sql("update marts.establishment_position set permanent_fte = 12 where organisation_id = 'ashby'")
    assert refused() == {"MRT-010": {"ashby": 1}}


def test_a_mart_that_cannot_be_read_is_an_error_and_not_a_refusal(built: Marts) -> None:
    built.sql("alter table marts.establishment_position drop column frozen_fte")
    with pytest.raises(CheckErrored, match=r"MRT-009, MRT-010, MRT-011 errored"):
        check_marts()
    outcomes = duckdb.sql(f"select distinct outcome from '{built.database.parent}/checks/marts.parquet' order by 1").fetchall()
    assert outcomes == [("errored",), ("passed",)]


def test_without_a_build_the_message_says_how_to_make_one(built: Marts) -> None:
    built.database.unlink()
    with pytest.raises(CheckErrored, match="there is no build to check"):
        check_marts()


def test_the_command_ends_with_1_for_refused_marts(built: Marts, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["marts"]) == 0
    built.sql(f"update marts.indicator_value set status = 'green' where {AGENCY}")
    assert main(["marts"]) == 1
    assert "MRT-004" in capsys.readouterr().out


def publish(built: Marts, change: str = "") -> None:
    """Make the figures of the build those of the last publication, with a change."""
    published = built.database.parents[1] / "published"
    marts = published / "2025-08" / "0123456789ab" / "inside" / "marts"
    marts.mkdir(parents=True)
    (published / "latest").symlink_to(marts.parents[1])
    with duckdb.connect(str(built.database), read_only=True) as connection:
        connection.execute("create temp table given as select * from marts.indicator_value")
        if change:
            connection.execute(change)
        connection.execute(f"copy given to '{marts / 'indicator_value.parquet'}'")


def warned() -> dict[str, dict[str | None, int]]:
    """The rows that fail, by rule and council, for the rules that warn."""
    found: dict[str, dict[str | None, int]] = {}
    for result in check_marts():
        if result.outcome == "failed":
            found.setdefault(result.rule_id, {})[result.organisation_id] = result.rows_failed
    return found


def test_figures_as_they_were_published_are_no_news(built: Marts) -> None:
    publish(built)
    assert warned() == {}


def test_a_published_figure_that_is_gone_or_another_is_a_warning(built: Marts) -> None:
    later = "insert into given by name select * replace (date '2025-08-31' as month_end) from given where organisation_id = 'bexhill'"
    publish(built, f"update given set value = 22.9 where {AGENCY}; {later} and scope = 'organisation'")
    assert warned() == {"MRT-013": {"bexhill": 2}, "MRT-014": {"ashby": 1}}


def test_a_rate_that_jumps_from_one_month_to_the_next_is_a_warning(built: Marts) -> None:
    built.add("indicator_value", indicator("ashby", "agency_rate", month_end="2025-08-31", numerator=5, value=12.5))
    built.add("indicator_value", indicator("bexhill", "agency_rate", month_end="2025-08-31", numerator=8, value=20.0))
    assert warned() == {"MRT-015": {"ashby": 1}}


def told(built: Marts) -> dict[str | None, tuple[str, str, str | None]]:
    """For the rule on large changes of a rate: outcome, state and owner by council, as in the build's own table."""
    with duckdb.connect(str(built.database), read_only=True) as connection:
        found = connection.execute(
            "select organisation_id, outcome, state, owner from marts.data_quality_result "
            "where rule_id = 'MRT-015' and source = 'marts' and is_latest and month_end = '2025-09-30' and delivery_id is null"
        ).fetchall()
    return {organisation_id: (outcome, state, owner) for organisation_id, outcome, state, owner in found}


def test_the_build_says_of_its_own_marts_what_was_found_new_again_and_put_right(built: Marts) -> None:
    owner = "data engineering"
    built.add("indicator_value", indicator("ashby", "agency_rate", month_end="2025-08-31", numerator=5, value=12.5))
    check_marts()
    assert told(built) == {"ashby": ("failed", "new", owner), "bexhill": ("passed", "clear", owner)}
    check_marts()
    assert told(built) == {"ashby": ("failed", "again", owner), "bexhill": ("passed", "clear", owner)}
    built.sql("delete from marts.indicator_value where month_end = '2025-08-31'")
    check_marts()
    assert told(built) == {"ashby": ("passed", "fixed", owner), "bexhill": ("passed", "clear", owner)}


def test_the_rules_and_units_of_what_was_found_of_the_marts_are_in_their_dimensions(built: Marts) -> None:
    check_marts()
    with duckdb.connect(str(built.database), read_only=True) as connection:
        without = connection.execute("select rule_id from marts.data_quality_result where rule_id not in (select rule_id from marts.rule)")
        assert without.fetchall() == []
        units = connection.execute("select distinct unit_key from marts.data_quality_result order by 1").fetchall()
    assert units == [("ashby",), ("bexhill",)]
