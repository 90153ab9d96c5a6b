"""`verify` finds whatever is no longer as it was published, with the published folder and the chain alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from foundation import chain, published_files
from foundation.storage import Storage
from tests.upkeep.publishing import FIRST, SECOND, THIRD, three
from tests.warehouse.test_damage import flip_a_bit
from upkeep.verify import verify
from warehouse.__main__ import main as warehouse


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Three publications that nobody touched."""
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    place = Storage(tmp_path / "home")
    three(place)
    return place


def of_owner(store: Storage) -> list[str]:
    return [str(finding) for finding in verify(store.published, store.chain_of_publications).findings]


def of_reader(store: Storage) -> list[str]:
    """What a reader finds in a copy of the published folder."""
    copy = store.home.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(store.published, copy, symlinks=True)
    return [str(finding) for finding in verify(copy, None).findings]


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in sorted(folder.rglob("*"))}


def test_what_nobody_touched_ends_0_names_the_last_hash_and_changes_nothing(store: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(store.home)
    assert warehouse(["verify"]) == 0
    last, says = capsys.readouterr().out.splitlines()
    assert f"The last publication is {THIRD}" in last
    assert hashlib.sha256((store.published / THIRD / "SHA256SUMS").read_bytes()).hexdigest() in last
    assert says == "All is as it was published. Looked at: 3 publications, 12 files and their chain"
    assert everything(store.home) == before


def test_a_reader_needs_the_folder_alone_and_hears_what_the_chain_would_show(
    store: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(store.published, tmp_path / "copy", symlinks=True)
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path / "nothing"))
    assert warehouse(["verify", "--published", str(tmp_path / "copy")]) == 0
    said = capsys.readouterr().out
    assert f"The last publication is {THIRD}" in said
    assert "Without the chain, nobody can see whether a later publication was removed" in said
    assert warehouse(["verify", "--published", str(tmp_path / "copy"), "--chain", str(store.chain_of_publications)]) == 0
    assert "Without the chain" not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--published", "nowhere"], ["--published", ".", "--chain", "nowhere"], ["--chain", "x"]])
def test_nothing_to_look_at_is_2_in_words(store: Storage, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert warehouse(["verify", *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_manifest_has_the_hash_of_every_file_and_of_the_publication_before(store: Storage) -> None:
    folder = store.published / SECOND
    manifest = json.loads((folder / "manifest.json").read_bytes())
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert manifest["files"] == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items() if name not in ("manifest.json", "SHA256SUMS")
    }
    before = hashlib.sha256((store.published / FIRST / "SHA256SUMS").read_bytes()).hexdigest()
    assert manifest["previous"] == {"month": "2024-08", "publication": "aaaaaaaaaaaa", "sha256": before}
    assert json.loads((store.published / FIRST / "manifest.json").read_bytes())["previous"] is None


@pytest.mark.parametrize("look", [of_owner, of_reader])
@pytest.mark.parametrize("name", [FIRST, SECOND, THIRD])
def test_one_changed_byte_of_any_file_is_found_and_a_missing_one(store: Storage, name: str, look: Callable[[Storage], list[str]]) -> None:
    folder = store.published / name
    for path in [path for path in sorted(folder.rglob("*")) if path.is_file()]:
        if look is of_reader and path.name == "SHA256SUMS" and name == THIRD:
            continue  # see the next test
        content = path.read_bytes()
        for at in (0, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert any(name in found for found in look(store)), (path, at)
        path.unlink()
        found = look(store)
        assert any(f"published/{name}" in line for line in found), path
        path.write_bytes(content)
        assert look(store) == []


@pytest.mark.parametrize("look", [of_owner, of_reader])
def test_what_was_added_is_found_wherever_it_lies(store: Storage, look: Callable[[Storage], list[str]]) -> None:
    for where in ("note.txt", "2024-09/note.txt", f"{SECOND}/note.txt", f"{SECOND}/inside/marts/.hidden", f"{SECOND}/public/more.html"):
        (store.published / where).write_text("added")
        (found,) = look(store)
        assert found.startswith(f"publications: published/{where} ")
        assert found.endswith(". Remove it, or ask who put it there")
        (store.published / where).unlink()
    (store.published / SECOND / "inside" / "link").symlink_to("/etc/hostname")
    assert any("inside/link was added" in line for line in look(store))


def test_a_file_that_became_a_link_to_the_same_bytes_is_found(store: Storage, tmp_path: Path) -> None:
    path = store.published / SECOND / "public" / "figures.html"
    (tmp_path / "elsewhere").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert any("public/figures.html is not as it was written" in line for line in of_owner(store))


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_a_publication_that_is_gone_is_found_by_anybody(store: Storage, name: str) -> None:
    shutil.rmtree(store.published / name)
    (found,) = of_reader(store)
    assert f"published/{name} is missing, but" in found
    (found,) = of_owner(store)
    assert f"published/{name}/SHA256SUMS is missing" in found


def test_only_the_chain_shows_that_the_last_publication_is_gone(store: Storage) -> None:
    shutil.rmtree(store.published / THIRD)
    published_files.point_latest_to(store.published / SECOND, store)
    assert of_reader(store) == []
    (found,) = of_owner(store)
    assert f"published/{THIRD}/SHA256SUMS is missing" in found


def forge(folder: Path) -> None:
    """Change a figure, and every hash in the folder that would tell."""
    path = folder / "public" / "figures.html"
    path.write_text("<p>Better figures")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["public/figures.html"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    rewrite_list(folder)


def rewrite_list(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines))


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_a_publication_forged_with_all_its_hashes_is_found_by_what_came_after(store: Storage, name: str) -> None:
    forge(store.published / name)
    assert any(f"published/{name} is not the publication that" in found for found in of_reader(store))
    assert any(f"published/{name}/SHA256SUMS is not as it was written" in found for found in of_owner(store))


def test_only_the_chain_shows_that_the_last_publication_was_forged(store: Storage) -> None:
    forge(store.published / THIRD)
    assert of_reader(store) == []
    assert any(f"published/{THIRD}/SHA256SUMS is not as it was written" in found for found in of_owner(store))


def test_a_manifest_that_was_changed_with_the_list_but_not_its_own_hashes_is_found(store: Storage) -> None:
    folder = store.published / THIRD
    (folder / "public" / "figures.html").write_text("<p>Better figures")
    rewrite_list(folder)
    assert any("manifest.json has other hashes than SHA256SUMS" in found for found in of_reader(store))


def test_a_list_that_names_files_outside_its_folder_is_not_followed(store: Storage) -> None:
    listed = store.published / THIRD / "SHA256SUMS"
    secret = hashlib.sha256((store.published / FIRST / "manifest.json").read_bytes()).hexdigest()
    listed.write_text(f"{listed.read_text()}{secret}  ../../{FIRST}/manifest.json\n")
    assert any(f"{THIRD}/SHA256SUMS is not as it was written" in found for found in of_reader(store))


def test_a_chain_with_a_changed_line_is_found(store: Storage) -> None:
    flip_a_bit(store.chain_of_publications)
    assert any("chains/published.chain" in found for found in of_owner(store))


def test_latest_that_names_nothing_is_found(store: Storage) -> None:
    store.latest.unlink()
    store.latest.symlink_to("2024-09/gone")
    assert any("latest names no publication that is whole" in found for found in of_owner(store))
    store.latest.unlink()
    shutil.copytree(store.published / THIRD, store.latest)
    assert any("latest is no link" in found for found in of_reader(store))


def test_what_the_owner_gave_up_is_not_missed_by_the_owner(store: Storage) -> None:
    shutil.rmtree(store.published / FIRST)
    chain.give_up(store.published, [f"{FIRST}/SHA256SUMS"], store.chain_of_publications)
    assert of_owner(store) == []
    (found,) = of_reader(store)
    assert found.endswith("Ask the owner whether it was deleted at the end of its retention")


def test_publications_of_an_older_version_have_no_hashes_in_their_manifest_and_are_whole(store: Storage) -> None:
    shutil.rmtree(store.published)
    store.chain_of_publications.unlink()
    for folder in three(store):
        manifest = json.loads((folder / "manifest.json").read_bytes())
        (folder / "manifest.json").write_text(json.dumps({key: manifest[key] for key in manifest if key not in ("files", "previous")}))
        (folder / "SHA256SUMS").unlink()
    published_files.begin_chain(store)
    assert of_owner(store) == of_reader(store) == []
