"""The DAG through Airflow's own runner, on the golden councils."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dags.by_hand import run_here
from dags.workforce_month import workforce_month


def _states() -> tuple[str, dict[str, set[str]]]:
    run = run_here(workforce_month())
    states: dict[str, set[str]] = {}
    for task in run.get_task_instances():
        # Each source has a task of its own, in its council's group.
        kind = task.task_id.rpartition(".")[2].partition("_")[0] if "." in task.task_id else task.task_id
        states.setdefault(kind, set()).add(str(task.state))
    return str(run.state), states


def test_the_dag_is_documented_owned_and_retried() -> None:
    assert workforce_month().doc_md
    assert workforce_month().schedule is not None
    for task in workforce_month().tasks:
        assert task.owner == "data engineering"
        assert task.retries == 2
        assert task.python_callable.__doc__, f"{task.task_id} says what it does"


def test_a_month_runs_from_inbox_to_latest(golden_home: Path) -> None:
    state, states = _states()
    assert state == "success"
    assert all(state == {"success"} for state in states.values()), states
    latest = golden_home / "published" / "latest" / "inside"
    assert {path.stem for path in (latest / "scorecard").glob("*.html")} == {"cambridgeshire", "peterborough", "index"}


def test_a_file_that_cannot_be_used_fails_the_run_after_the_others_are_published(
    golden_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agency = golden_home / "inbox" / "peterborough" / "agency" / "agency_2022-05.csv"
    agency.write_text(agency.read_text(encoding="utf-8").replace("cover_reason", "why", 1), encoding="utf-8")
    state, states = _states()
    assert state == "failed"
    assert states.pop("confirm_deliveries") == {"failed"}
    assert all(state == {"success"} for state in states.values()), states
    told = capsys.readouterr().out
    assert "agency_2022-05.csv" in told
    assert "cover_reason" in told
    with duckdb.connect(str(golden_home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True) as published:
        rates = dict(
            published.execute(
                "select organisation_id, status_reason from marts.indicator_value "
                "where indicator_id = 'agency_rate' and definition_id = 'dfe' and scope = 'organisation'"
            ).fetchall()
        )
    assert rates == {"cambridgeshire": None, "peterborough": "file_refused"}


@pytest.mark.wide
def test_a_failed_build_leaves_the_last_publication_in_place(golden_home: Path) -> None:
    _states()
    before = (golden_home / "published" / "latest").resolve()
    courses = golden_home / "config" / "courses.csv"
    courses.write_text(courses.read_text(encoding="utf-8") + "SAFE,One,all,12\nSAFE,Two,all,12\n", encoding="utf-8")
    state, states = _states()
    assert state == "failed"
    assert states["build"] == {"failed"}
    assert states["switch_latest"] == {"upstream_failed"}
    assert (golden_home / "published" / "latest").resolve() == before


@pytest.mark.wide
@pytest.mark.parametrize("wrong", ["key", "folder"])
def test_a_key_that_is_too_short_or_a_folder_that_cannot_be_written_lands_nothing_and_switches_nothing(
    golden_home: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    if wrong == "key":
        monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", "short")
    else:
        (golden_home / "landing").write_text("a file where a folder must be")
    state, states = _states()
    assert state == "failed"
    assert states["choose_sources"] == states["build"] == {"failed"}
    assert states["switch_latest"] == {"upstream_failed"}
    assert not list(golden_home.glob("ledger/**/*.json"))
    assert not (golden_home / "published" / "latest").exists()


def test_a_council_whose_configuration_is_broken_does_not_keep_the_other_back(golden_home: Path) -> None:
    (golden_home / "config" / "organisations" / "peterborough" / "mappings" / "agency.yaml").write_text(
        "source: agency\n", encoding="utf-8"
    )
    state, states = _states()
    assert state == "failed"
    assert states["land"] == {"success", "failed"}
    assert states["switch_latest"] == {"success"}


@pytest.mark.wide
@pytest.mark.parametrize(("file", "text"), [("organisation.yaml", "id: ["), ("team_changes.csv", "from,old,new\n")])
def test_a_council_that_is_left_out_fails_a_task_of_its_own_and_the_other_is_published(golden_home: Path, file: str, text: str) -> None:
    (golden_home / "config" / "organisations" / "peterborough" / file).write_text(text, encoding="utf-8")
    state, states = _states()
    assert state == "failed"
    assert {name for name, state in states.items() if state != {"success"}} == {"check_configuration", "confirm_deliveries"}
    scorecards = golden_home / "published" / "latest" / "inside" / "scorecard"
    assert {path.stem for path in scorecards.glob("*.html")} == {"cambridgeshire", "index"}
