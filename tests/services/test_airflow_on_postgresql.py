"""The real Airflow, by `make airflow` on PostgreSQL: scheduler, LocalExecutor and API run the month of the golden councils."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("WORKFORCE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
DATABASE = f"workforce_airflow_{os.getpid()}"
WAIT = 600
# As the kernel writes them: the state of a socket that listens, and the addresses of this machine alone, 127.0.0.1 and ::1.
LISTENS = "0A"
LOOPBACK = ("0100007F:", "00000000000000000000000001000000:", "0000000000000000FFFF00000100007F:")

pytestmark = pytest.mark.services


def _administer(statement: str) -> None:
    try:
        connection = psycopg2.connect(SERVER, connect_timeout=5)
    except psycopg2.OperationalError as error:
        pytest.fail(
            f"PostgreSQL is missing: {error}. Start one, or name it in WORKFORCE_TEST_POSTGRES (postgresql://user@host:port/database)"
        )
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _free_port() -> int:
    with closing(socket.socket()) as connection:
        connection.bind(("127.0.0.1", 0))
        return int(connection.getsockname()[1])


@pytest.fixture
def airflow(golden_home: Path, tmp_path: Path) -> Iterator[Server]:
    """`make airflow` with its metadata in PostgreSQL, on a port and in a folder of its own."""
    _administer(f"create database {DATABASE}")
    port, home = _free_port(), tmp_path / "airflow"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")} | {
        "WORKFORCE_AIRFLOW_DATABASE": f"{SERVER.rsplit('/', 1)[0]}/{DATABASE}",
        "WORKFORCE_AIRFLOW_PORT": str(port),
    }
    log = tmp_path / "airflow.log"
    with log.open("w", encoding="utf-8") as out:
        # make does not pass a signal on, so the test ends what make starts.
        running = subprocess.Popen(
            ["make", "--silent", f"AIRFLOW_HOME={home}", "airflow"],
            cwd=REPOSITORY,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(home, port, log, running)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            server.client = client
            _wait_for(lambda: _healthy(client), "Airflow did not become healthy", log)
            passwords = json.loads((home / "simple_auth_manager_passwords.json.generated").read_text(encoding="utf-8"))
            token = client.post("/auth/token", json={"username": "admin", "password": passwords["admin"]}).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {token['access_token']}"
            yield server
    finally:
        server.stop()
        for process in server.processes():
            os.kill(process, signal.SIGKILL)
        _administer(f"drop database if exists {DATABASE} with (force)")


def test_the_month_runs_under_the_scheduler_and_says_what_it_did(airflow: Server, golden_home: Path) -> None:
    client = airflow.client
    _wait_for(lambda: client.get("/api/v2/dags/workforce_month").status_code == 200, "the DAG was not found")
    assert client.get("/api/v2/dags/workforce_month").json()["is_paused"] is False
    assert airflow.open_to_others() == []
    run = client.post("/api/v2/dags/workforce_month/dagRuns", json={"logical_date": None}).raise_for_status().json()
    path = f"/api/v2/dags/workforce_month/dagRuns/{run['dag_run_id']}"

    beside = subprocess.run(
        ["make", "--silent", f"AIRFLOW_HOME={airflow.home}", "run"], cwd=REPOSITORY, env=airflow.environment, capture_output=True, text=True
    )
    assert beside.returncode != 0
    assert "A scheduler is at work on the same database of Airflow" in beside.stdout

    _wait_for(lambda: client.get(path).json()["state"] in ("success", "failed"), "the run did not end")
    tasks = client.get(f"{path}/taskInstances", params={"limit": 100}).json()["task_instances"]
    assert {task["state"] for task in tasks} == {"success"}, [(task["task_id"], task["state"]) for task in tasks]
    assert len([task for task in tasks if ".land_" in task["task_id"]]) == 6
    assert (golden_home / "published" / "latest" / "inside" / "workforce.duckdb").is_file()

    pages = {(task["task_id"], task["map_index"]): _printed(client, path, task) for task in tasks}
    assert any(line.startswith("  land   ") and "files landed" in line for line in pages[("councils.peterborough.land_agency", -1)]), pages
    assert any("all passed" in line for line in pages[("check_marts", -1)]), pages
    assert any(line.startswith("  build  ") for line in pages[("build", -1)]), pages
    summary = pages[("confirm_deliveries", -1)]
    assert any(line.split()[:2] == ["stage", "council"] for line in summary), summary
    assert any(line.split()[:3] == ["check", "peterborough", "agency"] for line in summary), summary

    # Airflow may make any folders below it. Nobody else can reach them.
    private = [airflow.home, *(path for path in airflow.home.rglob("*") if path.is_file() and not path.is_symlink())]
    assert [str(path) for path in private if path.stat().st_mode & 0o077] == []
    airflow.stop()
    assert airflow.processes() == []


def test_one_source_is_cleared_with_what_follows_a_pick_up_finds_nothing_and_a_backfill_does_past_months(
    airflow: Server, golden_home: Path
) -> None:
    client = airflow.client
    for dag_id in ("workforce_month", "workforce_pick_up"):
        _wait_for(lambda dag_id=dag_id: client.get(f"/api/v2/dags/{dag_id}").status_code == 200, f"{dag_id} was not found")
    created = subprocess.run(
        [
            str(REPOSITORY / ".venv" / "bin" / "airflow"),
            "backfill",
            "create",
            "--dag-id",
            "workforce_month",
            "--from-date",
            "2022-05-01",
            "--to-date",
            "2022-06-30",
        ],
        env=_environment(airflow.processes()[0]),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert created.returncode == 0, created.stderr[-2000:]
    path = "/api/v2/dags/workforce_month/dagRuns"
    # Airflow takes the last day that was due for one that its scheduler missed, and has it run beside the backfill.
    _wait_for(lambda: _ended(client, path) == 3, "the backfill did not end")
    found = client.get(path, params={"order_by": "logical_date"}).json()["dag_runs"]
    runs = [run for run in found if run["run_type"] == "backfill"]
    # In April nothing had come, so that there is nothing to publish. It does not stop May.
    assert [(run["logical_date"][:10], run["state"]) for run in found[:2]] == [("2022-05-12", "failed"), ("2022-06-14", "success")]
    assert [run["state"] for run in found[2:]] == ["success"]
    publications = sorted(folder.name for folder in (golden_home / "published" / "2022-05").iterdir())
    assert len(publications) == 1
    assert not list((golden_home / "alerts").rglob("*late*"))

    may = f"{path}/{runs[1]['dag_run_id']}"
    body = {
        "dag_run_id": runs[1]["dag_run_id"],
        "task_ids": ["councils.peterborough.land_agency"],
        "include_downstream": True,
        "only_failed": False,
        "reset_dag_runs": True,
        "dry_run": False,
    }
    cleared = client.post("/api/v2/dags/workforce_month/clearTaskInstances", json=body).raise_for_status().json()["task_instances"]
    names = {task["task_id"] for task in cleared}
    of_councils = {name for name in names if name.startswith("councils.")}
    assert of_councils == {"councils.peterborough.land_agency", "councils.peterborough.check"}
    assert {"build", "publish", "switch_latest", "confirm_deliveries"} <= names
    _wait_for(lambda: client.get(may).json()["state"] == "success", "the cleared run did not end")
    assert sorted(folder.name for folder in (golden_home / "published" / "2022-05").iterdir()) == publications

    picked_up = client.post("/api/v2/dags/workforce_pick_up/dagRuns", json={"logical_date": None}).raise_for_status().json()
    path = f"/api/v2/dags/workforce_pick_up/dagRuns/{picked_up['dag_run_id']}"
    _wait_for(lambda: client.get(path).json()["state"] in ("success", "failed"), "the pick-up did not end")
    run = client.get(path).json()
    assert run["state"] == "success"
    tasks = client.get(f"{path}/taskInstances").json()["task_instances"]
    assert {task["task_id"] for task in tasks if task["state"] != "skipped"} == {"look", "check_configuration"}
    assert run["duration"] <= 10
    airflow.stop()


@dataclass
class Server:
    """An Airflow that `make airflow` started: its folder, its port, what it prints."""

    home: Path
    port: int
    log: Path
    running: subprocess.Popen[bytes]
    client: httpx.Client = field(default_factory=httpx.Client)

    @property
    def environment(self) -> dict[str, str]:
        return _environment(self.running.pid)

    def processes(self) -> list[int]:
        """The processes whose AIRFLOW_HOME is this server's folder, without those of make."""
        return [process for process, environment in _environments() if environment.get("AIRFLOW_HOME") == str(self.home)]

    def open_to_others(self) -> list[str]:
        """The addresses, other than this machine's own, at which a process of the server listens."""
        sockets = {
            str(link.readlink())
            for process in self.processes()
            for link in Path(f"/proc/{process}/fd").iterdir()
            if link.is_symlink() and _is_socket(link)
        }
        heard = []
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/net/{table}").read_text(encoding="utf-8").splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTENS and f"socket:[{columns[9]}]" in sockets and not columns[1].startswith(LOOPBACK):
                    heard.append(columns[1])
        return heard

    def stop(self) -> None:
        """End the server as a service manager does: SIGTERM to the process that make started, and wait."""
        for process, environment in _environments():
            if environment.get("AIRFLOW_HOME") == str(self.home) and "dags.local_server" in _arguments(process):
                os.kill(process, signal.SIGTERM)
        try:
            self.running.wait(timeout=90)
        except subprocess.TimeoutExpired:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()


def _ended(client: httpx.Client, path: str) -> int:
    """How many runs have ended."""
    return sum(run["state"] in ("success", "failed") for run in client.get(path).json()["dag_runs"])


def _printed(client: httpx.Client, path: str, task: dict[str, Any]) -> list[str]:
    """The lines on a task's page that the step printed."""
    log = client.get(
        f"{path}/taskInstances/{task['task_id']}/logs/{task['try_number']}",
        params={"map_index": task["map_index"]},
        headers={"Accept": "application/json"},
    )
    return [line["event"] for line in log.raise_for_status().json()["content"] if line.get("logger") == "task.stdout"]


def _environments() -> Iterator[tuple[int, dict[str, str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and "make" not in _arguments(int(folder.name))[:1]:
            yield int(folder.name), _environment(int(folder.name))


def _environment(process: int) -> dict[str, str]:
    try:
        written = Path(f"/proc/{process}/environ").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}  # it has ended, or is another's
    return dict(entry.split("=", 1) for entry in written.split("\0") if "=" in entry)


def _arguments(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return []


def _is_socket(link: Path) -> bool:
    try:
        return str(link.readlink()).startswith("socket:")
    except OSError:
        return False


def _healthy(client: httpx.Client) -> bool:
    try:
        state = client.get("/api/v2/monitor/health").json()
    except (httpx.HTTPError, ValueError):
        return False
    return all(state[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _wait_for(happened: object, otherwise: str, log: Path | None = None) -> None:
    assert callable(happened)
    for _ in range(WAIT):
        if happened():
            return
        time.sleep(1)
    pytest.fail(f"{otherwise} within {WAIT} s" + (f":\n{log.read_text(encoding='utf-8')[-3000:]}" if log else ""))
