"""A disk, folder or publication that cannot be used is one sentence before any work starts, with the path and what is needed. No traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from foundation.configuration import ConfigurationError
from ingestion.__main__ import main as ingestion
from ingestion.landing.landing_readiness import refuse_unless_ready
from tests.ingestion.testshire import SendingCouncil
from tests.upkeep.conftest import as_user, run_as_user
from tests.warehouse.test_damage import cut_off
from warehouse.__main__ import main as warehouse

COMMANDS = (("ingestion", "land"), ("warehouse", "build"))


def only_sentence(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if not line.startswith("20")]
    assert len(lines) == 1, said
    return lines[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_and_a_file_of_another_account_are_named_with_the_account_that_needs_them(
    council: SendingCouncil, place: Path, command: tuple[str, str]
) -> None:
    as_user(place, "warehouse", "doctor")
    raw = council.home / "raw" / "payroll"
    os.chown(raw, 0, 0)
    raw.chmod(0o555)
    assert f"{raw}: cannot be written (Permission denied), so nothing is landed" in only_sentence(run_as_user(*command))
    raw.chmod(0o777)
    original = next(council.home.glob("landing/payroll/testshire/*"))
    os.chown(original, 0, 0)
    original.chmod(0o600)
    says = only_sentence(run_as_user(*command))
    assert f"{original}: cannot be read (Permission denied)" in says
    assert "(user 50000)" in says


@pytest.mark.parametrize("pattern", ["inside/marts/indicator_value.parquet", "manifest.json", "SHA256SUMS"])
def test_a_publication_that_is_cut_off_is_named(council: SendingCouncil, pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    cut_off(next(council.home.glob(f"published/2024-09/*/{pattern}")))
    assert ingestion(["land"]) == 2
    assert warehouse(["build"]) == 2
    landed, built = capsys.readouterr()
    for says in (landed, built):
        (line,) = says.splitlines()
        assert "published/" in line
        assert "Take the publication from the backup" in line


@pytest.mark.usefixtures("council")
def test_too_small_a_disk_is_named_with_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_unless_ready()
    monkeypatch.setattr("ingestion.landing.landing_readiness.LEAST_FREE", 1 << 62)
    with pytest.raises(ConfigurationError, match="MiB are free, and a run needs at least"):
        refuse_unless_ready()


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own over a folder, with what is in the folder."""
    aside = folder.with_name("aside")
    folder.replace(aside)
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True, symlinks=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.services
def test_a_full_disk_is_found_by_the_doctor_and_stops_a_run_before_it_starts(
    council: SendingCouncil, capsys: pytest.CaptureFixture[str]
) -> None:
    with mounted(council.home, "size=4m,mode=755"):
        filler = council.home / "filler"
        with pytest.raises(OSError), filler.open("wb") as opened:
            while True:
                opened.write(b"0" * 4096)
        assert warehouse(["doctor"]) == 1
        assert f"{council.home}: cannot be written (No space left on device)" in capsys.readouterr().out
        for command in (ingestion, warehouse):
            assert command(["land" if command is ingestion else "build"]) == 2
        out, err = capsys.readouterr()
        for says in (out, err):
            (line,) = says.splitlines()
            assert str(council.home) in line
            assert "0 MiB are free" in line or "No space left on device" in line


@pytest.mark.services
def test_a_read_only_root_is_named(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    with mounted(council.home, "size=16m,mode=755"):
        subprocess.run(["mount", "-o", "remount,ro", str(council.home)], check=True)
        assert ingestion(["land"]) == 2
        assert warehouse(["build"]) == 2
        out, err = capsys.readouterr()
        for says in (out, err):
            (line,) = says.splitlines()
            assert "cannot be written (Read-only file system)" in line
        assert warehouse(["doctor"]) == 1
        assert "cannot be written (Read-only file system)" in capsys.readouterr().out
