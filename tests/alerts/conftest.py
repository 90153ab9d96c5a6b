"""A council with an owner, and a real mail server in this process."""

from __future__ import annotations

import email
import email.policy
import json
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.expectations.landed_council import LandedCouncil

ORGANISATION = """
id: ashby
name: Ashby
la_code: "999"
new_la_code: E10000999
region: East of England
partnership: null
first_month: "2025-01"
sources:
  hr_assignments: {owner: HR systems, delivers: snapshot}
  establishment: {owner: Establishment control, delivers: snapshot}
contacts:
  HR systems: hr.systems@ashby.example
"""
ALERTS = """
smtp_connection: workforce_smtp
from: Workforce warehouse <warehouse@ashby.example>
engineers: [engineers@ashby.example]
restricted_link: "https://warehouse.ashby.example/restricted/"
"""


@pytest.fixture
def council(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LandedCouncil:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    folder = tmp_path / "config" / "organisations" / "ashby"
    folder.mkdir(parents=True)
    (folder / "organisation.yaml").write_text(ORGANISATION)
    return LandedCouncil(tmp_path)


class Post:
    """Keeps the mails that it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"

    def subjects(self) -> list[str]:
        """The subjects of what came since the last time."""
        came = [str(mail["Subject"]) for mail in self.mails]
        self.mails.clear()
        return came


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """A mail server on this machine, and Airflow's connection to it."""
    kept = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    try:
        connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": {"disable_ssl": True, "disable_tls": True}}
        monkeypatch.setenv("AIRFLOW_CONN_WORKFORCE_SMTP", json.dumps(connection))
        yield kept
    finally:
        server.stop()
