"""What the extracts of the three councils look like. Their mappings fit them."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from samples.generate import CONFIGURATION, generate_published
from samples.published_figures import CARRIED
from tests.recount.counts import in_place
from tests.recount.extracts import Extracts

SOURCES = ("hr_assignments", "establishment", "agency", "absence", "caseload", "training", "survey", "payroll")
FIRST_MONTHS = {
    "hr_assignments": "2022-09",
    "absence": "2022-10",
    "establishment": "2023-09",
    "agency": "2023-09",
    "caseload": "2023-09",
    "training": "2023-09",
    "payroll": "2023-10",
    "survey": "2024-03",
}


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", ["cambridgeshire", "leicestershire", "peterborough"])
def test_every_month_is_there_and_every_column_is_known(councils: dict[str, Extracts], name: str, source: str) -> None:
    extracts = councils[name]
    periods = sorted(extracts.periods(source))
    first = "2023-10" if (name, source) == ("cambridgeshire", "absence") else FIRST_MONTHS[source]
    assert periods[0] == first
    assert periods[-1] == ("2025-03" if source == "survey" else "2025-09")
    assert len(periods) == 2 if source == "survey" else len(periods) == 12 * (2025 - int(first[:4])) + 9 - int(first[5:]) + 1
    for period in (periods[0], periods[-1]):
        assert extracts.rows(source, period)
    assert extracts.unknown_headers <= {None}


def test_the_same_arguments_give_the_same_files(tmp_path: Path) -> None:
    """Leicestershire's workbooks and Peterborough's text files are the same, byte for byte. Another seed gives other people."""
    made = {}
    for name, seed, la_codes in (("once", 7, ["855", "874"]), ("again", 7, ["855", "874"]), ("other", 8, ["874"])):
        generate_published(CARRIED, la_codes, [2025], tmp_path / name, seed, say=str)
        made[name] = hashes(tmp_path / name / "inbox")
    assert len(made["once"]) > 150
    assert made["once"] == made["again"]
    assert [path for path, content in made["other"].items() if made["once"].get(path) == content] == []


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    generate_published(CARRIED, ["874"], [2025], tmp_path, 7, say=str)
    stray = tmp_path / "inbox" / "la874" / "agency" / "LA_Agency_Bookings_2031-01.csv"
    shutil.copyfile(next(stray.parent.glob("*.csv")), stray)
    generate_published(CARRIED, ["874"], [2025], tmp_path, 7, say=str)
    assert not stray.exists()


def test_extracts_arrive_on_the_twelfth_of_the_next_month(three_councils: Path) -> None:
    path = three_councils / "inbox/peterborough/hr_assignments/PCC_Staff_In_Post_2024-12.csv"
    assert datetime.fromtimestamp(path.stat().st_mtime, UTC) == datetime(2025, 1, 12, 6, tzinfo=UTC)


def test_each_council_has_its_own_systems_layout(three_councils: Path) -> None:
    unit4 = (three_councils / "inbox/cambridgeshire/hr_assignments/CCC_StaffInPost_202509.csv").read_bytes()
    first = unit4.decode("cp1252").splitlines()[1].split(",")
    assert first[1].startswith("00") and len(first[1]) == 8
    assert len(first[6]) == 6
    assert b"\x96" in unit4, "an en dash in Windows-1252"
    assert datetime.strptime(first[-1], "%d/%m/%Y").date() == date(2025, 9, 30)
    oracle = (three_councils / "inbox/leicestershire/hr_assignments/LCC Assignment History 2025-09.xlsx").read_bytes()
    assert oracle.startswith(b"PK")
    itrent = (three_councils / "inbox/peterborough/hr_assignments/PCC_Staff_In_Post_2025-09.csv").read_text(encoding="utf-8").splitlines()
    assert itrent[1].split(",")[2].startswith("Person 0")
    assert itrent[1].split(",")[-1] == "2025-09-30"


def test_names_are_plainly_artificial(councils: dict[str, Extracts]) -> None:
    for name, extracts in councils.items():
        for source in ("hr_assignments", "agency", "payroll"):
            assert {row["name"][:7] for row in extracts.rows(source, "2025-01")} == {"Person "}, name


def test_a_leaver_entered_late_is_in_post_in_the_month_and_gone_in_the_next(councils: dict[str, Extracts]) -> None:
    extracts = councils["peterborough"]
    then = {row["assignment_id"]: row for row in extracts.rows("hr_assignments", "2024-09")}
    later = extracts.rows("hr_assignments", "2024-10")
    late = [row for row in later if row["end_date"] and row["end_date"] <= date(2024, 9, 30)]
    assert late
    assert all(then[row["assignment_id"]]["end_date"] is None for row in late)


def test_nobody_goes_missing_without_an_end_but_by_a_rejected_row_or_a_lapse(councils: dict[str, Extracts]) -> None:
    """The difference is two rejected rows, three lapses of HR and a start that was withdrawn."""
    for name in ("cambridgeshire", "peterborough"):
        periods = sorted(councils[name].periods("hr_assignments"))
        missing = []
        for period, following in pairwise(periods):
            rows = councils[name].rows("hr_assignments", following)
            there = {row["assignment_id"] for row in rows if row["job_role"] and not row["is_rejected"]}
            rows = councils[name].rows("hr_assignments", period)
            missing += [row for row in rows if row["assignment_id"] not in there and not row["end_date"]]
        announced = [row for row in missing if row["start_date"] > date(2023, 9, 30) and row["registered_social_worker"]]
        assert (len(missing), len(announced)) == (6, 1)


def test_a_history_has_one_row_an_assignment_and_day(councils: dict[str, Extracts]) -> None:
    rows = councils["leicestershire"].rows("hr_assignments", "2025-09")
    for day in (date(2023, 1, 15), date(2024, 9, 30), date(2025, 6, 1)):
        held = [row["assignment_id"] for row in rows if row["effective_from"] <= day <= (row["effective_to"] or date.max)]
        assert len(held) == len(set(held)) > 300


@pytest.mark.parametrize("name", ["cambridgeshire", "leicestershire", "peterborough"])
def test_the_messiness_is_there(councils: dict[str, Extracts], name: str) -> None:
    extracts = councils[name]
    seen: set[str] = set()
    people: dict[str, set[str]] = {}
    for period in sorted(extracts.periods("hr_assignments"))[-25:]:
        year, month = map(int, period.split("-"))
        day = date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
        rows = extracts.rows("hr_assignments", period)
        current = [row for row in rows if in_place(row, day) and row.get("effective_to") is None]
        held: dict[str, int] = {}
        for row in current:
            held[row["person_id"]] = held.get(row["person_id"], 0) + 1
        for row in rows:
            people.setdefault(row["person_id"], set()).add(row["job_role"])
            seen |= {str(row[key]) for key in ("contract_type", "leaving_reason", "start_origin", "long_absence") if row[key]}
            if row["fte"] is None and month != 9:
                seen.add("missing fte")
            if row["fte"] == 0 and not row["registered_social_worker"]:
                seen.add("fte of nothing")
            if row["start_date"] > day:
                seen.add("future starter")
            if row["end_date"] and row["end_date"] > day:
                seen.add("notice given")
        if max(held.values()) > 1:
            seen.add("two posts")
        seen |= {f"post {row['post_status']}" for row in extracts.rows("establishment", period)}
        seen |= {f"cover of {row['cover_reason']}" for row in extracts.rows("agency", period)}
    qualified = [
        roles
        for roles in people.values()
        if roles & {"social_work_apprentice", "unregistered_social_worker"} and "asye_social_worker" in roles
    ]
    assert qualified
    expected = {"fixed_term", "casual", "seconded_in", "maternity", "seconded_out", "change_of_post", "moved_outside_children", "agency"}
    expected |= {"newly_qualified", "missing fte", "fte of nothing", "future starter", "notice given", "two posts", "post frozen"}
    expected |= {"cover of vacancy", "cover of absence", "cover of project_team"}
    assert expected - seen == set()
    periods = extracts.periods("hr_assignments")
    untitled = [period for period in periods for row in extracts.rows("hr_assignments", period) if not row["job_role"]]
    assert len(untitled) == 1 and not untitled[0].endswith("-09")
    assert not [unmapped for unmapped in extracts.unmapped if unmapped[0] == "hr_assignments"], "a new code would hold the file"


def test_a_team_is_reorganised_for_everybody_on_one_day(councils: dict[str, Extracts], three_councils: Path) -> None:
    extracts = councils["cambridgeshire"]
    changes = (three_councils / "config/organisations/cambridgeshire/team_changes.csv").read_text().splitlines()
    day, old, new = changes[1].split(",")
    assert (day, len(changes)) == ("2025-04-01", 2)
    for source in ("hr_assignments", "establishment"):
        before = [row for row in extracts.rows(source, "2025-03") if source == "establishment" or in_place(row, date(2025, 3, 31))]
        after = [row for row in extracts.rows(source, "2025-04") if source == "establishment" or in_place(row, date(2025, 4, 30))]
        teams_before, teams_after = {row["team_id"] for row in before}, {row["team_id"] for row in after}
        assert old in teams_before - teams_after and new in teams_after - teams_before, source
    moved = [row for row in extracts.rows("hr_assignments", "2025-04") if row["team_id"] == new]
    assert {row["team_start_date"] for row in moved if row["start_date"] < date(2025, 4, 1)} == {date(2025, 4, 1)}


def test_covers_name_a_vacant_post_and_no_more_than_is_vacant(councils: dict[str, Extracts]) -> None:
    day = date(2024, 9, 30)
    for name in ("cambridgeshire", "peterborough"):
        vacant = {row["post_id"]: row["budgeted_fte"] for row in councils[name].rows("establishment", "2024-09")}
        for row in councils[name].rows("hr_assignments", "2024-10"):
            if row["start_date"] <= day and (row["end_date"] or date.max) > day and row["post_id"] in vacant:
                vacant[row["post_id"]] -= row["fte"] or 0
        bookings = [row for row in councils[name].rows("agency", "2024-09") if in_place(row, day) and row["registered_social_worker"]]
        covers = [row for row in bookings if row["cover_reason"] == "vacancy"]
        assert len(covers) > 40
        assert all(row["weekly_hours"] / row["standard_hours"] <= vacant[row["post_id"]] for row in covers), name


def test_deductions_are_in_the_pay_run_and_not_in_the_mapping(councils: dict[str, Extracts]) -> None:
    for name, extracts in councils.items():
        assert {row["element"] for row in extracts.rows("payroll", "2025-02")} <= {
            "basic_pay",
            "retention_payment",
            "employer_ni",
            "employer_pension",
        }
        assert ("payroll", "2025-02", "element") in extracts.unmapped, name


def test_the_survey_names_nobody(councils: dict[str, Extracts]) -> None:
    for extracts in councils.values():
        rows = extracts.rows("survey", "2025-03")
        assert {int(row["standard"]) for row in rows} == set(range(1, 9))
        assert len({row["respondent"] for row in rows}) >= 100
        assert not {"person_id", "team_id", "name"} & set(rows[0])


def test_the_configuration_written_is_the_projects_own_and_a_key_for_samples(three_councils: Path) -> None:
    written, own = hashes(three_councils / "config"), hashes(CONFIGURATION)
    key = written.pop("sample_pseudonym_key.yaml")
    assert key
    assert {path: written.get(path) for path in own} == own
    assert yaml.safe_load((three_councils / "config/sample_pseudonym_key.yaml").read_text())["sample"] is True
