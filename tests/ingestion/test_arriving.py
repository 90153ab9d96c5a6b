"""Extracts are fetched from where a council's systems leave them: each once, whole, with its own time. Nothing is changed there."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from foundation.arrives import Arrives, ArrivesError, read_arrives
from foundation.configuration import ConfigurationError, organisation
from ingestion.arriving.arrival_places import PlaceFailed
from ingestion.arriving.inbox_extracts import is_plain_name
from ingestion.arriving.source_fetching import fetch_source
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row

RECEIVED = datetime(2024, 10, 12, 6, tzinfo=UTC).timestamp()
NAME = "staff_2024-09.csv"


def content(*rows: str) -> str:
    return "\n".join([STAFF_HEADER, *(rows or (staff_row(),))]) + "\n"


def leave(folder: Path, name: str = NAME, text: str | None = None, at: float = RECEIVED) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(content() if text is None else text)
    os.utime(path, (at, at))
    return path


def fetch(council: SendingCouncil) -> tuple[int, int, list[str]]:
    arrival = fetch_source(council.council, "hr_assignments")
    return arrival.fetched, arrival.already_known, [problem.code for problem in arrival.problems]


@pytest.fixture
def drop(council: SendingCouncil, tmp_path: Path) -> Path:
    """A folder in which the council's system leaves its extracts."""
    folder = tmp_path / "share"
    folder.mkdir()
    council.arrives(f"{{folder: {folder}}}")
    return folder


def test_a_file_is_fetched_once_keeps_its_time_and_stays_where_it_was(council: SendingCouncil, drop: Path) -> None:
    path = leave(drop)
    assert fetch(council) == (1, 0, [])
    assert fetch(council) == (0, 1, [])
    assert path.read_text() == content()
    assert council.land().landed == 1
    assert council.deliveries()[0].received_at == "2024-10-12T06:00:00+00:00"
    assert council.raw().height == 1


def test_a_landed_file_is_not_fetched_again_when_the_inbox_was_emptied(council: SendingCouncil, drop: Path) -> None:
    leave(drop)
    fetch(council)
    council.land()
    (council.home / "inbox" / "testshire" / "hr_assignments" / NAME).unlink()
    assert fetch(council) == (0, 1, [])


def test_a_file_that_was_written_anew_under_its_name_is_another_delivery(council: SendingCouncil, drop: Path) -> None:
    leave(drop)
    fetch(council)
    council.land()
    leave(drop, text=content(staff_row(fte="0.8")), at=RECEIVED + 86_400)
    assert fetch(council) == (1, 0, [])
    council.land()
    assert [delivery.state for delivery in council.deliveries()] == ["superseded", "accepted"]


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_any_location_that_fsspec_knows_will_do(council: SendingCouncil, tmp_path: Path, kind: str) -> None:
    place = f"{tmp_path}/bucket/hr" if kind == "file" else f"/bucket-{tmp_path.name}"
    filesystem = fsspec.filesystem(kind)
    filesystem.makedirs(place)
    filesystem.pipe_file(f"{place}/{NAME}", content().encode())
    council.arrives(f'{{url: "{kind}://{place}"}}')
    assert fetch(council) == (1, 0, [])
    assert fetch(council) == (0, 1, [])
    assert filesystem.exists(f"{place}/{NAME}")
    arrived = council.home / "inbox" / "testshire" / "hr_assignments" / NAME
    assert arrived.read_text() == content()
    assert int(arrived.stat().st_mtime) == int(filesystem.modified(f"{place}/{NAME}").timestamp())


def test_a_file_still_being_written_is_left_until_it_has_not_changed_for_a_while(council: SendingCouncil, drop: Path) -> None:
    council.arrives(f"{{folder: {drop}, stable_seconds: 3600}}")
    leave(drop, at=time.time())
    assert fetch(council) == (0, 0, ["still_written"])
    leave(drop)
    assert fetch(council) == (1, 0, [])


def test_a_file_is_left_until_its_marker_is_there(council: SendingCouncil, drop: Path) -> None:
    council.arrives(f"{{folder: {drop}, done_marker: true}}")
    leave(drop)
    assert fetch(council) == (0, 0, ["still_written"])
    leave(drop, f"{NAME}.done", "")
    assert fetch(council) == (1, 0, [])
    assert [path.name for path in (council.home / "inbox" / "testshire" / "hr_assignments").glob("*")] == [NAME, ".lock"]


@pytest.mark.parametrize("rule", ["{stable_seconds: 3600}", "{done_marker: true}"])
def test_the_inbox_has_the_same_rules(council: SendingCouncil, rule: str) -> None:
    council.arrives(rule)
    path = council.staff(NAME, staff_row())
    os.utime(path)
    report = council.land()
    assert (report.landed, report.failed, [problem.code for problem in report.problems]) == (0, False, ["still_written"])
    council.staff(NAME, staff_row())
    council.receive("hr_assignments", f"{NAME}.done", "")
    assert council.land().landed == 1


def test_a_file_that_changes_while_it_is_fetched_is_left(council: SendingCouncil, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingestion.arriving.arrival_places import _Location

    path = leave(drop)
    copy = _Location.copy

    def copy_while_somebody_writes(place: _Location, name: str, target: Path) -> None:
        copy(place, name, target)
        path.write_text(content(staff_row(), staff_row("2", "2")))

    with monkeypatch.context() as patch:
        patch.setattr(_Location, "copy", copy_while_somebody_writes)
        assert fetch(council) == (0, 0, ["still_written"])
    assert list((council.home / "inbox").rglob(f"*{NAME}*")) == []
    assert fetch(council) == (1, 0, [])


def test_what_no_mapping_names_is_reported_and_not_fetched(council: SendingCouncil, drop: Path) -> None:
    leave(drop, "Copy of staff.csv")
    leave(drop, "staff_2024-09.csv.part")
    leave(drop / "archive", NAME)
    (drop / "staff_2024-08.csv").symlink_to("/etc/passwd")
    arrival = fetch_source(council.council, "hr_assignments")
    assert (arrival.fetched, [(problem.code, problem.file, problem.severity) for problem in arrival.problems]) == (
        0,
        [("unknown_file", "staff_2024-08.csv", "held"), ("unknown_file", "Copy of staff.csv", "held")],
    )


def test_two_sources_may_arrive_in_one_folder(council: SendingCouncil, drop: Path) -> None:
    council.arrives(f"{{folder: {drop}}}", "payroll")
    council.mapping(
        "payroll",
        r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Employee, amount: Amount}
constants: {element: basic_pay}
""",
    )
    leave(drop)
    leave(drop, "pay_2024-09.csv", "Employee,Amount\n1,2\n")
    assert fetch(council) == (1, 0, [])
    assert fetch_source("testshire", "payroll").fetched == 1


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "/etc/passwd", "..", ".", "", "a\\b.csv", "a\x00.csv", "a\nb.csv", "x" * 300, "a\u202eb"]
)
def test_a_name_that_could_lead_elsewhere_is_no_name(name: str) -> None:
    assert not is_plain_name(name)


def test_a_place_that_cannot_be_read_says_which(council: SendingCouncil, tmp_path: Path) -> None:
    council.arrives(f"{{folder: {tmp_path / 'gone'}}}")
    with pytest.raises(PlaceFailed, match=r"gone cannot be read \(FileNotFoundError\)\. Check that it is there"):
        fetch(council)


def test_a_place_that_is_a_file_says_so(council: SendingCouncil, tmp_path: Path) -> None:
    path = leave(tmp_path / "share")
    council.arrives(f"{{folder: {path}}}")
    with pytest.raises(PlaceFailed, match=r"\(FileNotFoundError\)\. Check that it is there, and a folder"):
        fetch(council)


def test_a_connection_that_is_not_there_says_how_to_add_it(council: SendingCouncil) -> None:
    council.arrives("{sftp: nobody_made_this, path: /outgoing}")
    with pytest.raises(ConfigurationError, match=r"no Airflow connection nobody_made_this.*AIRFLOW_CONN_NOBODY_MADE_THIS"):
        fetch(council)


def test_a_kind_of_location_that_cannot_be_opened_says_so(council: SendingCouncil) -> None:
    council.arrives('{url: "gopher://somewhere/hr"}')
    with pytest.raises(ConfigurationError, match="gopher://somewhere/hr: this kind of location cannot be opened"):
        fetch(council)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("nowhere", r"\.arrives must contain keys and values"),
        ("{folder: /a, sftp: b, path: /c}", r"\.arrives names folder and sftp"),
        ("{folder: outgoing}", r"\.arrives\.folder must be the full path of a folder"),
        ("{folder: /a/../b}", r"\.arrives\.folder must be the full path of a folder"),
        ("{sftp: hr}", r"\.arrives\.path must be the full path of a folder"),
        ("{sftp: 'a b', path: /x}", r"\.arrives\.sftp must be the id of an Airflow connection"),
        ("{folder: /a, path: /b}", r"\.arrives\.path is not known for folder"),
        ("{url: bucket}", r"\.arrives\.url must be a location"),
        ("{url: 's3://key:secret@bucket/x'}", r"\.arrives\.url must not contain a password"),
        ("{stable_seconds: soon}", r"\.arrives\.stable_seconds must be a whole number"),
        ("{done_marker: perhaps}", r"\.arrives\.done_marker must be true or false"),
    ],
)
def test_a_place_that_is_written_wrongly_names_its_key(council: SendingCouncil, written: str, says: str) -> None:
    council.arrives(written)
    with pytest.raises(ConfigurationError, match=rf"organisation\.yaml: sources\.hr_assignments{says}"):
        organisation("testshire")


def test_a_source_without_a_place_arrives_in_the_inbox(council: SendingCouncil) -> None:
    assert organisation("testshire").sources["hr_assignments"].arrives == Arrives()
    assert fetch(council) == (0, 0, [])
    with pytest.raises(ArrivesError):
        read_arrives([])


def test_the_mapping_is_needed_to_know_which_files_are_the_sources(council: SendingCouncil, drop: Path) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace("staff_", "people_"))
    leave(drop)
    assert fetch(council) == (0, 0, ["unknown_file"])
