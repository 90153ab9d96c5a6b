"""Written extracts give the printed table of May 2022. Source and assumption: tests/golden/README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

# Establishment, then % permanent, % agency and % unfilled, as printed (framework 2022-2025, section 5.2).
PRINTED = {"cambridgeshire": (120, 56, 40, 26), "peterborough": (64, 80, 6, 9)}


@pytest.fixture(scope="module")
def marts(built_once: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built_once / "build" / "workforce.duckdb"), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("council", PRINTED)
def test_the_establishment_table_prints_as_published(marts: duckdb.DuckDBPyConnection, council: str) -> None:
    printed = marts.execute(
        """
        select establishment_fte,
            round(100 * permanent_fte / establishment_fte),
            round(100 * (agency_vacancy_cover_fte + agency_absence_cover_fte + agency_supernumerary_fte) / establishment_fte),
            round(100 * unfilled_fte / establishment_fte)
        from marts.establishment_position
        where scope_id = ? and role_group = 'frontline_social_worker' and month_end = date '2022-05-31'
        """,
        [council],
    ).fetchall()
    assert printed == [PRINTED[council]]


def test_the_fenland_and_east_assessment_team_is_the_hot_spot_with_six_of_eight_posts_unfilled(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        """
        select position.posts, position.posts_unfilled, position.posts_unfilled_per_cent, position.unfilled_rank
        from marts.establishment_position as position
        inner join marts.org_unit as unit on unit.unit_id = position.scope_id and unit.organisation_id = position.organisation_id
        where unit.unit_name = 'Fenland and East Assessment Team' and unit.unit_kind = 'team' and position.scope = 'team'
            and position.role_group = 'frontline_social_worker'
        """
    ).fetchall()
    assert found == [(8, 6, 75, 1)]


def test_the_rest_of_peterborough_is_fixed_term_and_seconded_in(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select other_fte from marts.establishment_position where scope_id = 'peterborough' and role_group = 'frontline_social_worker'"
    ).fetchall()
    assert found == [(3,)]


def test_social_workers_seconded_in_are_not_in_post_by_dfe(marts: duckdb.DuckDBPyConnection) -> None:
    in_post = marts.execute(
        "select denominator - numerator from marts.indicator_value "
        "where scope_id = 'peterborough' and indicator_id = 'agency_rate' and definition_id = 'dfe'"
    ).fetchall()
    seconded_in = marts.execute(
        "select count(*) from restricted.assignment_month where organisation_id = 'peterborough' and contract_type = 'seconded_in'"
    ).fetchone()
    assert seconded_in is not None and seconded_in[0] > 0
    assert in_post == [(54 - seconded_in[0],)]


def test_the_partnership_is_both_councils_together(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select establishment_fte, permanent_fte, other_fte, agency_vacancy_cover_fte, agency_supernumerary_fte, unfilled_fte, "
        "organisations_counted, organisations_left_out from marts.establishment_position "
        "where scope = 'partnership' and scope_id = 'cambridgeshire_and_peterborough' and role_group = 'frontline_social_worker'"
    ).fetchall()
    assert found == [(120 + 64, 67 + 51, 3, 22 + 4, 26, 31 + 6, 2, 0)]
