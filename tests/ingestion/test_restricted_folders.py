"""Only the owner of the data root can read what holds rows of people."""

from __future__ import annotations

from pathlib import Path

from foundation.storage import Storage
from tests.ingestion.testshire import SendingCouncil, staff_row

FOR_OTHERS = {"published", "layout.json"}


def open_to_others(home: Path) -> list[str]:
    """Files and folders of the data root that another account could read, except what is published, and the layout's number."""
    found = []

    def look(folder: Path) -> None:
        for path in folder.iterdir():
            if path.parent == home and path.name in FOR_OTHERS:
                continue
            if path.is_dir() and path.stat().st_mode & 0o077 == 0:
                continue
            found.append(path.relative_to(home).as_posix())
            if path.is_dir():
                look(path)

    look(home)
    return sorted(found)


def land(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(), staff_row("2", "2", fte="7"))
    council.land()


def test_nothing_of_a_landing_is_readable_by_others(council: SendingCouncil) -> None:
    land(council)
    assert open_to_others(council.home) == []


def test_folders_that_were_readable_by_others_are_no_more(council: SendingCouncil) -> None:
    land(council)
    for path in council.home.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    assert open_to_others(council.home) != []
    council.land()
    assert open_to_others(council.home) == []
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in Storage(council.home).restricted)
