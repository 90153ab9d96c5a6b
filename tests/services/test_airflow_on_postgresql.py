"""The real Airflow on PostgreSQL: scheduler, LocalExecutor and API run the month that the golden councils sent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psycopg2
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("WORKFORCE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
DATABASE = f"workforce_airflow_{os.getpid()}"
WAIT = 240

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
def airflow(golden_home: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    """A running Airflow whose metadata is in PostgreSQL, and a client that is logged in to it."""
    _administer(f"create database {DATABASE}")
    port, home = _free_port(), tmp_path / "airflow"
    address = SERVER.rsplit("/", 1)[0].removeprefix("postgresql://")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{address}/{DATABASE}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{address}/{DATABASE}",
    }
    log = tmp_path / "airflow.log"
    with log.open("w", encoding="utf-8") as out:
        running = subprocess.Popen(
            [str(Path(sys.executable).with_name("airflow")), "standalone"],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _wait_for(lambda: _healthy(client), "Airflow did not become healthy", log)
            # As the guide says: without the pool no task starts.
            pools = [str(Path(sys.executable).with_name("airflow")), "pools", "import", str(REPOSITORY / "dags" / "pools.json")]
            subprocess.run(pools, env=environment, check=True, capture_output=True)
            passwords = json.loads((home / "simple_auth_manager_passwords.json.generated").read_text(encoding="utf-8"))
            token = client.post("/auth/token", json={"username": "admin", "password": passwords["admin"]}).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {token['access_token']}"
            yield client
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        try:
            running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        _administer(f"drop database if exists {DATABASE} with (force)")


def test_the_month_runs_under_the_scheduler(airflow: httpx.Client, golden_home: Path) -> None:
    _wait_for(lambda: airflow.get("/api/v2/dags/workforce_month").status_code == 200, "the DAG was not found")
    airflow.patch("/api/v2/dags/workforce_month", json={"is_paused": False}).raise_for_status()
    run = airflow.post("/api/v2/dags/workforce_month/dagRuns", json={"logical_date": None}).raise_for_status().json()
    path = f"/api/v2/dags/workforce_month/dagRuns/{run['dag_run_id']}"
    _wait_for(lambda: airflow.get(path).json()["state"] in ("success", "failed"), "the run did not end")
    tasks = airflow.get(f"{path}/taskInstances", params={"limit": 100}).json()["task_instances"]
    assert {task["state"] for task in tasks} == {"success"}, [(task["task_id"], task["state"]) for task in tasks]
    assert len([task for task in tasks if task["task_id"] == "land"]) == 6
    assert (golden_home / "published" / "latest" / "inside" / "workforce.duckdb").is_file()


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
