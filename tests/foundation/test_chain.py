"""A chain says what a folder should hold: what is changed, removed or added is named, and a write that was killed is finished, not missed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foundation import chain
from foundation.storage import part_of

ENTRIES = {"a.json": b"1", "b.json": b"2", "c.json": b"3"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three files and its chain; the first was written twice."""
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    folder = tmp_path / "ledger"
    chain.write(folder, "a.json", b"0", of(folder))
    for name, content in ENTRIES.items():
        chain.write(folder, name, content, of(folder))
    return folder


def of(folder: Path) -> Path:
    return folder.parent / "chains" / "source" / "council.chain"


def damage(folder: Path) -> dict[str, str]:
    found = chain.contents(folder, "*.json", of(folder))
    return {**found.damage, **({"the chain": found.broken} if found.broken else {})}


def test_files_as_they_were_written_are_read(folder: Path) -> None:
    assert chain.contents(folder, "*.json", of(folder)) == chain.Contents(ENTRIES)


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "removed": (lambda path: path.unlink(), chain.MISSING),
    "cut off": (lambda path: path.write_bytes(b""), chain.CHANGED),
    "a flipped bit": (lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1])), chain.CHANGED),
    "an earlier state": (lambda path: path.write_bytes(b"0"), chain.CHANGED),
}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_wrong_is_named_and_the_others_are_read(folder: Path, name: str, how: str) -> None:
    spoil, wrong = SPOILT[how]
    spoil(folder / name)
    found = chain.contents(folder, "*.json", of(folder))
    assert found.damage == {name: wrong}
    assert found.files == {other: content for other, content in ENTRIES.items() if other != name}


def test_a_file_that_the_warehouse_did_not_write_is_named(folder: Path) -> None:
    (folder / "d.json").write_bytes(b"4")
    assert damage(folder) == {"d.json": f"{chain.UNKNOWN}, chains/source/council.chain"}


@pytest.mark.parametrize("line", range(4))
def test_a_line_that_is_changed_or_taken_out_is_noticed(folder: Path, line: int) -> None:
    lines = of(folder).read_bytes().splitlines(keepends=True)
    taken_out = b"".join(lines[:line] + lines[line + 1 :])
    flipped = b"".join([*lines[:line], bytes([lines[line][0] ^ 1]) + lines[line][1:], *lines[line + 1 :]])
    for spoilt in (taken_out, flipped):
        of(folder).write_bytes(spoilt)
        assert damage(folder) != {}


def test_a_file_that_is_removed_with_its_line_is_noticed_by_the_links_after_it(folder: Path) -> None:
    lines = of(folder).read_bytes().splitlines(keepends=True)
    of(folder).write_bytes(b"".join(line for line in lines if b"b.json" not in line))
    (folder / "b.json").unlink()
    assert damage(folder) == {"the chain": f"{chain.CHANGED} (line 3)"}


def test_a_chain_that_is_gone_is_noticed_and_one_of_another_council_does_not_stand_in(folder: Path) -> None:
    other = of(folder).replace(of(folder).with_name("other.chain"))
    assert damage(folder) == {"the chain": chain.MISSING}
    other.replace(of(folder).with_name("council.chain"))
    assert damage(folder) == {}
    of(folder).replace(other)
    assert chain.contents(folder, "*.json", other).broken == f"{chain.CHANGED} (line 1)"


def test_what_a_person_gave_up_is_missed_no_longer_and_the_rest_is(folder: Path) -> None:
    chain.give_up(folder, ["b.json"], of(folder))
    assert damage(folder) == {}
    assert not (folder / "b.json").exists()
    chain.write(folder, "b.json", b"5", of(folder))
    assert damage(folder) == {}
    (folder / "b.json").unlink()
    assert damage(folder) == {"b.json": chain.MISSING}


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it runs."""


@pytest.mark.parametrize("name", ["b.json", "new.json"])
@pytest.mark.parametrize("step", ["_add", "part_written", "put_in_place"])
def test_a_write_that_is_killed_is_nobodys_damage_and_the_next_write_finishes_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, step: str
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    before = (folder / name).read_bytes() if (folder / name).exists() else None
    with monkeypatch.context() as patch:
        if step == "put_in_place":
            patch.setattr("foundation.storage.put_in_place", killed)
        elif step == "_add":
            patch.setattr(chain, "_add", killed)
        else:
            patch.setattr(Path, "write_bytes", killed)
        with pytest.raises(Killed):
            chain.write(folder, name, b"9", of(folder))
    assert damage(folder) == {}
    chain.write(folder, "another.json", b"8", of(folder))
    assert damage(folder) == {}
    now = (folder / name).read_bytes() if (folder / name).exists() else None
    assert now == (b"9" if step == "put_in_place" else before)
    assert not part_of(folder / name).exists() or step == "_add"


def test_writers_at_the_same_time_wait_for_each_other(folder: Path) -> None:
    def write(number: int) -> None:
        for turn in range(25):
            chain.write(folder, f"{number}.json", f"{number} {turn}".encode(), of(folder))
            assert damage(folder) == {}

    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(write, range(3)))
    assert damage(folder) == {}
    assert len(chain.contents(folder, "*.json", of(folder)).files) == len(ENTRIES) + 3


def test_a_line_that_was_not_written_to_its_end_is_cut_off_by_the_next(folder: Path) -> None:
    with of(folder).open("ab") as opened:
        opened.write(b"0123 half of a li")
    assert damage(folder) == {}
    chain.write(folder, "d.json", b"4", of(folder))
    assert damage(folder) == {}
    assert chain.contents(folder, "*.json", of(folder)).files == {**ENTRIES, "d.json": b"4"}


def test_the_last_file_is_missed_too_when_it_was_removed_and_not_killed(folder: Path) -> None:
    (folder / "c.json").unlink()
    assert damage(folder) == {"c.json": chain.MISSING}
    chain.write(folder, "d.json", b"4", of(folder))
    assert damage(folder) == {"c.json": chain.MISSING}
