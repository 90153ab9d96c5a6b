"""One attack on a council of its own:

the result for the attacked file, its neighbours, the machine and everything outside the data root.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from foundation.storage import Storage
from ingestion.landing.unread_files import unread_files
from tests.hostile.lander import DONE, GONE, LAND, READY
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, staff_row

REPOSITORY = Path(__file__).parents[2]
KEY = "a key for the trials of this folder, not a secret"
MEBIBYTE = 1 << 20
MOST_SECONDS, MOST_MEMORY = 10.0, 1024 * MEBIBYTE
# A landing that takes longer is ended, so that a hang is a result and not a wait.
PATIENCE = 60.0
HELD, READ, REFUSED = "held", "read", "refused"
CASES = "Worker,Agency Ref,Cases\n1,,12\n2,,9\n"
STAFF = f"{STAFF_HEADER}\n{staff_row()}\n"
ORGANISATION = """\
id: testshire
name: Testshire County Council
la_code: "999"
new_la_code: "E10000999"
region: East of England
partnership: null
system: a test
first_month: "2024-01"
sources:
  caseload: {owner: Performance, delivers: snapshot}
  hr_assignments: {owner: HR systems, delivers: snapshot}
"""
CASELOAD = """\
source: caseload
file: {{pattern: '{pattern}', format: {form}}}
columns: {{person_id: Worker, agency_worker_id: Agency Ref, cases: Cases}}
"""
PATTERN = r"cases_(?P<period>\d{4}-\d\d).*"
RECEIVED = "2024-10-12T06:00"


@dataclass
class Place:
    """The place of an attack: a data root, a configuration, and folders that nothing may change."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def organisation(self) -> Path:
        return self.config / "organisations" / "testshire"

    @property
    def elsewhere(self) -> Path:
        """The home directory, working directory and folder for temporary files of the landing."""
        return self.root / "elsewhere"

    def inbox(self, source: str = "caseload") -> Path:
        folder = self.home / "inbox" / "testshire" / source
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def put(self, name: str, content: str | bytes, on: str = RECEIVED, source: str = "caseload") -> Path:
        """Put a file into the inbox as if it had come at a time (UTC)."""
        path = self.inbox(source) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        stamp = datetime.fromisoformat(on).replace(tzinfo=UTC).timestamp()
        os.utime(path, (stamp, stamp))
        return path

    def mapping(self, text: str) -> None:
        (self.organisation / "mappings" / "caseload.yaml").write_text(text)


@dataclass(frozen=True)
class Attack:
    """Something hostile or careless. `lay` puts it into a place where the source `caseload` has the format `form`.

    `result`: its file is `held`, is `read` with as many `rows`, or its configuration is `refused`. `says` must be a part of the
    message. `beside` is a good file of the month before, if the format is not CSV. `files` are the names of the attacked files.
    """

    name: str
    kind: str
    lay: Callable[[Place], object]
    result: str = HELD
    says: str = ""
    form: str = "csv"
    rows: int | None = None
    beside: tuple[str, str | bytes] | None = ("cases_2024-08.csv", CASES)
    pattern: str = PATTERN
    in_table: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    during: Callable[[Place], object] | None = None


@dataclass
class Outcome:
    """The result of an attack, in two landings one after the other."""

    seconds: float = 0.0
    memory: int = 0
    codes: tuple[int | None, int | None] = (None, None)
    output: tuple[str, str] = ("", "")
    entries: list[dict[str, object]] = field(default_factory=list)
    unread: list[dict[str, object]] = field(default_factory=list)
    changed_outside: list[str] = field(default_factory=list)
    quiet: bool = False

    @property
    def ended(self) -> bool:
        """Whether both landings came to their end with a code, and without a traceback."""
        return all(code in (0, 1, 2) for code in self.codes) and "Traceback" not in "".join(self.output)

    def state(self, source: str, period: str) -> list[str]:
        """The states of a month's deliveries in the ledger."""
        return [str(entry["state"]) for entry in self.entries if entry["source"] == source and entry["period"] == period]

    def rows(self, period: str = "2024-09") -> int:
        """Rows accepted of the attacked source's month."""
        mine = [entry for entry in self.entries if entry["source"] == "caseload" and entry["period"] == period]
        return sum(int(str(entry["rows_accepted"])) for entry in mine if entry["state"] == "accepted")


def lay_out(root: Path, attack: Attack) -> Place:
    """A council with two sources and their good files, and the attack."""
    place = Place(root)
    (place.organisation / "mappings").mkdir(parents=True)
    place.elsewhere.mkdir()
    (place.organisation / "organisation.yaml").write_text(ORGANISATION)
    place.mapping(CASELOAD.format(pattern=attack.pattern, form=attack.form))
    (place.organisation / "mappings" / "hr_assignments.yaml").write_text(STAFF_MAPPING)
    place.put("staff_2024-09.csv", STAFF, source="hr_assignments")
    if attack.beside:
        place.put(*attack.beside, on="2024-09-12T06:00")
    attack.lay(place)
    return place


def attempt(attack: Attack, root: Path) -> Outcome:
    """Lay an attack and land twice."""
    place = lay_out(root, attack)
    before = _outside(place)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "WORKFORCE"))},
        "WORKFORCE_HOME": str(place.home),
        "WORKFORCE_CONFIG": str(place.config),
        "WORKFORCE_PSEUDONYM_KEY": KEY,
        "HOME": str(place.elsewhere),
        "TMPDIR": str(place.elsewhere),
        **attack.environment,
    }
    outcome = Outcome()
    with _Lander.landing(environment, place.elsewhere) as lander:
        with _Watch(lander.pid) as watch:
            started = time.perf_counter()
            if attack.during:
                threading.Thread(target=attack.during, args=(place,), daemon=True).start()
            first, first_code = lander.land()
            outcome.seconds = (time.perf_counter() - started) / _others_on_the_machine()
        outcome.memory = watch.most
        entries = _ledger(place.home)
        unread = unread_files(Storage(place.home).ledger("testshire", "caseload"))
        second, second_code = lander.land()
        outcome.entries = [json.loads(text) for text in _ledger(place.home).values()]
        outcome.unread = unread_files(Storage(place.home).ledger("testshire", "caseload"))
        outcome.quiet = entries == _ledger(place.home) and unread == outcome.unread and " 1 landed," not in second
        outcome.codes, outcome.output = (first_code, second_code), (first, second)
    outcome.changed_outside = sorted(
        name for name, state in _outside(place).items() | before.items() if before.get(name) != _outside(place).get(name)
    )
    return outcome


def _others_on_the_machine() -> float:
    """How many processes share a processor, at least 1. A landing takes that much longer than on an idle machine."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class _Lander:
    """The program that lands, one for all trials of this process, and its fork that lands for the present trial."""

    _program: subprocess.Popen[str] | None = None

    def __init__(self, program: subprocess.Popen[str], pid: int) -> None:
        self.program, self.pid = program, pid

    @classmethod
    @contextlib.contextmanager
    def landing(cls, environment: dict[str, str], folder: Path) -> Iterator[_Lander]:
        if cls._program is None:
            cls._program = subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.lander"],
                cwd=REPOSITORY,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="backslashreplace",
            )
            atexit.register(cls._program.kill)
        lander = cls(cls._program, 0)
        lander.say(json.dumps({"environment": environment, "folder": str(folder)}))
        lander.pid = int(lander.hear(READY)[1] or 0)
        try:
            yield lander
        finally:
            with contextlib.suppress(psutil.Error):
                for process in [psutil.Process(lander.pid), *psutil.Process(lander.pid).children(recursive=True)]:
                    process.kill()
            lander.hear(GONE)

    def land(self) -> tuple[str, int | None]:
        """One landing: what was printed, and its code. None if the process ended or took too long."""
        if not psutil.pid_exists(self.pid) or psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE:
            return "", None
        self.say(LAND)
        return self.hear(DONE)

    def say(self, line: str) -> None:
        assert self.program.stdin
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()

    def hear(self, mark: str) -> tuple[str, int | None]:
        """What is printed up to a mark, and the number after it. None if the fork ended before."""
        assert self.program.stdout
        stop = threading.Timer(PATIENCE * _others_on_the_machine(), self._kill)
        stop.start()
        lines = []
        try:
            while line := self.program.stdout.readline():
                if line.startswith(mark):
                    return "".join(lines), int(line.removeprefix(mark).strip() or 0)
                if line.startswith(GONE):
                    # It is read again when the trial is over.
                    self.hear = lambda _: ("", None)  # type: ignore[method-assign]
                    break
                lines.append(line)
        finally:
            stop.cancel()
        return "".join(lines), None

    def _kill(self) -> None:
        with contextlib.suppress(psutil.Error):
            psutil.Process(self.pid).kill()


class _Watch:
    """The most memory, in bytes, that a process and its children took above what the process had at rest."""

    EVERY = 0.02

    def __init__(self, pid: int) -> None:
        self.process = psutil.Process(pid)
        self.rest = self.process.memory_info().rss
        self.most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(self.EVERY):
            taken = 0
            with contextlib.suppress(psutil.Error):
                for process in [self.process, *self.process.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error):
                        taken += process.memory_info().rss
            self.most = max(self.most, taken - self.rest)


def _ledger(home: Path) -> dict[str, str]:
    """The deliveries' entries by their place."""
    return {str(path.relative_to(home)): path.read_text() for path in sorted((home / "ledger").glob("*/*/*.json"))}


def _outside(place: Place) -> dict[str, str]:
    """Every file outside the data root, with what shows a change."""
    found = {}
    for path in sorted(place.root.rglob("*")):
        if path.is_relative_to(place.home):
            continue
        plain = path.is_file() and not path.is_symlink()
        found[str(path.relative_to(place.root))] = hashlib.sha256(path.read_bytes()).hexdigest() if plain else "folder or link"
    return found
