"""Extracts on a real SFTP server, reached by an Airflow connection."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from foundation.configuration import ConfigurationError
from ingestion.arriving import arrival_places
from ingestion.arriving.arrival_places import PlaceFailed
from ingestion.arriving.source_fetching import fetch_source
from tests.ingestion.testshire import KEY, STAFF_MAPPING, SendingCouncil, staff_row
from tests.services.sftp_server import CONTENT, NAME, RECEIVED, Server, serving

pytestmark = pytest.mark.services


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with an empty folder /outgoing."""
    with serving(tmp_path / "server") as running:
        yield running


@pytest.fixture
def council(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> SendingCouncil:
    """Testshire, whose staff extracts arrive on the server."""
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("AIRFLOW_CONN_HR_SFTP", server.connection())
    testshire = SendingCouncil(tmp_path / "home", tmp_path / "config").configure()
    testshire.mapping("hr_assignments", STAFF_MAPPING)
    testshire.arrives("{sftp: hr_sftp, path: /outgoing}")
    return testshire


def test_an_extract_on_the_server_lands_once_and_stays_there(council: SendingCouncil, server: Server) -> None:
    path = server.leave()
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, arrival.already_known, arrival.problems) == (1, 0, ())
    assert council.land().landed == 1
    assert council.deliveries()[0].received_at == "2024-10-12T06:00:00+00:00"
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, arrival.already_known) == (0, 1)
    assert path.read_text() == CONTENT
    assert server.written == []


def test_a_server_with_another_key_is_not_spoken_to(council: SendingCouncil, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.leave()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    monkeypatch.setenv("AIRFLOW_CONN_HR_SFTP", server.connection(host_key=other))
    says = r"/outgoing of the connection hr_sftp cannot be read \(BadHostKeyException\)\. The server shows another key"
    with pytest.raises(PlaceFailed, match=says):
        fetch_source("testshire", "hr_assignments")
    assert list((council.home / "inbox").rglob("*.csv")) == []


@pytest.mark.parametrize("extra", [{"no_host_key_check": True, "host_key": None}, {"host_key": None}])
def test_a_server_whose_key_nobody_gave_is_not_spoken_to(
    council: SendingCouncil, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, extra: dict[str, object]
) -> None:
    server.leave()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_HR_SFTP", server.connection(**extra))
    with pytest.raises(PlaceFailed, match="Give its key as host_key in the connection's extra"):
        fetch_source("testshire", "hr_assignments")


def test_a_connection_that_lets_the_key_change_is_refused(council: SendingCouncil, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HR_SFTP", server.connection(allow_host_key_change=True))
    with pytest.raises(ConfigurationError, match="allow_host_key_change"):
        fetch_source("testshire", "hr_assignments")


def test_a_wrong_password_is_a_place_that_cannot_be_read_and_is_not_shown(
    council: SendingCouncil, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HR_SFTP", server.connection().replace("for a test", "a wrong secret"))
    with pytest.raises(PlaceFailed, match="does not take the connection's login") as error:
        fetch_source("testshire", "hr_assignments")
    assert "a wrong secret" not in str(error.value)


def test_a_folder_that_is_not_on_the_server_says_so(council: SendingCouncil) -> None:
    council.arrives("{sftp: hr_sftp, path: /incoming}")
    with pytest.raises(
        PlaceFailed, match=r"/incoming of the connection hr_sftp cannot be read \(FileNotFoundError\)\. Check that it is there"
    ):
        fetch_source("testshire", "hr_assignments")


def test_a_server_that_does_not_answer_says_where_to_look(council: SendingCouncil, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    monkeypatch.setenv("AIRFLOW_CONN_HR_SFTP", server.connection())
    with pytest.raises(PlaceFailed, match=r"Nothing answers there\. Check the connection's host and port"):
        fetch_source("testshire", "hr_assignments")


def test_a_file_on_the_server_is_left_until_its_marker_is_there(council: SendingCouncil, server: Server) -> None:
    council.arrives("{sftp: hr_sftp, path: /outgoing, done_marker: true}")
    server.leave()
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, [problem.code for problem in arrival.problems]) == (0, ["still_written"])
    server.leave(f"{NAME}.done", "")
    assert fetch_source("testshire", "hr_assignments").fetched == 1
    assert [path.name for path in council.home.rglob("staff*")] == [NAME]


def test_a_file_that_grows_on_the_server_between_two_looks_is_left(council: SendingCouncil, server: Server) -> None:
    path = server.leave()
    server.grows = staff_row("2", "2") + "\n"
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, [problem.code for problem in arrival.problems]) == (0, ["still_written"])
    assert [path.name for path in (council.home / "inbox").rglob("*staff*")] == []
    server.grows = ""
    os.utime(path, (RECEIVED, RECEIVED))
    assert fetch_source("testshire", "hr_assignments").fetched == 1
    assert (council.land().rows_accepted, council.raw().height) == (2, 2)


def test_names_of_a_hostile_server_lead_nowhere(council: SendingCouncil, server: Server) -> None:
    server.leave()
    server.extra_names += ["../../staff_2024-07.csv", "/tmp/staff_2024-08.csv", "staff\\2024-08.csv"]
    arrival = fetch_source("testshire", "hr_assignments")
    assert arrival.fetched == 1
    assert [problem.code for problem in arrival.problems] == ["unsafe_name"] * 3
    assert [path.name for path in council.home.rglob("*.csv")] == [NAME]


def test_a_link_on_the_server_is_not_followed(council: SendingCouncil, server: Server) -> None:
    (server.root / "outgoing" / NAME).symlink_to("../secret")
    (server.root / "secret").write_text(CONTENT)
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, [problem.code for problem in arrival.problems]) == (0, ["unknown_file"])


def test_a_file_that_is_sent_without_an_end_is_left(council: SendingCouncil, server: Server) -> None:
    server.leave()
    server.endless = True
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, [problem.code for problem in arrival.problems]) == (0, ["still_written"])
    assert [path.name for path in (council.home / "inbox").rglob("*") if path.is_file() and path.name != ".lock"] == []
    server.endless = False
    assert fetch_source("testshire", "hr_assignments").fetched == 1


@pytest.mark.parametrize("states", [0, 5, 10_000])
def test_a_file_of_another_size_than_the_server_says_is_left(council: SendingCouncil, server: Server, states: int) -> None:
    server.leave()
    server.states = states
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, [problem.code for problem in arrival.problems]) == (0, ["still_written"])


def test_a_file_that_is_said_to_be_larger_than_any_extract_is_not_fetched(council: SendingCouncil, server: Server) -> None:
    server.leave()
    server.states = 1 << 40
    arrival = fetch_source("testshire", "hr_assignments")
    assert (arrival.fetched, [problem.code for problem in arrival.problems]) == (0, ["too_large"])


def test_a_server_that_stops_in_the_middle_is_given_up_until_the_next_run(
    council: SendingCouncil, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.leave()
    server.stops = True
    with monkeypatch.context() as patch:
        patch.setattr(arrival_places, "MOST_SILENCE", 1.0)
        try:
            assert fetch_source("testshire", "hr_assignments").fetched == 0
        except PlaceFailed as failed:
            # The server answers nothing any more, even if it has the file.
            assert "(TimeoutError). Nothing answers there" in str(failed)
    server.stops = False
    assert fetch_source("testshire", "hr_assignments").fetched == 1


def test_a_connection_that_drops_in_the_middle_of_a_file_lands_nothing_and_the_next_run_fetches_it(
    council: SendingCouncil, server: Server
) -> None:
    server.leave()
    server.drops = len(CONTENT) // 2
    with pytest.raises(PlaceFailed, match=r"/outgoing of the connection hr_sftp cannot be read .* The connection broke off"):
        fetch_source("testshire", "hr_assignments")
    assert [path.name for path in (council.home / "inbox").rglob("*staff*")] == [f".{NAME}.part"], (
        "what nobody reads, and the next fetch overwrites"
    )
    assert council.land().landed == 0
    server.drops = None
    assert fetch_source("testshire", "hr_assignments").fetched == 1
    assert [path.name for path in (council.home / "inbox").rglob("*staff*")] == [NAME]
    assert (council.land().rows_accepted, council.raw().height) == (1, 1)
