"""PostgreSQL, Redis and an Airflow of the test's own on this machine, each part in a process that may be killed. None of them disturbs others."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from dags.local_server import page_password, server_settings
from tests.own_airflow import REPOSITORY, SETTING

BIN = REPOSITORY / ".venv" / "bin"
LONGEST = 600.0
A_MOMENT = 0.2
# What the scheduler waits by default before it takes a task for lost is five and ten minutes: five seconds in which nothing is heard are not.
SOONER = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
}
NEEDS = "Install PostgreSQL and Redis: apt-get install postgresql redis-server"
T = TypeVar("T")


class ServerMissing(Exception):
    """A program that the tests need is not installed. The message says which and what to type."""


def free_port() -> int:
    with closing(socket.socket()) as connection:
        connection.bind(("127.0.0.1", 0))
        return int(connection.getsockname()[1])


def program(name: str) -> str:
    """The path of an installed program. PostgreSQL's own are in no PATH on Debian."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = shutil.which(name) or (str(places[-1]) if places else None)
    if found is None:
        raise ServerMissing(f"{name} is missing. {NEEDS}")
    return found


class PostgreSQL:
    """A cluster in a folder of its own, for everybody on this machine, on a free port. It refuses to run as root, so it has its own user then."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._folder, self.port = folder, free_port()
        self._environment = os.environ | dict(settings or {})
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        options = ["--username", "postgres", "--auth", "trust", "--no-sync", "--encoding", "UTF8"]
        self._do(program("initdb"), "--pgdata", f"{folder}/data", *options)

    @property
    def address(self) -> str:
        return f"postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} -c max_connections=200"
        self._pg_ctl("start", "--options", options)

    def restart_as_after_a_crash(self) -> None:
        """End every process at once, and start again: PostgreSQL then recovers from its log."""
        self._pg_ctl("stop", "--mode", "immediate")
        self.start()

    def stop(self) -> None:
        self._pg_ctl("stop", "--mode", "immediate")

    def _pg_ctl(self, *arguments: str) -> None:
        self._do(program("pg_ctl"), "--pgdata", f"{self._folder}/data", "--log", f"{self._folder}/log", "--wait", *arguments)

    def _do(self, *command: str) -> None:
        user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        # Not a pipe: the server would hold it open.
        said = self._folder / "said"
        with said.open("wb") as out:
            done = subprocess.run(
                command, check=False, stdout=out, stderr=subprocess.STDOUT, cwd="/", env=self._environment, timeout=LONGEST, **user
            )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {said.read_text(encoding='utf-8', errors='replace')[-500:]}")


@contextmanager
def postgresql(settings: Mapping[str, str] | None = None) -> Iterator[PostgreSQL]:
    # Not below a folder of pytest, which PostgreSQL's own user may not enter.
    with tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder), settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """A Redis that keeps nothing. Gives its port."""
    folder.mkdir()
    port = free_port()
    command = [
        program("redis-server"),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield port
    finally:
        running.terminate()
        running.wait(timeout=30)


@contextmanager
def airflow_with_celery(folder: Path, data: Path, settings: Mapping[str, str] | None = None) -> Iterator[tuple[Airflow, PostgreSQL]]:
    """Airflow with Celery and two workers, on a PostgreSQL and a Redis of its own. `settings`: variables that all of them have."""
    # Airflow's scheduler asks the database for the time as well.
    with postgresql(settings) as database, redis(folder / "redis") as broker:
        airflow = Airflow(folder / "airflow", data, database.address, broker, settings)
        try:
            airflow.start()
            yield airflow, database
        finally:
            airflow.stop()


class Airflow:
    """Airflow's parts, each a process with what it starts. A part that ends is started again, as Docker does with `restart: unless-stopped`.

    `database`: the address of a PostgreSQL; None: SQLite. `broker`: the port of a Redis, for Celery and two workers; None: LocalExecutor.
    """

    def __init__(self, home: Path, data: Path, database: str | None, broker: int | None, settings: Mapping[str, str] | None = None) -> None:
        self.home, self.data, self.port = home, data, free_port()
        self._log = home / "parts"
        self._log.mkdir(parents=True)
        self.environment = _environment(home, data, database, broker, self.port) | dict(settings or {})
        self._commands = {
            "api-server": ["api-server"],
            "dag-processor": ["dag-processor"],
            "scheduler": ["scheduler", "--skip-serve-logs"],
        }
        if broker is not None:
            self._commands |= {
                name: ["celery", "worker", "--skip-serve-logs", "--celery-hostname", f"{name}@%h"] for name in ("worker-1", "worker-2")
            }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.started_again: list[str] = []
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def start(self) -> None:
        """Make the database, start the parts, and wait until they are healthy and know the DAGs."""
        made = subprocess.run([str(BIN / "airflow"), "db", "migrate"], env=self.environment, capture_output=True, text=True, check=False)
        if made.returncode:
            raise RuntimeError(f"airflow db migrate failed:\n{made.stdout[-2000:]}{made.stderr[-2000:]}")
        pools = ["pools", "import", str(REPOSITORY / "dags" / "pools.json")]
        subprocess.run([str(BIN / "airflow"), *pools], env=self.environment, capture_output=True, check=True)
        self._password = page_password(self.home)
        for name in self._commands:
            self._start(name)
        threading.Thread(target=self._start_again, daemon=True).start()
        self.wait_for(self._is_healthy, "Airflow did not become healthy")
        self.sign_in()
        for dag in ("workforce_month", "workforce_pick_up"):
            self.wait_for(lambda dag=dag: self.client.get(f"/api/v2/dags/{dag}").status_code == 200, f"{dag} was not found")

    def sign_in(self) -> None:
        """Get the right to ask. It lasts for a day, by the clock of Airflow."""
        login = {"username": "admin", "password": self._password}
        token = self.wait_for(lambda: self.client.post("/auth/token", json=login).raise_for_status().json(), "nobody could sign in")
        self.client.headers["Authorization"] = f"Bearer {token['access_token']}"

    def _start(self, name: str) -> None:
        with (self._log / f"{name}.log").open("ab") as out:
            self._running[name] = subprocess.Popen(
                [str(BIN / "airflow"), *self._commands[name]],
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _start_again(self) -> None:
        while not self._stopping.wait(A_MOMENT):
            for name, part in list(self._running.items()):
                with self._lock:
                    if part.poll() is not None and not self._stopping.is_set():
                        self.started_again.append(name)
                        self._start(name)

    def kill(self, name: str) -> None:
        """Kill a part with everything that it started, as the end of its container does. It is started again."""
        with self._lock:
            part = psutil.Process(self._running[name].pid)
            for process in [part, *part.children(recursive=True)]:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            families = [psutil.Process(part.pid) for part in self._running.values() if part.poll() is None]
            processes = [process for part in families for process in [part, *part.children(recursive=True)]]
            for process in processes:
                try:
                    process.send_signal(signal.SIGKILL)
                except psutil.NoSuchProcess:
                    continue
            for part in self._running.values():
                part.wait(timeout=60)
        self.client.close()

    def worker_of(self, log: Path) -> str | None:
        """The worker of which a process has a task's log open."""
        for name, part in self._running.items():
            if name.startswith("worker"):
                for process in psutil.Process(part.pid).children(recursive=True):
                    try:
                        if any(file.path == str(log) for file in process.open_files()):
                            return name
                    except psutil.Error:
                        continue
        return None

    def log_of(self, run_id: str, task_id: str, attempt: int = 1, dag_id: str = "workforce_month") -> Path:
        """Where a task's log is written."""
        return self.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}" / f"attempt={attempt}.log"

    def trigger(self, dag_id: str, **asked: object) -> str:
        body = {"logical_date": None, "conf": asked}
        return str(self.client.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body).raise_for_status().json()["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}").raise_for_status().json()
        return found

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            self.client.get(f"/api/v2/dags/{dag_id}/dagRuns", params={"limit": 100}).raise_for_status().json()["dag_runs"]
        )
        return found

    def clear(self, dag_id: str, run_id: str, task_id: str) -> set[str]:
        """Clear a task of a run with all that follows it. Returns the names of the tasks that are done again."""
        body = {
            "dag_run_id": run_id,
            "task_ids": [task_id],
            "include_downstream": True,
            "only_failed": False,
            "reset_dag_runs": True,
            "dry_run": False,
        }
        cleared = self.client.post(f"/api/v2/dags/{dag_id}/clearTaskInstances", json=body).raise_for_status().json()["task_instances"]
        return {task["task_id"] for task in cleared}

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[dict[str, Any]] = self.client.get(path, params={"limit": 200}).raise_for_status().json()["task_instances"]
        return found

    def ended(self, dag_id: str, run_id: str) -> str:
        """The state in which a run ends."""
        return self.wait_for(
            lambda: state if (state := self.run(dag_id, run_id)["state"]) in ("success", "failed") else "", f"{run_id} did not end"
        )

    def wait_for(self, find: Callable[[], T], otherwise: str, longest: float = LONGEST) -> T:
        """What is found once it is true. While a part starts again, nobody may answer."""
        until = time.monotonic() + longest
        while time.monotonic() < until:
            try:
                if found := find():
                    return found
            except (httpx.HTTPError, ValueError):
                pass  # asked again until the time is over
            time.sleep(A_MOMENT)
        raise TimeoutError(f"{otherwise} within {longest:.0f} s. {self.last_words()}")

    def last_words(self) -> str:
        return "\n".join(f"{log.stem}: {log.read_text(encoding='utf-8', errors='replace')[-600:]}" for log in sorted(self._log.iterdir()))

    def _is_healthy(self) -> bool:
        state = self.client.get("/api/v2/monitor/health").json()
        return all(state[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _environment(home: Path, data: Path, database: str | None, broker: int | None, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "WORKFORCE", "PYTEST"))}
    settings = dict(SETTING.findall((REPOSITORY / "settings.mk").read_text(encoding="utf-8")))
    celery = {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{broker}/0",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg2://{database}",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
    }
    own = {
        "WORKFORCE_AIRFLOW_PORT": str(port),
        "WORKFORCE_HOME": str(data),
        "WORKFORCE_CONFIG": str(data / "config"),
        "PYTHONPATH": str(REPOSITORY),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "dags" / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}" if database else f"sqlite:///{home}/airflow.db",
        **({"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{database}"} if database else {}),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(48),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        **SOONER,
        **(celery if broker is not None else {}),
    }
    every = kept | settings | own
    return every | server_settings(every, len(os.sched_getaffinity(0)))
