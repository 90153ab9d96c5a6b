"""Of the people who joined a team 36 months ago, who is still in it: a council with five years of extracts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.expectations.landed_council import LandedCouncil, Row, assignment
from tests.warehouse.ashby import CONFIGURATION, Models, configure


def _stays(person: str, since: str, **row: Any) -> Row:
    return assignment(person, start_date=since, team_start_date=since, effective_from=since, **row)


# The people whose 36 months are complete by September 2025 joined between October 2021 and September 2022.
HISTORY = [
    _stays("a_month_too_early", "2021-09-30"),
    _stays("first_day_of_the_year", "2021-10-01"),
    _stays("on_leave_meanwhile", "2022-01-10", effective_to="2023-01-31"),
    _stays("on_leave_meanwhile", "2022-01-10") | {"effective_from": "2023-02-01", "long_absence": "maternity"},
    _stays("left", "2022-03-01", end_date="2024-01-31", leaving_reason="resignation"),
    _stays("changed_teams", "2022-02-01", effective_to="2023-05-14"),
    _stays("changed_teams", "2022-02-01") | {"team_id": "T2", "team_start_date": "2023-05-15", "effective_from": "2023-05-15"},
    _stays("a_month_too_late", "2022-10-03"),
    _stays("there_from_the_first_month", "2018-01-01"),
    _stays("casual", "2022-02-01", contract_type="casual"),
]


def build_five_years(home: Path, built_once: Path) -> Path:
    """Build the council in a data root. Returns its database."""
    configure(home)
    written = CONFIGURATION["organisations/ashby/organisation.yaml"].replace("2024-08", "2021-01")
    written = written.replace(
        "hr_assignments: {owner: HR systems, delivers: snapshot}", "hr_assignments: {owner: HR systems, delivers: history}"
    )
    (home / "config" / "organisations" / "ashby" / "organisation.yaml").write_text(written, encoding="utf-8")
    LandedCouncil(home).deliver("hr_assignments", "2025-09", HISTORY, delivers="history")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        Models(built_once).build(home)
    return home / "build" / "workforce.duckdb"


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory, built_once: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The indicator by scope and month: numerator, denominator, status and its reason."""
    with duckdb.connect(str(build_five_years(tmp_path_factory.mktemp("five_years"), built_once)), read_only=True) as built:
        found = built.execute(
            """
            select scope_id, strftime(month_end, '%Y-%m'), numerator::double, denominator::double, status, status_reason
            from marts.indicator_value where indicator_id = 'team_retention_36m'
            """
        ).fetchall()
    return {(scope, month): tuple(rest) for scope, month, *rest in found}


def test_who_joined_in_the_year_and_is_in_the_team_still(figures: dict[tuple[str, str], tuple[Any, ...]]) -> None:
    assert figures["ashby", "2025-09"] == (2, 4, "no_target", None)
    assert figures["T1", "2025-09"] == (2, 4, "no_target", None)


def test_it_is_told_from_the_month_in_which_four_years_of_joiners_are_known(figures: dict[tuple[str, str], tuple[Any, ...]]) -> None:
    assert figures["ashby", "2024-12"] == (None, None, "not_available", "history_too_short")
    # September and October 2021, and nobody before.
    assert figures["ashby", "2025-01"] == (3, 3, "no_target", None)
