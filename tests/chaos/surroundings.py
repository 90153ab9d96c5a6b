"""What goes wrong around a run: a disk that is full, a connection that drops, a clock at the ends of month, year and summer time."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from foundation import ledger, published_files
from foundation.storage import Storage
from ingestion.arriving.source_fetching import fetch_source
from ingestion.landing.land import land_source
from tests.chaos.kills import LONGEST, Outcome, Running, Workshop, figures, told_in
from tests.chaos.month import BUILD, LAND, PUBLISH, Month, mark, say
from tests.ingestion.testshire import KEY, STAFF_MAPPING, SendingCouncil
from tests.own_airflow import REPOSITORY
from tests.services.set_clock import SetClock
from tests.services.sftp_server import CONTENT, serving

MEBIBYTE = 1 << 20
DISK = 1400 * MEBIBYTE  # the doctor wants a gibibyte to be free
NEW_USERS, NEW_MOUNTS = 0x10000000, 0x00020000


@dataclass(frozen=True)
class Fault:
    """Something around a run that goes wrong. `what`: in words. `detail`: the step, or the time."""

    kind: str
    detail: str
    what: str
    free: int = 0

    @property
    def name(self) -> str:
        return self.what


DISK_FULL, DROPS, CLOCK = "disk", "sftp", "clock"
FAULTS = (
    Fault(DISK_FULL, LAND, "the disk is full when landing begins to write", free=64 * 1024),
    Fault(DISK_FULL, BUILD, "the disk is full while dbt builds", free=6 * MEBIBYTE),
    Fault(DISK_FULL, PUBLISH, "the disk is full while the publication is written", free=MEBIBYTE),
    Fault(DROPS, "", "the SFTP server drops the connection in the middle of a file"),
    # A few seconds before, so that the clock passes the end while the month runs. Times are UTC.
    Fault(CLOCK, "2022-08-31 22:59:45", "a month ends in England while the month's run goes on"),
    Fault(CLOCK, "2022-12-31 23:59:45", "a year ends while the month's run goes on"),
    Fault(CLOCK, "2022-10-30 00:59:45", "summer time ends while the month's run goes on"),
    Fault(CLOCK, "2023-03-26 00:59:45", "summer time begins while the month's run goes on"),
)
CALM = "2022-08-10 12:00:00"


def endured(fault: Fault, workshop: Workshop, folder: Path) -> Outcome:
    """Let something go wrong around a run, put it right, run again, and compare."""
    folder.mkdir()
    try:
        if fault.kind == DISK_FULL:
            return _on_a_full_disk(fault, workshop, folder)
        return _when_the_server_drops(folder) if fault.kind == DROPS else _by_the_clock(fault, workshop, folder)
    finally:
        shutil.rmtree(folder)


def _on_a_full_disk(fault: Fault, workshop: Workshop, folder: Path) -> Outcome:
    """On a file system of its own, which only this process and what it starts can see: it goes away with them."""

    def tried() -> None:
        _mount(folder)
        home = Path(shutil.copytree(workshop.start, folder / "home", symlinks=True))
        ballast, outcome = folder / "ballast", Outcome()
        first = Running(home, folder / "first.log", lambda: _run_until_full(fault, ballast))
        code = first.wait()
        outcome.fell = f"begins: {fault.detail}, with {shutil.disk_usage(folder).free // 1024:,} KiB left at its end"
        ballast.unlink()
        outcome.printed = told_in(first.log())
        if code == 0 or f"ended: {fault.detail}" in first.log():
            outcome.faults.append(f"the disk was not full in {fault.detail}")
        seen = published_files.latest(Storage(home))
        outcome.readers_saw = seen.parent.name if seen else "nothing"
        if seen is None or list(published_files.damage_of_publication(seen, Storage(home))):
            outcome.faults.append("readers do not see a whole publication")
        again = Running(home, folder / "again.log", lambda: Month("again").run())
        if again.wait() != 0:
            outcome.faults.append(f"the next run failed: {told_in(again.log())}")
        else:
            outcome.faults += workshop.differences(home)
        say(json.dumps(vars(outcome)))

    run = Running(folder, folder.with_suffix(".log"), tried)
    if run.wait() != 0:
        return Outcome(faults=[f"it could not be tried: {run.log()[-1000:]}"])
    return Outcome(**json.loads(run.log().splitlines()[-1]))


def _run_until_full(fault: Fault, ballast: Path) -> None:
    def fill() -> None:
        # The build removes the last one first, which would leave it room.
        Storage(ballast.with_name("home")).build_database.unlink(missing_ok=True)
        size = shutil.disk_usage(ballast.parent).free - fault.free
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    mark.full_from = (fault.detail, fill)
    Month("first").run()


def _mount(folder: Path) -> None:
    """Mount a small file system in memory at a folder, for this process and its children. Without root it needs user namespaces, which Linux has."""
    library = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if library.unshare(NEW_MOUNTS | (NEW_USERS if user else 0)) != 0:
        raise OSError(ctypes.get_errno(), "a file system of its own cannot be made for the test")
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "chaos", str(folder)], check=True)


def _when_the_server_drops(folder: Path) -> Outcome:
    def tried() -> None:
        outcome = Outcome(readers_saw="not concerned")
        with serving(folder / "server") as server:
            os.environ |= {"WORKFORCE_PSEUDONYM_KEY": KEY, "AIRFLOW_CONN_HR_SFTP": server.connection()}
            council = SendingCouncil(folder, folder / "config").configure()
            council.mapping("hr_assignments", STAFF_MAPPING)
            council.arrives("{sftp: hr_sftp, path: /outgoing}")
            server.leave()
            server.drops = len(CONTENT) // 2
            outcome.fell = f"the connection ended after {server.drops} of {len(CONTENT)} bytes"
            try:
                fetch_source("testshire", "hr_assignments")
                outcome.faults.append("the drop was not noticed")
            except Exception as error:  # noqa: BLE001 - its words are what the engineer sees
                outcome.printed = str(error)
            if land_source("testshire", "hr_assignments").landed:
                outcome.faults.append("half of a file landed")
            server.drops = None
            fetch_source("testshire", "hr_assignments")
            land_source("testshire", "hr_assignments")
            accepted = [delivery.rows_accepted for delivery in ledger.deliveries("testshire", "hr_assignments")]
            if accepted != [1]:
                outcome.faults.append(f"the next run did not land the file once: {accepted}")
        say(json.dumps(vars(outcome)))

    run = Running(folder, folder.with_suffix(".log"), tried)
    if run.wait() != 0:
        return Outcome(faults=[f"it could not be tried: {run.log()[-1000:]}"])
    return Outcome(**json.loads(run.log().splitlines()[-1]))


def _by_the_clock(fault: Fault, workshop: Workshop, folder: Path) -> Outcome:
    """The same extracts at two times: at noon of a day in August, and around the end. The figures have to be the same."""
    outcome = Outcome()
    homes = {}
    for name, starts in (("calm", CALM), ("end", fault.detail)):
        homes[name] = home = Path(shutil.copytree(workshop.extracts, folder / name))
        ran = _clocked(home, starts)
        if ran.returncode != 0:
            outcome.faults.append(f"{name}: {told_in(ran.stdout)}")
            return outcome
    steps = re.findall(r"^begins: (.*), (\S+ \S+) UTC$", ran.stdout, re.MULTILINE)
    day, before = fault.detail[:10], [name for name, at in steps if at < _end_of(fault)]
    outcome.fell = f"{before[-1] if before else 'before the first step'} was going on when {day} {_end_of(fault)[11:]} UTC came"
    if not before or len(before) == len(steps):
        outcome.faults.append(f"the run did not pass the end: {steps}")
    outcome.printed = "Nothing: the run is green"
    look = {}
    for name, home in homes.items():
        run = Running(home, folder / f"{name}.figures.log", lambda home=home: say(json.dumps(figures(home))))
        run.wait()
        look[name] = json.loads(run.log().splitlines()[-1])
    outcome.readers_saw = look["end"]["published/latest"].partition("/")[0]
    outcome.faults += sorted(f"{name} differs" for name in {*look["calm"], *look["end"]} if look["calm"].get(name) != look["end"].get(name))
    return outcome


def _end_of(fault: Fault) -> str:
    """The first second after the end of which a fault tells."""
    day, hour = fault.detail[:10], int(fault.detail[11:13])
    return f"{day} {hour:02}:59:60"


def _clocked(home: Path, starts: str) -> subprocess.CompletedProcess[str]:
    folder = home.with_suffix(".clock")
    folder.mkdir()
    clock = SetClock(folder, datetime.fromisoformat(starts).replace(tzinfo=UTC))
    environment = {
        **os.environ,
        "WORKFORCE_HOME": str(home),
        "WORKFORCE_CONFIG": str(home / "config"),
        "PYTHONPATH": str(REPOSITORY),
        **clock.environment,
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.chaos.month"],
        env=environment,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST,
        check=False,
    )
