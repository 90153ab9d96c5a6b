"""The one-shot services of docker-compose.yml: secrets, what a server lacks, addresses of servers, backup and restore."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest

from container import connection, make_secrets
from container.prepare import lacks, memory, uses_samples

GIB = 1024**3


def test_each_secret_is_made_once_at_random_and_for_those_alone_who_read_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert make_secrets.make_missing(one) == make_secrets.make_missing(other) == list(make_secrets.SECRETS)
    written = {name: (one / name).read_text() for name in make_secrets.SECRETS}
    assert all(text != (other / name).read_text() for name, text in written.items())
    assert make_secrets.make_missing(one) == []
    assert {name: (one / name).read_text() for name in written} == written
    modes = {name: stat.S_IMODE((one / name).stat().st_mode) for name in written}
    assert {name for name, mode in modes.items() if mode & 0o077} == {"database/postgres_password", "database/redis_password"}
    assert not any(mode & 0o033 for mode in modes.values())
    assert len(base64.urlsafe_b64decode(written["secrets/fernet_key"].strip())) == 32
    assert len(written["keys/pseudonym_key"].strip()) >= 32
    assert list(json.loads(written["accounts/passwords.json"])) == ["admin"]


def test_a_secret_that_somebody_put_there_stays(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "pseudonym_key").write_text("the council's own key, of 32 characters or more")
    assert "keys/pseudonym_key" not in make_secrets.make_missing(tmp_path)
    assert (tmp_path / "keys" / "pseudonym_key").read_text().startswith("the council's own key")


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "database").write_text("a file where a folder must be")
    assert make_secrets.main(tmp_path) == 1
    assert "cannot be written" in capsys.readouterr().out


def test_a_server_that_lacks_memory_disk_or_a_folder_is_told_so(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    assert list(lacks(tmp_path, logs, 8 * GIB, least_disk=0)) == []
    assert memory() > GIB
    (told,) = lacks(tmp_path, logs, 2 * GIB, least_disk=0)
    assert told == "The server has 2.0 GiB of memory. At least 4 GiB are needed"
    (told,) = lacks(tmp_path, tmp_path / "none", 8 * GIB, least_disk=0)
    assert "there is no such folder" in told
    told = list(lacks(tmp_path, logs, 8 * GIB, least_disk=10**18))
    assert len(told) == 2 and all("GiB are free" in sentence for sentence in told)


def test_the_samples_are_made_only_where_the_configuration_lies_in_the_data_root() -> None:
    assert uses_samples(Path("/srv/data"), Path("/srv/data/config"))
    assert not uses_samples(Path("/srv/data"), Path("/srv/config"))


def test_a_password_with_signs_of_its_own_makes_an_address_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postgres_password").write_text("a@b/c:d\n")
    (tmp_path / "redis_password").write_text("plain\n")
    monkeypatch.setattr(connection, "PASSWORDS", tmp_path)
    assert connection.address("postgresql+psycopg2") == "postgresql+psycopg2://airflow:a%40b%2Fc%3Ad@postgres:5432/airflow"
    assert connection.address("redis") == "redis://:plain@redis:6379/0"
