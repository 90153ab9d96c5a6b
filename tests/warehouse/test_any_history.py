"""Whatever happens to people, and however late it is reported, these statements about the models are true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.expectations.landed_council import LandedCouncil, Row, assignment, post
from tests.warehouse.ashby import Models, bookings, configure, posts

MONTHS = [f"2025-{month:02}" for month in range(3, 9)]
STORY = st.fixed_dictionaries(
    {
        "starts": st.sampled_from(["2020-01-01", "2025-04-30", "2025-05-01", "2025-05-12"]),
        "ends": st.sampled_from([None, "2025-05-31", "2025-06-01", "2025-06-13"]),
        "back": st.sampled_from([None, "2025-06-16", "2025-07-14"]),
        "told_late": st.integers(0, 2),
        "reason": st.sampled_from([None, "resignation", "structural_transfer", "moved_outside_children"]),
        "vanishes": st.sampled_from([None, None, "2025-07"]),
        "team_from": st.sampled_from([None, "2025-04", "2025-06"]),
        "fte": st.sampled_from([None, ("2025-05", 0.6, None), ("2025-06", 0.5, "2025-04-16"), ("2025-07", None, "2025-05-01")]),
        "becomes": st.sampled_from([None, "director", "early_help_worker", "iro", "team_manager"]),
        "second_post": st.sampled_from([None, "T1", "T2"]),
        "contract": st.sampled_from(["permanent", "permanent", "fixed_term", "casual", "seconded_in"]),
        "share": st.sampled_from([None, None, 40, 0]),
    }
)


def rows_of(person: str, story: dict[str, Any], period: str) -> list[Row]:
    """What a month's extract reports about the person of a story."""
    if (story["vanishes"] and period >= story["vanishes"]) or period < story["starts"][:7]:
        return []
    told_by = MONTHS.index(period) - story["told_late"]
    knows_end = story["ends"] is not None and story["ends"] >= story["starts"] and told_by >= 0 and MONTHS[told_by] >= story["ends"][:7]
    row = assignment(person, start_date=story["starts"], team_id="T1" if person < "p07" else "T2", contract_type=story["contract"])
    row |= {"swe_key": f"registration of {person}", "cost_share_percent": story["share"]}
    if knows_end:
        row |= {"end_date": story["ends"], "leaving_reason": story["reason"]}
    if story["team_from"] and period >= story["team_from"]:
        row["team_id"] = "T3"
    if story["fte"] and period >= story["fte"][0]:
        row |= {"fte": story["fte"][1], "fte_from": story["fte"][2]}
    if story["becomes"] and period >= "2025-06":
        row |= {"job_role": story["becomes"], "registered_social_worker": story["becomes"] != "early_help_worker"}
    found = [row]
    if story["second_post"] and period >= "2025-05":
        second = {"assignment_key": f"second of {person}", "post_id": f"second of {person}", "team_id": story["second_post"], "fte": 0.2}
        found.append({**row, **second, "start_date": max(row["start_date"], "2025-05-05")})
    if knows_end and story["back"] and period >= story["back"][:7]:
        found.append(assignment(person, assignment_key=f"back of {person}", start_date=story["back"], post_id=f"back of {person}"))
    return found


@pytest.fixture(scope="module")
def models(built_once: Path) -> Models:
    return Models(built_once)


@settings(max_examples=6, derandomize=True, deadline=None)
@given(stories=st.lists(STORY, min_size=12, max_size=12))
def test_what_must_be_true_of_the_models_is_true_of_any_history(
    models: Models, tmp_path_factory: pytest.TempPathFactory, stories: list[dict[str, Any]]
) -> None:
    home = configure(tmp_path_factory.mktemp("any"))
    path = home / "config" / "organisations" / "ashby" / "organisation.yaml"
    written = path.read_text(encoding="utf-8").replace("2024-08", MONTHS[0]).replace("partnership: null", "partnership: Ashby and Others")
    path.write_text(written, encoding="utf-8")
    council = LandedCouncil(home)
    people = {f"p{number:02}": story for number, story in enumerate(stories, start=1)}
    for period in MONTHS:
        council.deliver("hr_assignments", period, [row for person, story in people.items() for row in rows_of(person, story, period)])
        # T3 is in a service of its own, and moves to the first one in July.
        service: Row = {"service_id": "S2", "service_name": "Fostering"} if period < "2025-07" else {}
        council.deliver("establishment", period, [*posts(), post("of T3", team_id="T3", **service)])
        council.deliver("agency", period, bookings())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        models.build(home)
    assert models.broken(home) == set()
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
        scopes = built.execute(
            "select distinct scope from marts.movement_month where movement = 'closing' and role_group = 'social_worker'"
        )
        assert {scope for (scope,) in scopes.fetchall()} == {"team", "service", "organisation", "partnership"}
