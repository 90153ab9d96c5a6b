"""Names that are paths or cannot be printed, times that cannot be right, and things in the inbox that are not files."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.hostile.trial import CASES, READ, Attack, Place

NAME, TIME, SPECIAL, CHANGING = "name", "time", "special file", "changing file"
FAR_FUTURE = 4_070_908_800  # 2099
MIB = 1 << 20


def timed(modified: float) -> Callable[[Place], object]:
    def lay(place: Place) -> None:
        path = place.put("cases_2024-09.csv", CASES)
        os.utime(path, (modified, modified))

    return lay


def corrected(place: Place) -> None:
    """A file dated 2099, and its correction of today under another name."""
    os.utime(place.put("cases_2024-09.csv", CASES), (FAR_FUTURE, FAR_FUTURE))
    place.put("cases_2024-09_v2.csv", CASES + "3,,4\n")


def raw_name(name: bytes) -> Callable[[Place], object]:
    return lambda place: Path(os.fsdecode(os.fsencode(place.inbox()) + b"/" + name)).write_text(CASES)


def named(name: str) -> Callable[[Place], object]:
    return lambda place: place.put(name, CASES)


def linked(target: str) -> Callable[[Place], object]:
    def lay(place: Place) -> None:
        (place.elsewhere / "cases.csv").write_text(CASES)
        (place.inbox() / "cases_2024-09.csv").symlink_to(target.format(elsewhere=place.elsewhere))

    return lay


def pipe(place: Place) -> None:
    os.mkfifo(place.inbox() / "cases_2024-09.csv")


def listening(place: Place) -> None:
    # The name of a socket may have only about a hundred characters, so it is made in a folder with a short path.
    before = Path.cwd()
    os.chdir(place.inbox())
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind("cases_2024-09.csv")
    finally:
        os.chdir(before)


def folder(place: Place) -> None:
    (place.inbox() / "cases_2024-09.csv").mkdir()


def sparse(size: int, start: str = "") -> Callable[[Place], object]:
    def lay(place: Place) -> None:
        os.truncate(place.put("cases_2024-09.csv", start), size)

    return lay


def many_names(place: Place) -> None:
    for number in range(2_000):
        place.put(f"other_{number}.csv", "x")


ROWS = "".join(f"{number},,5\n" for number in range(1_000, 60_000))


def changes(change: Callable[[Path], object]) -> Callable[[Place], object]:
    """Change a file again and again while it is landed."""

    def during(place: Place) -> None:
        path = place.inbox() / "cases_2024-09.csv"
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            try:
                change(path)
            except FileNotFoundError:
                return
            time.sleep(0.001)

    return during


def grows(path: Path) -> None:
    with path.open("a") as opened:
        opened.write("1,,2\n")


def shrinks(path: Path) -> None:
    os.truncate(path, max(30, path.stat().st_size - 500))


def is_written_anew(path: Path) -> None:
    path.write_text("Worker,Agency Ref,Cases\n" + ROWS[: 5 * 2_000])


def becomes_a_link(path: Path) -> None:
    other = path.with_name(f".{threading.get_ident()}")
    other.symlink_to("/etc/passwd")
    other.replace(path)


def big(place: Place) -> None:
    place.put("cases_2024-09.csv", CASES + ROWS)


ATTACKS = [
    Attack("a file dated 2099", TIME, timed(FAR_FUTURE), says="still to come", in_table=True),
    Attack("a file dated 2099, and its correction", TIME, corrected, READ, rows=3, says="still to come", in_table=True),
    Attack("a time after the year 9999", TIME, timed(300_000_000_000), says="", in_table=True),
    Attack("a time before the year 1", TIME, timed(-70_000_000_000), says="", in_table=True),
    Attack("a time before the month that the name gives", TIME, timed(0), says="before that month"),
    Attack("a month in the far future in the name", TIME, named("cases_2099-09.csv"), says="named for 2099-09"),
    Attack("a month 13 in the name", TIME, named("cases_2024-13.csv"), says="no month"),
    Attack("ESC in a name", NAME, named("cases_2024-09\x1b[2J.csv"), says="\\x1b"),
    Attack("a line break in a name", NAME, named("cases_2024-09\n.csv"), says="\\n"),
    Attack("a name with a mark that reverses the direction of writing", NAME, named("cases_2024-09\u202evsc.csv"), says="\\u202e"),
    Attack("a name that is not UTF-8", NAME, raw_name(b"cases_2024-09\xff.csv"), says="Rename"),
    Attack("a name of 250 characters", NAME, named("cases_2024-09" + "x" * 233 + ".csv"), says="Rename"),
    Attack("a name with quotation marks and SQL", NAME, named("cases_2024-09'; drop table raw; --.csv"), READ, rows=2),
    Attack("a name that holds a command", NAME, named("cases_2024-09$(touch owned)`touch owned`.csv"), READ, rows=2),
    Attack("a name that begins with a hyphen", NAME, named("--cases_2024-09.csv"), says="no mapping names"),
    Attack("2,000 files that no mapping names", NAME, many_names, says="no mapping names"),
    Attack("a link to a file elsewhere", SPECIAL, linked("{elsewhere}/cases.csv"), says="not a file"),
    Attack("a link to nowhere", SPECIAL, linked("/nowhere/at/all"), says="not a file"),
    Attack("a link to a device that never ends", SPECIAL, linked("/dev/zero"), says="not a file"),
    Attack("a link to itself", SPECIAL, linked("cases_2024-09.csv"), says="not a file"),
    Attack("a pipe that nobody writes to", SPECIAL, pipe, says="not a file"),
    Attack("a socket", SPECIAL, listening, says="not a file"),
    Attack("a folder named like a file", SPECIAL, folder, says="not a file"),
    Attack("a file of 2 GB without content", SPECIAL, sparse(2048 * MIB), says="MB"),
    Attack("a file of 700 MB without content", SPECIAL, sparse(700 * MIB), says="longer than"),
    Attack("a file that grows while it is read", CHANGING, big, "any", during=changes(grows)),
    Attack("a file that shrinks while it is read", CHANGING, big, "any", during=changes(shrinks)),
    Attack("a file that is written again while it is read", CHANGING, big, "any", during=changes(is_written_anew)),
    Attack("a file that vanishes while it is read", CHANGING, big, "any", during=changes(Path.unlink)),
    Attack("a file that becomes a link while it is read", CHANGING, big, "any", during=changes(becomes_a_link)),
]
