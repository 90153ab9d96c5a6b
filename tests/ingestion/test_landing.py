"""What landing does with files that can be used. Nothing is lost, doubled or left half done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from foundation import ledger
from foundation.configuration import ConfigurationError
from ingestion.conforming import conform
from ingestion.landing import land
from ingestion.landing.land import land_source
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, entries_of, staff_row


def everything_under(folder: Path) -> dict[str, bytes]:
    """Every file except the inbox and the mark of what was seen in it, without the ledger's times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "inbox" not in path.parts and path.name not in (".lock", ".inbox_seen"):
            content = path.read_bytes()
            if path.suffix == ".chain":
                content = entries_of(content)
            if path.suffix == ".json":
                entry = json.loads(content)
                entry["states"] = [state | {"at": ""} for state in entry.get("states", ())]
                content = json.dumps(entry).encode()
            found[path.relative_to(folder).as_posix()] = content
    return found


def test_an_extract_becomes_typed_raw_rows_and_a_ledger_entry(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("00123", "00123-1"), staff_row("00124", "00124-1", fte="", end="30/09/2024"))
    report = council.land()
    assert (report.landed, report.held, report.failed) == (1, 0, False)
    assert (report.rows_read, report.rows_accepted, report.rows_rejected, report.rows_left_out) == (2, 2, 0, 0)
    raw = council.raw()
    assert raw["source_row"].to_list() == [2, 3]
    assert [str(fte) for fte in raw["fte"]] == ["0.600000", "None"]
    assert [str(end_date) for end_date in raw["end_date"]] == ["None", "2024-09-30"]
    assert raw["leaving_reason"].to_list() == [None, None]
    assert raw["job_role"].to_list() == ["social_worker", "social_worker"]
    (delivery,) = council.deliveries()
    assert delivery.delivery_id == f"2024-09-{str(delivery.rows_hash)[:12]}"
    assert (delivery.state, delivery.period, delivery.delivers, delivery.contract_version) == ("accepted", "2024-09", "snapshot", "2.1.0")
    assert raw["delivery_id"].unique().to_list() == [delivery.delivery_id]


def test_raw_has_the_columns_that_the_contract_says_in_its_order(council: SendingCouncil) -> None:
    from contracts import contract, raw_columns

    council.staff("staff_2024-09.csv", staff_row())
    council.land()
    assert council.raw().columns == [name for name, _ in raw_columns(contract("hr_assignments"))]


def test_what_is_kept_is_the_same_however_many_rows_are_taken_at_a_time(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    council.mapping(
        "survey",
        r"""
source: survey
file: {pattern: 'survey_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {respondent: Response, standard: Standard, question_id: Question, answer: Answer}
constants: {survey_name: Health check 2024}
codes: {answer: {Strongly agree: 5, Agree: 4}}
""",
    )
    answers = ["7,2,Q2,Agree", "7,1,Q1,Strongly agree", "9,1,Q1,Agree", "7,2,Q2,Perhaps", "8,3,Q3,Agree"]
    council.receive("survey", "survey_2024-09.csv", "\n".join(["Response,Standard,Question,Answer", *answers]))
    people = [staff_row(str(at), str(at)) for at in range(5)]
    council.staff("staff_2024-09.csv", *people, staff_row("9", "9", fte="7"), people[0], staff_row("", "9"))

    def kept() -> dict[str, list[tuple[object, ...]]]:
        for source in ("hr_assignments", "survey"):
            assert council.land(source).landed == 1
        found = {path.relative_to(council.home).as_posix(): pl.read_parquet(path).rows() for path in council.home.rglob("*.parquet")}
        for folder in ("raw", "rejected", "identity", "ledger", "chains"):
            shutil.rmtree(council.home / folder)
        return found

    at_once = kept()
    assert sorted(len(rows) for rows in at_once.values()) == [1, 2, 3, 4, 5, 5, 12]
    for rows in (1, 2, 3):
        monkeypatch.setattr(conform, "ROWS_AT_A_TIME", rows)
        assert kept() == at_once


def test_a_delivery_received_twice_lands_once(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row())
    council.land()
    before = everything_under(council.home)
    council.staff("staff_2024-09_v2.csv", staff_row(), on="2024-10-20T09:00")
    report = council.land()
    assert (report.landed, report.already_known) == (0, 2)
    assert everything_under(council.home) == before
    assert council.raw().height == 1


def test_received_at_is_when_the_file_came_and_not_when_it_was_read(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(), on="2024-10-12T06:00")
    council.land()
    assert council.deliveries()[0].received_at == "2024-10-12T06:00:00+00:00"


def test_the_original_is_kept_untouched_and_for_its_owner_alone(council: SendingCouncil) -> None:
    path = council.staff("staff_2024-09.csv", staff_row())
    council.land()
    (kept,) = (council.home / "landing" / "hr_assignments" / "testshire").iterdir()
    assert kept.name.endswith("__staff_2024-09.csv")
    assert kept.read_bytes() == path.read_bytes()
    for folder in ("landing/hr_assignments/testshire", "identity/hr_assignments/organisation=testshire"):
        assert (council.home / folder).stat().st_mode & 0o077 == 0


def test_a_correction_is_a_new_delivery_and_the_older_one_is_superseded(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(fte="0.6"))
    council.staff("staff_2024-09_v2.csv", staff_row(fte="0.8"), on="2024-11-12T06:00")
    council.land()
    first, second = council.deliveries()
    assert [first.state, second.state] == ["superseded", "accepted"]
    assert second.delivery_id in first.states[-1].reason
    assert council.raw().height == 2


def test_a_correction_read_before_its_original_is_still_in_force(council: SendingCouncil) -> None:
    council.staff("staff_2024-09_v2.csv", staff_row(fte="0.8"), on="2024-11-12T06:00")
    council.land()
    council.staff("staff_2024-09.csv", staff_row(fte="0.6"), on="2024-10-12T06:00")
    council.land()
    assert [delivery.state for delivery in council.deliveries()] == ["superseded", "accepted"]


@pytest.mark.parametrize("step", ["keep_accepted", "keep_rejected", "keep_original"])
def test_a_landing_killed_before_its_ledger_entry_is_repaired_by_the_next(
    council: SendingCouncil, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    council.staff("staff_2024-09.csv", staff_row(), staff_row("00124", "00124-1", fte="7"))
    council.staff("staff_2024-08.csv", staff_row())
    council.land()
    expected = everything_under(council.home)
    for entry in ("ledger", "chains", "raw", "landing", "rejected", "identity"):
        for path in (council.home / entry).rglob("*.*"):
            path.unlink()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(land, step, killed)
        with pytest.raises(KeyboardInterrupt):
            council.land()
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            council.land()
    assert council.deliveries() == []
    report = council.land()
    assert report.landed == 2
    assert everything_under(council.home) == expected


def test_a_part_file_of_a_killed_landing_is_replaced(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row())
    council.land()
    delivery_id = council.deliveries()[0].delivery_id
    folder = council.home / "raw/hr_assignments/organisation=testshire/period=2024-09"
    for folder_of_source in ("ledger/hr_assignments", "chains/hr_assignments"):
        shutil.rmtree(council.home / folder_of_source)
    (folder / f".{delivery_id}.parquet.part").write_bytes(b"half")
    council.land()
    assert [path.name for path in folder.iterdir()] == [f"{delivery_id}.parquet"]


def test_a_held_file_is_accepted_once_its_mapping_is_mended(council: SendingCouncil) -> None:
    mapping = council.mapping("hr_assignments", STAFF_MAPPING.replace("fte: FTE", "fte: Contracted FTE"))
    council.staff("staff_2024-09.csv", staff_row())
    assert council.land().held == 1
    again = council.land()
    assert (again.held, again.already_known, again.failed) == (1, 0, True)
    assert len(council.deliveries()[0].states) == 1
    mapping.write_text(STAFF_MAPPING)
    assert council.land().landed == 1
    assert [state.state for state in council.deliveries()[0].states] == ["held", "accepted"]
    assert council.deliveries()[0].problems == ()


def test_a_held_file_is_left_alone_once_a_good_one_came_for_its_month(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", "00123,1", header="Employee,FTE")
    assert council.land().held == 1
    council.staff("staff_2024-09_v2.csv", staff_row(), on="2024-10-13T06:00")
    council.land()
    report = council.land()
    assert (report.held, report.already_known, report.failed) == (0, 2, False)
    assert [delivery.state for delivery in council.deliveries()] == ["held", "accepted"]


def test_rejected_rows_come_in_when_asked_for_again_with_a_mended_mapping(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(), staff_row("00124", "00124-1", registered="Yes"))
    council.land()
    council.mapping("hr_assignments", STAFF_MAPPING.replace("yes: [Y]", "yes: [Y, 'Yes']"))
    assert council.land().already_known == 1
    assert council.raw().height == 1
    report = council.land(again=True)
    assert (report.landed, report.rows_accepted, report.rows_rejected) == (1, 2, 0)
    assert council.raw().height == 2
    assert list((council.home / "rejected").rglob("*.parquet")) == []
    assert [state.state for state in council.deliveries()[0].states] == ["accepted", "accepted"]


def test_what_a_check_held_is_not_landed_again(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row())
    council.land()
    delivery_id = council.deliveries()[0].delivery_id
    ledger.hold("testshire", "hr_assignments", delivery_id, "staff_halved", "Half of the staff of August are missing")
    report = council.land()
    assert (report.landed, report.already_known) == (0, 1)
    report = council.land(again=True)
    assert (report.landed, report.already_known) == (1, 0)
    assert council.deliveries()[0].state == "held"


def test_a_delivery_that_a_changed_mapping_refuses_is_held_until_the_mapping_is_mended(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(), staff_row("2", "2", fte="7"))
    council.land()
    council.mapping("hr_assignments", STAFF_MAPPING.replace("fte: FTE", "fte: Hours"))
    assert council.land(again=True).held == 1
    council.mapping("hr_assignments", STAFF_MAPPING)
    assert council.land().landed == 1
    assert [state.state for state in council.deliveries()[0].states] == ["accepted", "held", "accepted"]


def test_files_that_programs_leave_in_the_inbox_are_ignored(council: SendingCouncil) -> None:
    for name in ("~$staff_2024-09.xlsx", "staff_2024-09.csv.part", "staff_2024-09.csv.tmp", ".DS_Store"):
        council.receive("hr_assignments", name, "x")
    report = council.land()
    assert (report.problems, report.landed, report.held) == ((), 0, 0)


def test_an_inbox_that_is_not_there_is_nothing_to_land(council: SendingCouncil) -> None:
    report = council.land()
    assert (report.landed, report.rows_read, report.problems) == (0, 0, ())


def test_an_event_file_sent_for_two_months_is_worth_a_note(council: SendingCouncil) -> None:
    council.mapping(
        "training",
        r"""
source: training
file: {pattern: 'training_(?P<year>\d{4})(?P<month>\d\d)\.csv', format: csv}
columns: {person_id: Staff, course_id: Course, recorded_date: Date, outcome: Status}
constants: {delivery: classroom}
dates: "%Y-%m-%d"
""",
    )
    for name in ("training_202408.csv", "training_202409.csv"):
        council.receive("training", name, "Staff,Course,Date,Status\n1,SG1,2024-08-02,completed\n")
    report = council.land("training")
    assert (report.landed, report.failed) == (2, False)
    assert [problem.code for problem in report.problems] == ["same_content"]


def test_repeated_training_of_a_person_course_and_day_counts_once(council: SendingCouncil) -> None:
    council.mapping(
        "training",
        r"""
source: training
file: {pattern: 'training_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Staff, course_id: Course, recorded_date: Date, outcome: Status}
constants: {delivery: elearning}
dates: "%Y-%m-%d"
""",
    )
    rows = ["1,SG1,2024-09-02,failed", "1,SG1,2024-09-02,completed", "1,SG1,2024-09-09,completed", "01,SG1,2024-09-02,completed"]
    council.receive("training", "training_2024-09.csv", "\n".join(["Staff,Course,Date,Status", *rows]))
    council.land("training")
    assert council.raw("training")["source_row"].to_list() == [2, 4, 5]
    assert council.rejected("training").select("source_row", "rule").rows() == [(3, "duplicate_key")]


def test_a_full_history_has_a_row_an_effective_date(council: SendingCouncil) -> None:
    council.hr = "history"
    council.configure()
    council.mapping("hr_assignments", STAFF_MAPPING.replace("end_date: End", "end_date: End, effective_from: From, effective_to: To"))
    header = "Employee,Assignment,Name,Born,SWE,Post,Team,Job,Registered,Contract,FTE,Start,End,From,To"
    spans = [",01/04/2020,31/08/2024", ",01/09/2024,", ",01/09/2024,"]
    council.staff("staff_2024-09.csv", *(staff_row() + span for span in spans), header=header)
    report = council.land()
    assert (report.rows_accepted, report.rows_rejected) == (2, 1)
    assert council.rejected()["source_row"].to_list() == [4]
    assert council.deliveries()[0].delivers == "history"


def test_a_source_that_is_not_configured_is_an_error_of_the_configuration(council: SendingCouncil) -> None:
    with pytest.raises(ConfigurationError, match=r"organisation\.yaml: no source exit_interviews; configured are hr_assignments"):
        land_source(council.council, "exit_interviews")


def rejected_keys(council: SendingCouncil, period: str = "2024-09") -> pl.DataFrame:
    return council.raw("rejected_key", period).sort("source_row")


def test_a_rejected_row_reaches_raw_by_its_pseudonyms_and_by_nothing_else(council: SendingCouncil) -> None:
    council.staff("staff_2024-08.csv", staff_row("00123"), staff_row("00124", "00124-1"), on="2024-09-12T06:00")
    council.staff("staff_2024-09.csv", staff_row("00123"), staff_row("00124", "00124-1", fte="I.0"), staff_row("00125", "", fte="I.0"))
    assert council.land().landed == 2
    before = council.raw(period="2024-08").filter(pl.col("source_row") == 3)
    told = rejected_keys(council)
    assert told.columns == ["source_row", "person_key", "assignment_key", "source", "delivery_id"]
    assert told["source_row"].to_list() == [3, 4]
    assert told.select("person_key", "assignment_key").row(0) == before.select("person_key", "assignment_key").row(0)
    assert told["assignment_key"][1] is None
    assert told["source"].unique().to_list() == ["hr_assignments"]
    assert {delivery.delivery_id: delivery.rejected_keys for delivery in council.deliveries()}[told["delivery_id"][0]] == 2
    assert not list((council.home / "raw" / "rejected_key").glob("*/period=2024-08/*"))


def test_a_row_that_is_accepted_when_read_again_is_no_rejected_one_any_more(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("00123"), staff_row("00124", "00124-1", job="HERO"))
    council.mapping("hr_assignments", STAFF_MAPPING + "new_codes_hold_from: {job_role: 3}\n")
    council.land()
    assert rejected_keys(council).height == 1
    council.mapping("hr_assignments", STAFF_MAPPING.replace("{SW: social_worker,", "{SW: social_worker, HERO: social_worker,"))
    council.land(again=True)
    assert not list((council.home / "raw").rglob("hr_assignments__*"))
    assert [delivery.rejected_keys for delivery in council.deliveries()] == [0]


def test_two_sources_with_one_file_keep_their_rejected_rows_apart(council: SendingCouncil) -> None:
    columns = "{post_id: Post, team_id: Team, job_role: Job, budgeted_fte: FTE}"
    council.mapping(
        "establishment",
        f"""
source: establishment
file: {{pattern: 'staff_(?P<period>\\d{{4}}-\\d\\d)\\.csv', format: csv}}
columns: {columns}
constants: {{team_name: Team, service_id: S1, service_name: Service, post_status: active}}
codes: {{job_role: {{SW: social_worker}}}}
ignore: [Employee, Assignment, Name, Born, SWE, Registered, Contract, Start, End]
""",
    )
    rows = "\n".join([STAFF_HEADER, staff_row("00123", post="P1"), staff_row("00124", "00124-1", post="P2", fte="I.0")])
    for source in ("hr_assignments", "establishment"):
        council.receive(source, "staff_2024-09.csv", rows)
        assert council.land(source).rows_rejected == 1
    assert {path.name.split("__")[0] for path in (council.home / "raw" / "rejected_key").rglob("*.parquet")} == {
        "hr_assignments",
        "establishment",
    }
    (posts,) = (council.home / "raw" / "rejected_key").rglob("establishment__*")
    assert pl.read_parquet(posts)["post_id"].to_list() == ["P2"]
