"""What an audience is shown of a small build: which cells the rules hide, and what goes with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from disclosure.classes import MeasureGroup
from disclosure.policy import Audience, Rule
from disclosure.step import Shown

RULES = {
    "posts": Rule(),
    "staffing": Rule(least_people=2),
    "sensitive": Rule(least_people=10, small_counts_to=4, hides_none_and_all=True),
    "pay": Rule(least_people=10),
}
INSIDE = Audience("inside", "team", None, RULES)
PUBLIC = Audience("public", "organisation", frozenset({"sick", "staff"}), RULES | {"staffing": Rule(5, 4)})
GRAIN = ("organisation_id", "scope", "unit")
SICK = MeasureGroup("sick", GRAIN, "sensitive", ("days",), ("per_head",), people="heads", people_with="absent")
SHORT = MeasureGroup("sick", GRAIN, "sensitive", ("short_days",), people="heads", people_with="absent")
HEADS = MeasureGroup("sick", GRAIN, "staffing", ("heads",))
ABSENT = MeasureGroup("sick", GRAIN, "internal", ("absent",))
SAME = MeasureGroup("elsewhere", GRAIN, "staffing", ("days_again",), same_as=(("days_again", "sick", "days"),))
PROFILE = MeasureGroup(
    "profile", (*GRAIN, "part"), "sensitive", ("people",), ("per_cent",), people="known", counts_people=True, parts="part"
)
KNOWN = MeasureGroup("profile", (*GRAIN, "part"), "staffing", ("known",))
PAY = MeasureGroup("pay", GRAIN, "pay", ("cost", "fte"), ("cost_of_an_fte",), people="paid", together=True)
PAID = MeasureGroup("pay", GRAIN, "internal", ("paid",))
LOAD = MeasureGroup("staff", GRAIN, "staffing", ("cases",), people="holders")
HOLDERS = MeasureGroup("staff", GRAIN, "staffing", ("holders",))
POSTS = MeasureGroup("staff", GRAIN, "posts", ("posts",))
GROUPS = (SICK, SHORT, HEADS, ABSENT, SAME, PROFILE, KNOWN, PAY, PAID, LOAD, HOLDERS, POSTS)

BUILD = """
create schema marts;
create table marts.sick as from (values
    ('a', 'organisation', 'a', 20.0, 5.0, 1.0, 40, 8), ('a', 'team', 'nine', 3.0, 1.0, 0.3, 9, 6), ('a', 'team', 'one_absent', 21.0, 0.0, 2.1, 10, 1),
    ('a', 'team', 'five_absent', 7.0, 2.0, 0.7, 10, 5), ('a', 'team', 'nobody_absent', 0.0, 0.0, 0.0, 12, 0), ('a', 'team', 'empty', 0.0, 0.0, null, 0, 0),
    ('a', 'team', 'gone', 2.0, 2.0, null, 0, 5), ('b', 'organisation', 'b', 6.0, 6.0, 0.5, 12, 6)
) as rows (organisation_id, scope, unit, days, short_days, per_head, heads, absent);
create table marts.elsewhere as select organisation_id, scope, unit, days as days_again from marts.sick;
create table marts.profile as from (values
    ('a', 'organisation', 'a', 'yes', 4, 60, 6.7), ('a', 'organisation', 'a', 'no', 56, 60, 93.3), ('a', 'organisation', 'a', 'other', 0, 60, 0.0),
    ('b', 'organisation', 'b', 'yes', 7, 60, 11.7), ('b', 'organisation', 'b', 'no', 53, 60, 88.3),
    ('c', 'organisation', 'c', 'yes', 57, 60, 95.0), ('d', 'organisation', 'd', 'yes', 60, 60, 100.0), ('e', 'organisation', 'e', 'yes', 5, 9, 55.6)
) as rows (organisation_id, scope, unit, part, people, known, per_cent);
create table marts.pay as from (values
    ('a', 'organisation', 'a', 50000, 10.0, 5000.0, 10), ('a', 'team', 't', 45000, 9.0, 5000.0, 9), ('a', 'team', 'none', 0, 0.0, null, 0), ('a', 'team', 'left', 90, 0.1, 900.0, 0)
) as rows (organisation_id, scope, unit, cost, fte, cost_of_an_fte, paid);
create table marts.staff as from (values
    ('a', 'organisation', 'a', 30, 3, 2), ('a', 'team', 't', 9, 1, 1), ('a', 'team', 'u', 0, 0, 0), ('b', 'organisation', 'b', 80, 6, 1)
) as rows (organisation_id, scope, unit, cases, holders, posts);
create table marts.unit as select distinct organisation_id, scope, unit from marts.sick;
"""


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "build.duckdb")) as built:
        built.execute(BUILD)
    (tmp_path / "semantic_manifest.json").write_text(json.dumps({"metrics": [], "semantic_models": []}))
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tmp_path / 'build.duckdb'}' as built (read_only)")
        yield connection


def _shown(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, audience: Audience = INSIDE, groups: tuple[MeasureGroup, ...] = GROUPS
) -> Shown:
    return Shown(connection, audience, groups, tmp_path / "semantic_manifest.json")


def _not_shown(connection: duckdb.DuckDBPyConnection, shown: Shown, mart: str, key: str = "unit") -> dict[str, str]:
    return dict(connection.execute(f"select {key}, not_shown from ({shown.rows(mart)}) where not_shown is not null").fetchall())


def test_sickness_is_shown_of_ten_people_of_whom_five_were_sick(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    shown = _shown(connection, tmp_path)
    every = "days[c] short_days[c] per_head[c]"
    assert _not_shown(connection, shown, "sick") == {
        "nine": every,
        "one_absent": every,
        "nobody_absent": every,
        "gone": "days[c] short_days[c]",  # of nobody who is there now: a person who left
    }
    rows = {row[2]: row[3:] for row in connection.execute(shown.rows("sick")).fetchall()}
    assert rows["nine"] == (None, None, None, 9, every)
    assert rows["five_absent"] == (7, 2, Decimal("0.7"), 10, None), "no column of people_with: it is internal"
    assert rows["empty"][:2] == (0, 0), "a true zero of nobody stays"


def test_the_same_figure_elsewhere_is_hidden_too(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    shown = _shown(connection, tmp_path)
    assert set(_not_shown(connection, shown, "elsewhere")) == {"nine", "one_absent", "nobody_absent", "gone"}


def test_an_attribute_of_few_or_of_all_but_few_or_of_none_or_all_is_hidden(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    shown = _shown(connection, tmp_path)
    hidden = _not_shown(connection, shown, "profile", "unit || ' ' || part")
    # 4 of 60, 56 of 60 (4 without), 0 of 60, 57 of 60 (3 without), all of 60, 5 of 9.
    assert set(hidden) == {"a yes", "a no", "a other", "c yes", "d yes", "e yes"}
    assert set(hidden.values()) == {"people[c] per_cent[c]"}


def test_pay_is_shown_of_ten_people_and_a_row_of_nobody_is_no_secret(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    shown = _shown(connection, tmp_path)
    assert _not_shown(connection, shown, "pay") == {"t": "cost[c] fte[c] cost_of_an_fte[c]", "left": "cost[c] fte[c] cost_of_an_fte[c]"}


def test_staff_are_shown_inside_but_nothing_about_one_person(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert _not_shown(connection, _shown(connection, tmp_path), "staff") == {"t": "cases[c]"}


def test_the_public_sees_councils_and_no_one_to_four(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    shown = _shown(connection, tmp_path, PUBLIC)
    assert not shown.is_given("pay")
    assert {row[1] for row in connection.execute(shown.rows("staff")).fetchall()} == {"organisation"}
    assert _not_shown(connection, shown, "staff") == {"a": "cases[c] holders[c]"}, "posts are shown, and so is council b"


def test_a_council_with_a_stricter_rule_hides_more_of_its_own_rows_alone(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    own = replace(INSIDE, finest_level="organisation", rules=RULES | {"sensitive": replace(RULES["sensitive"], least_people=20)})
    shown = _shown(connection, tmp_path, replace(INSIDE, of_councils={"b": own}))
    assert "b" in _not_shown(connection, shown, "sick")
    assert "five_absent" not in _not_shown(connection, shown, "sick")


def test_a_class_changed_in_the_configuration_changes_what_is_shown_and_nothing_else(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def rows(audience: Audience) -> dict[str, dict[tuple[object, ...], tuple[object, ...]]]:
        shown = _shown(connection, tmp_path, audience)
        of_marts = {
            mart: connection.execute(shown.rows(mart)).fetchall() for mart in ("sick", "elsewhere", "profile", "pay", "staff", "unit")
        }
        return {mart: {(*row[:3], row[3] if mart == "profile" else None): row[3:] for row in found} for mart, found in of_marts.items()}

    before = rows(INSIDE)
    after = rows(replace(INSIDE, name="changed", rules=RULES | {"pay": Rule(least_people=5)}))
    changed = {(mart, key) for mart, found in before.items() for key, row in found.items() if after[mart][key] != row}
    team = ("a", "team", "t", None)
    assert changed == {("pay", team)}
    assert before["pay"][team] == (None, None, None, "cost[c] fte[c] cost_of_an_fte[c]")
    assert after["pay"][team] == (45000, 9, 5000, None)
    assert connection.execute("select count(*) from built.marts.pay where cost is null").fetchone() == (0,), "the build stays whole"


def test_a_class_or_a_measure_is_not_shown_of_units_finer_than_its_level(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    of_councils = replace(INSIDE, rules=RULES | {"staffing": Rule(least_people=2, finest_level="organisation")})
    shown = _shown(connection, tmp_path, of_councils)
    assert _not_shown(connection, shown, "staff") == {"t": "cases[x] holders[x]", "u": "cases[x] holders[x]"}
    cases = replace(LOAD, finest_level="service")
    shown = _shown(connection, tmp_path, groups=(*(group for group in GROUPS if group is not LOAD), cases))
    assert _not_shown(connection, shown, "staff") == {"t": "cases[x]", "u": "cases[x]"}
