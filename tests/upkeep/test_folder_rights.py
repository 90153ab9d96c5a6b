"""Who may enter a folder is set when it is written, by the configuration, and the doctor says where it is otherwise."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from foundation.configuration import ConfigurationError
from foundation.folder_rights import folder_rights, give_inbox
from foundation.storage import Storage
from ingestion.landing.landing_readiness import refuse_unless_usable
from tests.ingestion.testshire import SendingCouncil, staff_row
from tests.upkeep.conftest import USER, run_as_user
from tests.upkeep.publishing import publish
from upkeep import surroundings
from upkeep.doctor import examine

NAME = "2024-10/dddddddddddd"
OTHER = 50001
"""An account that is neither the owner nor in its group."""


@pytest.fixture(autouse=True)
def enough_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "LEAST_FREE", 1 << 20)
    monkeypatch.setattr("ingestion.landing.landing_readiness.LEAST_FREE", 1 << 20)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def findings() -> list[str]:
    return [str(finding) for finding in examine().findings]


def as_account(user: int, group: int, *command: str) -> bool:
    """Whether a command ends with 0 as that account, in no other group."""
    done = subprocess.run(command, user=user, group=group, extra_groups=[], capture_output=True, check=False)
    return done.returncode == 0


def configure(council: SendingCouncil, text: str) -> None:
    (council.config / "folders.yaml").write_text(text)


def test_each_audience_has_its_mode_down_to_the_files(council: SendingCouncil) -> None:
    folder = publish(Storage(council.home), NAME, 10)
    assert mode(folder) == 0o755
    for path in (folder / "inside").rglob("*"):
        assert mode(path) == (0o750 if path.is_dir() else 0o640), path
    assert (mode(folder / "inside"), mode(folder / "public"), mode(folder / "public" / "figures.html")) == (0o750, 0o755, 0o644)
    assert findings() == []


def test_the_configuration_decides_and_the_doctor_names_what_differs_with_a_command_that_mends_it(council: SendingCouncil) -> None:
    folder = publish(Storage(council.home), NAME, 10)
    configure(council, 'inside: {mode: "0700"}\npublic: {mode: "2750", group: 4242}\ninbox: {mode: "0770"}\n')
    found = findings()
    assert len(found) == 4, found  # the inbox, both audiences, and the inside of the publication that was there before
    assert any("inbox/: has the rights" in line for line in found)
    assert any("/public/: has the rights 755 instead of 2750" in line for line in found)
    for line in found:
        subprocess.run(line[line.index("chgrp" if "chgrp" in line else "find" if "find" in line else "chmod") :], shell=True, check=True)
    assert findings() == []
    again = publish(Storage(council.home), "2024-10/eeeeeeeeeeee", 11)
    assert (mode(again / "inside"), mode(again / "public")) == (0o700, 0o2750)
    assert {path.stat().st_gid for path in (again / "public").rglob("*")} == {4242}
    assert findings() == []
    assert mode(folder / "inside") == 0o700


def test_another_account_reads_public_alone_and_the_group_reads_inside(council: SendingCouncil, place: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can run a command as another account")
    council.home.chmod(0o755)
    configure(council, "inside: {group: 4242}\n")
    folder = publish(Storage(council.home), NAME, 10)
    inside, public = folder / "inside" / "scorecard" / "index.html", folder / "public" / "figures.html"
    assert as_account(OTHER, OTHER, "cat", str(public))
    assert not as_account(OTHER, OTHER, "cat", str(inside))
    assert as_account(OTHER, 4242, "cat", str(inside))
    assert not as_account(OTHER, 4242, "touch", str(folder / "inside" / "more"))


def test_the_inbox_is_closed_and_by_setting_its_group_can_drop_extracts_that_land(council: SendingCouncil, place: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can run a command as another account")
    inbox = council.home / "inbox"
    for folder in (inbox, *(path for path in inbox.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    for path in (place, *place.rglob("*")):
        os.chown(path, USER, 0, follow_symlinks=False)
    council.home.chmod(0o755)
    extract = next((inbox / "testshire" / "hr_assignments").iterdir())
    assert as_account(OTHER, OTHER, "cat", str(extract))
    assert run_as_user("ingestion", "land").returncode in (0, 1)
    assert mode(inbox) == 0o700
    assert not as_account(OTHER, OTHER, "cat", str(extract))
    assert not as_account(OTHER, OTHER, "ls", str(inbox))

    configure(council, 'inbox: {mode: "2770", group: 0}\n')
    assert run_as_user("ingestion", "land").returncode in (0, 1)
    dropped = inbox / "testshire" / "hr_assignments" / "staff_2024-10.csv"
    (place / "sent.csv").write_text(extract.read_text().splitlines()[0] + "\n" + staff_row("1", "1") + "\n")
    (place / "sent.csv").chmod(0o644)
    assert as_account(OTHER, 0, "cp", str(place / "sent.csv"), str(dropped))
    assert not as_account(OTHER, OTHER, "ls", str(inbox))
    done = run_as_user("ingestion", "land", "--source", "hr_assignments")
    assert "1 files landed" in done.stdout or list((council.home / "raw/hr_assignments/organisation=testshire").glob("period=2024-10")), (
        done.stdout
    )
    assert not [line for line in findings() if line.startswith("inbox")]


def test_what_others_than_this_account_own_in_the_inbox_is_left_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path))
    theirs = tmp_path / "inbox" / "council" / "source"
    theirs.mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: theirs.stat().st_uid + 1)
    give_inbox(tmp_path / "inbox")
    assert mode(theirs) == 0o755


BROKEN = {
    'inbox: {mode: "0777"}': "accounts outside the group may have no right to it",
    'inside: {mode: "0770"}': "nobody but the owner may write there",
    'public: {mode: "0777"}': "nobody but the owner may write there",
    'public: {mode: "0055"}': "the owner needs all rights",
    "inside: {mode: 750}": "inside: mode: write three or four digits from 0 to 7 in quotes",
    'inside: {mode: "0780"}': "inside: mode: write three or four digits",
    "inside: {group: no_such_group_here}": "inside: group: this machine has no such group",
    "inside: {rights: 7}": "inside: may contain only mode and group",
    "inside: [0750]": "inside: may contain only mode and group",
    "landing: {}": "may contain only inbox, inside, public",
    "[": "not readable as YAML",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_cannot_be_used_is_named_before_anything_is_landed(council: SendingCouncil, text: str) -> None:
    configure(council, text)
    with pytest.raises(ConfigurationError) as refused:
        folder_rights()
    assert "folders.yaml: " in str(refused.value)
    assert BROKEN[text] in str(refused.value)
    with pytest.raises(ConfigurationError, match=r"folders\.yaml"):
        refuse_unless_usable(Storage(council.home))
    assert any(line.startswith("configuration: ") and "folders.yaml" in line for line in findings())
