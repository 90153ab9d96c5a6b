"""Airflow on this machine, with its page, scheduler, reader of DAG files and triggerer: `make airflow`. All of them start together and stop together.

Airflow's own `standalone` leaves processes behind when it is ended, serves task logs to every network and takes 32 tasks at once.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from filelock import Timeout

from dags.airflow_cleaning import DATABASE as METADATA

PORT = "WORKFORCE_AIRFLOW_PORT"
USUAL_PORT = "8080"
PASSWORDS = "simple_auth_manager_passwords.json.generated"
# The page reads task logs from their folder, so nobody serves them to a network.
PARTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
SECONDS_TO_STOP = 30
SECONDS_TO_START = 180
HEALTHY = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def server_settings(environment: Mapping[str, str], cores: int) -> dict[str, str]:
    """Airflow's settings for this machine: addresses that follow the port, as many tasks at once as there are cores, at least two.

    What the environment sets already stays, but for the addresses.
    """
    port, host = environment.get(PORT) or USUAL_PORT, environment.get("AIRFLOW__API__HOST") or "127.0.0.1"
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(max(2, cores)),
        "AIRFLOW__API__HOST": host,
        # What a task prints is logged at INFO. At WARNING, as the rest is, the page of every task would be empty.
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "task=INFO",
        **{name: value for name, value in environment.items() if name.startswith("AIRFLOW__")},
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": environment.get("AIRFLOW__API__BASE_URL") or f"http://localhost:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        # Airflow hides its database from tasks; the housekeeping has to clean it.
        METADATA: environment.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", ""),
    }


def keep_private(home: Path) -> None:
    """Take every right on Airflow's folder and what is in it from everybody but its owner."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder, _, files in os.walk(home):
        Path(folder).chmod(0o700)
        for file in files:
            path = Path(folder) / file
            if not path.is_symlink():
                path.chmod(0o600)


def page_password(home: Path) -> str:
    """The password of the user `admin`, made at random the first time, in a file that its owner alone can read."""
    path = home / PASSWORDS
    known = json.loads(path.read_bytes()) if path.exists() and path.stat().st_size else {}
    if "admin" not in known:
        known["admin"] = secrets.token_urlsafe(12)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(known, file)
    return str(known["admin"])


class Parts:
    """The parts of Airflow, each in a process group of its own, so that whatever a part started ends with it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, parts: Mapping[str, Sequence[str]] = PARTS, command: Sequence[str] = ("airflow",)) -> None:
        """Start each part, and show what it says with its name before it."""
        for name, arguments in parts.items():
            part = subprocess.Popen(
                [*command, *arguments], env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
            )
            self._running[name] = part
            assert part.stdout
            threading.Thread(target=_show, args=(name, part.stdout), daemon=True).start()

    def ended(self) -> str | None:
        """The name of a part that has ended, or None."""
        return next((name for name, part in self._running.items() if part.poll() is not None), None)

    def stop(self, seconds: float = SECONDS_TO_STOP) -> None:
        """Ask every process of every part to end, wait, and end what is left."""
        until = time.monotonic() + seconds
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for part in self._running.values():
                _signal_group(part.pid, sign)
            while time.monotonic() < until and any(_group_lives(part) for part in self._running.values()):
                time.sleep(0.2)
            until = time.monotonic() + SECONDS_TO_STOP


def _signal_group(group: int, sign: signal.Signals) -> bool:
    try:
        os.killpg(group, sign)
    except ProcessLookupError:
        return False
    return True


def _group_lives(part: subprocess.Popen[bytes]) -> bool:
    part.poll()
    try:
        os.killpg(part.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _show(name: str, said: IO[bytes]) -> None:
    for line in said:
        print(f"{name:<13} | {line.decode(errors='replace').rstrip()}", flush=True)


def _is_healthy(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            state = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return False
    return all((state.get(part) or {}).get("status") == "healthy" for part in HEALTHY)


def main() -> int:
    """Run until somebody stops it (Ctrl-C or SIGTERM). Returns 0 then; 1 if a part ended by itself, or Airflow was not healthy in time; 2 while
    a run by hand goes on."""
    from dags.by_hand import by_hand_lock

    home = Path(os.environ["AIRFLOW_HOME"])
    try:
        with by_hand_lock(home):
            return _run(home)
    except Timeout:
        print("The month is being run by hand, or Airflow is on already, with the same AIRFLOW_HOME. Wait until it has ended", flush=True)
        return 2


def _run(home: Path) -> int:
    environment = os.environ | server_settings(os.environ, len(os.sched_getaffinity(0)))
    keep_private(home)
    password = page_password(home)
    stopping = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: stopping.set())
    parts = Parts(environment)
    began, ready = time.monotonic(), False
    try:
        parts.start()
        while not stopping.wait(1):
            if ended := parts.ended():
                print(f"Airflow's {ended} has ended by itself; see its last lines above. The others are stopped", flush=True)
                return 1
            if not ready and _is_healthy(environment["AIRFLOW__API__PORT"]):
                ready = True
                print(f"\nAirflow is ready: {environment['AIRFLOW__API__BASE_URL']}   user admin, password {password}\n", flush=True)
            if not ready and time.monotonic() - began > SECONDS_TO_START:
                print(f"Airflow was not healthy within {SECONDS_TO_START} seconds, and is stopped", flush=True)
                return 1
        return 0
    finally:
        parts.stop()
        print("Airflow is stopped", flush=True)


if __name__ == "__main__":
    sys.exit(main())
