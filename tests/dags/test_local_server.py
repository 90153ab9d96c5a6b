"""The local Airflow: its addresses follow the port, only the owner can read its folder, and everything that it started ends with it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dags.by_hand import by_hand_lock
from dags.local_server import PARTS, PASSWORDS, Parts, keep_private, main, page_password, server_settings

REPOSITORY = Path(__file__).resolve().parents[2]


def test_one_setting_changes_the_port_everywhere() -> None:
    usual = server_settings({}, cores=2)
    moved = server_settings({"WORKFORCE_AIRFLOW_PORT": "9123"}, cores=2)
    assert {name: value.replace("9123", "8080") for name, value in moved.items()} == usual
    changed = {name for name in usual if usual[name] != moved[name]}
    assert changed == {"AIRFLOW__API__PORT", "AIRFLOW__API__BASE_URL", "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"}


def test_it_keeps_to_this_machine_and_its_cores_unless_told_otherwise() -> None:
    assert server_settings({}, cores=2)["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert [server_settings({}, cores=cores)["AIRFLOW__CORE__PARALLELISM"] for cores in (1, 2, 8)] == ["2", "2", "8"]
    assert server_settings({"AIRFLOW__CORE__PARALLELISM": "3"}, cores=8)["AIRFLOW__CORE__PARALLELISM"] == "3"
    assert server_settings({}, cores=2)["AIRFLOW__LOGGING__NAMESPACE_LEVELS"] == "task=INFO"
    assert all("--skip-serve-logs" in PARTS[part] for part in ("scheduler", "triggerer"))


def test_its_folder_and_password_are_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "airflow"
    (home / "logs").mkdir(parents=True, mode=0o755)
    (home / "airflow.db").write_text("")
    (home / "airflow.db").chmod(0o644)
    keep_private(home)
    password = page_password(home)
    assert page_password(home) == password == json.loads((home / PASSWORDS).read_text())["admin"]
    assert {path.name for path in [home, *home.rglob("*")] if stat.S_IMODE(path.stat().st_mode) & 0o077} == set()


# A stand-in for a part of Airflow that ignores signals, and starts another process that ignores them.
DEAF = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); {}time.sleep(600)"
STARTS_ANOTHER = "subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]]); "


def test_stopping_ends_every_process_even_those_that_hear_no_signal(capfd: pytest.CaptureFixture[str]) -> None:
    mark = f"a-part-of-{os.getpid()}"
    parts = Parts(os.environ)
    parts.start({"deaf": ["-c", DEAF.format(STARTS_ANOTHER), DEAF.format(""), mark]}, command=[sys.executable])
    until = time.monotonic() + 20
    said = ""
    while said.count("| on") < 2 and time.monotonic() < until:
        time.sleep(0.1)
        said += capfd.readouterr().out
    assert len(_processes(mark)) == 2
    parts.stop(seconds=0.5)
    assert _processes(mark) == []


def test_it_does_not_start_beside_a_run_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    with by_hand_lock(tmp_path):
        assert main() == 2
    assert "is being run by hand" in capsys.readouterr().out


def test_a_copied_folder_uses_its_own_database_and_a_setting_names_another(tmp_path: Path) -> None:
    for name in ("Makefile", "settings.mk"):
        (tmp_path / name).write_text((REPOSITORY / name).read_text())
    (tmp_path / "show.mk").write_text("include Makefile\nshow:\n\t@env | grep -E '^AIRFLOW__(DATABASE|LOGGING__BASE)' | sort\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "WORKFORCE"))}

    def shown(**more: str) -> str:
        command = ["make", "--silent", "--file", "show.mk", "show"]
        return subprocess.run(command, cwd=tmp_path, env=clean | more, capture_output=True, text=True, check=True).stdout

    assert shown().splitlines() == [
        f"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///{tmp_path}/.airflow/airflow.db",
        f"AIRFLOW__LOGGING__BASE_LOG_FOLDER={tmp_path}/.airflow/logs",
    ]
    assert shown(WORKFORCE_AIRFLOW_DATABASE="postgresql://me@server:5432/airflow").splitlines()[:2] == [
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://me@server:5432/airflow",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC=postgresql+asyncpg://me@server:5432/airflow",
    ]


def _processes(mark: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                arguments = (folder / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            if mark.encode() in arguments.split(b"\0"):
                found.append(int(folder.name))
    return found
