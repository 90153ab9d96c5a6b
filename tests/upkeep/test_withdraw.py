"""`withdraw` takes a publication from its readers and leaves a page that says so. Whenever it is killed, readers see one whole publication or the page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from alerts.late_publication import late_month
from foundation.storage import Storage
from foundation.withdrawals import withdrawn
from ingestion.landing.landing_readiness import refuse_unless_usable
from reporting.published_marts import Marts, NothingPublished
from tests.upkeep.publishing import FIRST, MAY, SECOND, THIRD, publish, three
from tests.upkeep.test_verify import everything
from upkeep.verify import verify
from warehouse.__main__ import main as warehouse
from warehouse.earlier_publications import last_through, write_earlier_publications
from warehouse.publish import NothingToPublish, refuse_withdrawn, switch_latest
from warehouse.query import NoPublication, Publication

PROGRAM = Path(__file__).with_name("killed_withdrawal.py")
WHO = ["--by", "Director", "--reason", "A cell showed <too> much"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Three publications; readers see the last one of the second month."""
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "publication.yaml").write_text(MAY)
    place = Storage(tmp_path / "home")
    three(place)
    return place


def findings(store: Storage, with_chain: bool = True) -> list[str]:
    return [str(finding) for finding in verify(store.published, store.chain_of_publications if with_chain else None).findings]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_a_page_and_a_record_say_by_whom_when_and_why_and_no_figure_is_left(store: Storage) -> None:
    before = {path.name: path.read_bytes() for path in (store.published / THIRD).rglob("*") if path.is_file()}
    assert warehouse(["withdraw", "cccccccccccc", *WHO]) == 0
    folder = store.published / THIRD
    assert files(folder) == {"withdrawn.html", "withdrawn.json"}
    record = json.loads((folder / "withdrawn.json").read_bytes())
    assert (record["by"], record["reason"], record["publication"], record["month"]) == ("Director", WHO[3], "cccccccccccc", "2024-09")
    assert record["previous"]["publication"] == "bbbbbbbbbbbb"
    page = (folder / "withdrawn.html").read_text()
    assert "A cell showed &lt;too&gt; much" in page
    assert "<dd>Director</dd>" in page
    assert record["at"] in page
    # The council's record of what it published, where readers cannot come.
    kept = store.withdrawn / THIRD
    assert {path.name: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in (kept, *list(kept.parents)[:2]))


def test_readers_see_the_last_good_one_and_the_chain_is_whole(store: Storage) -> None:
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    assert str(store.latest.readlink()) == SECOND
    assert findings(store) == findings(store, with_chain=False) == []
    publish(store, "2024-10/dddddddddddd", 10)
    previous = json.loads((store.latest / "manifest.json").read_bytes())["previous"]
    assert (previous["publication"], previous["sha256"]) == (
        "cccccccccccc",
        json.loads((store.published / THIRD / "withdrawn.json").read_bytes())["sha256"],
    )
    assert findings(store) == findings(store, with_chain=False) == []


def test_a_damaged_publication_is_not_shown_instead(store: Storage) -> None:
    (store.published / SECOND / "public" / "figures.html").write_text("changed")
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    assert str(store.latest.readlink()) == FIRST


def test_one_in_between_leaves_latest_alone_and_the_order_can_be_seen(store: Storage) -> None:
    assert warehouse(["withdraw", SECOND, *WHO]) == 0
    assert str(store.latest.readlink()) == THIRD
    assert findings(store) == findings(store, with_chain=False) == []


def test_with_no_other_left_latest_is_the_page_and_everybody_is_told_in_words(
    store: Storage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (FIRST, SECOND, THIRD):
        assert warehouse(["withdraw", name, *WHO]) == 0
    assert files(store.latest) == {"withdrawn.html", "withdrawn.json"}
    assert findings(store) == findings(store, with_chain=False) == []
    for ask, refused in ((Publication, NoPublication), (Marts, NothingPublished)):
        with pytest.raises(refused, match=r"this publication was withdrawn on 20\d\d-\d\d-\d\d by the Director"):
            ask(store.latest)  # type: ignore[operator]
    # The next run goes on, and is compared with nothing.
    monkeypatch.setattr("ingestion.landing.landing_readiness.LEAST_FREE", 1 << 20)
    refuse_unless_usable(store)
    assert last_through(store, "") is None
    assert last_through(store, "2024-09") is None
    publish(store, "2024-08/dddddddddddd", 10)
    assert str(store.latest.readlink()) == "2024-08/dddddddddddd"


def test_an_earlier_month_takes_the_place_of_a_page_without_figures(store: Storage) -> None:
    for name in (FIRST, SECOND, THIRD):
        assert warehouse(["withdraw", name, *WHO]) == 0
    made = publish(store, "2024-07/dddddddddddd", 10)
    store.latest.unlink()
    store.latest.symlink_to(THIRD)
    switch_latest(made)
    assert store.latest.resolve() == made


def test_later_builds_do_not_read_it(store: Storage) -> None:
    def read() -> set[str]:
        with duckdb.connect() as connection:
            connection.execute("create schema raw")
            assert write_earlier_publications(connection, store, None) == []
            tables = ("publication", "published_value")
            (one, other) = ({row[0] for row in connection.execute(f"select publication from raw.{table}").fetchall()} for table in tables)
            assert one == other
            return one

    assert read() == {"aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"}
    assert warehouse(["withdraw", SECOND, *WHO]) == 0
    assert read() == {"aaaaaaaaaaaa", "cccccccccccc"}


def test_it_counts_as_withdrawn_although_its_record_is_damaged(store: Storage) -> None:
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    (store.published / THIRD / "withdrawn.json").write_text("{}")
    assert store.published / THIRD in withdrawn(store)
    assert any(f"published/{THIRD}/withdrawn.json is not as it was written" in found for found in findings(store))


def test_a_record_that_somebody_put_there_withdraws_nothing(store: Storage) -> None:
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    shutil.copy(store.published / THIRD / "withdrawn.json", store.published / SECOND)
    assert withdrawn(store) == {store.published / THIRD}
    assert any(f"{SECOND}/withdrawn.json has no line in its chain" in found for found in findings(store))


def test_the_same_publication_is_not_made_again(store: Storage) -> None:
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    with pytest.raises(NothingToPublish, match="would publish the same figures again"):
        refuse_withdrawn(store.published / THIRD, store)
    refuse_withdrawn(store.published / SECOND, store)
    aside = store.published / "2024-09" / ".cccccccccccc"
    shutil.copytree(store.withdrawn / THIRD, aside)
    with pytest.raises(NothingToPublish):
        switch_latest(aside)
    assert files(store.published / THIRD) == {"withdrawn.html", "withdrawn.json"}


def test_a_month_whose_publication_was_withdrawn_is_not_late(store: Storage) -> None:
    assert warehouse(["withdraw", SECOND, *WHO]) == warehouse(["withdraw", THIRD, *WHO]) == 0
    assert late_month(store, datetime(2024, 10, 20, tzinfo=UTC)) is None
    assert late_month(store, datetime(2024, 11, 20, tzinfo=UTC)) == "2024-10"


def test_a_dry_run_says_each_step_and_does_nothing(store: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(store.published), everything(store.home / "chains")
    assert warehouse(["withdraw", THIRD, *WHO, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert (everything(store.published), everything(store.home / "chains")) == before
    assert not store.withdrawn.exists()
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    assert said == "Nothing was done. This would be done:\n" + capsys.readouterr().out


def test_twice_is_once_and_the_first_word_stands(store: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    before = everything(store.published), everything(store.home / "chains")
    capsys.readouterr()
    assert warehouse(["withdraw", THIRD, "--by", "Data Protection Officer", "--reason", "Another"]) == 0
    assert re.search(r"was withdrawn on \S+ by the Director\. Nothing is left to do", capsys.readouterr().out)
    assert (everything(store.published), everything(store.home / "chains")) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["eeeeeeeeeeee", *WHO], f"eeeeeeeeeeee: no publication has this name. Published are: {FIRST}, {SECOND}, {THIRD}"),
        ([THIRD, "--by", "Somebody", "--reason", "Why"], "'Somebody' may not withdraw a publication. publication.yaml names who may"),
        ([THIRD, "--by", "Director", "--reason", "  "], "The reason stands on a page for readers"),
        ([THIRD, "--by", "Director", "--reason", "two\nlines\x1b[31m"], "on one line"),
        (["../../etc", *WHO], "no publication has this name"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_2(
    store: Storage, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(store.home)
    assert warehouse(["withdraw", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert everything(store.published) == {name: told for name, told in before.items() if name.startswith(f"{store.published}/")}


def test_nobody_withdraws_upon_a_broken_chain(store: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    store.chain_of_publications.unlink()
    assert warehouse(["withdraw", THIRD, *WHO]) == 2
    assert "chains/published.chain is missing" in capsys.readouterr().err
    assert "public/figures.html" in files(store.published / THIRD)


def test_a_damaged_publication_can_be_withdrawn(store: Storage) -> None:
    (store.published / THIRD / "SHA256SUMS").unlink()
    (store.published / THIRD / "manifest.json").write_text("{")
    assert warehouse(["withdraw", THIRD, *WHO]) == 0
    assert files(store.published / THIRD) == {"withdrawn.html", "withdrawn.json"}
    assert findings(store) == []


def test_who_may_override_may_withdraw_where_nobody_else_is_named(store: Storage, tmp_path: Path) -> None:
    settings = tmp_path / "config" / "publication.yaml"
    settings.write_text("may_override: [Head of Service]\n")
    assert warehouse(["withdraw", THIRD, "--by", "Head of Service", "--reason", "Why"]) == 0
    settings.write_text("may_withdraw: Director\n")
    assert warehouse(["withdraw", SECOND, "--by", "Director", "--reason", "Why"]) == 2


@pytest.mark.slow
def test_killed_before_any_step_readers_see_one_whole_publication_and_a_rerun_finishes(store: Storage, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    command = [sys.executable, str(PROGRAM), str(store.home), str(tmp_path / "runs")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    told = json.loads(run.stdout)
    assert len(told) > 15
    whole = {THIRD: files(store.latest) | {"withdrawn.html", "withdrawn.json"}, SECOND: files(store.published / SECOND)}
    for step, seen in enumerate(told, start=1):
        assert set(seen["files"]) - {".withdrawn.html.part", ".withdrawn.json.part"} <= whole[seen["latest"]], (step, seen)
        assert set(seen["files"]) >= files(store.published / SECOND), (step, seen)
        # Whatever is unfinished is said, with what to do.
        assert all(
            "was not finished" in line or "still has files" in line or "names a publication that was" in line for line in seen["findings"]
        )
        home = Storage(tmp_path / "runs" / f"{step:03d}")
        assert findings(home) == findings(home, with_chain=False) == [], step
        assert files(home.published / THIRD) == {"withdrawn.html", "withdrawn.json"}, step
        assert "inside/scorecard/index.html" in files(home.withdrawn / THIRD), step
        assert str(home.latest.readlink()) == SECOND, step
        assert not list(home.published.glob("*/.*")), step
    assert [seen["is_withdrawn"] for seen in told] == sorted(seen["is_withdrawn"] for seen in told), "once withdrawn, it stays withdrawn"
    assert {seen["is_withdrawn"] for seen in told} == {True, False}
