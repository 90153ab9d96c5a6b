"""From a broken extract to the all-clear, only by files in the inbox and runs of the DAG."""

from __future__ import annotations

from pathlib import Path

import yaml

from dags.by_hand import run_here
from dags.workforce_pick_up import pick_up
from tests.alerts.conftest import ALERTS, Post

COUNCIL, SOURCE = "peterborough", "agency"


def run() -> str:
    return str(run_here(pick_up).state)


def test_a_corrected_file_in_the_inbox_clears_its_alert_on_the_next_run(golden_home: Path, post: Post) -> None:
    config = golden_home / "config"
    (config / "alerts.yaml").write_text(ALERTS)
    council = config / "organisations" / COUNCIL / "organisation.yaml"
    written = yaml.safe_load(council.read_text())
    owner = written["sources"][SOURCE]["owner"]
    council.write_text(yaml.safe_dump(written | {"contacts": {owner: "agency@peterborough.example"}}))
    extract = golden_home / "inbox" / COUNCIL / SOURCE / "agency_2022-05.csv"
    good = extract.read_text(encoding="utf-8")

    extract.write_text(good.replace("cover_reason", "why", 1), encoding="utf-8")
    assert run() == "success", "a broken extract is no failure of the pipeline"
    (mail,) = post.mails
    assert mail["To"] == "agency@peterborough.example"
    (subject,) = post.subjects()
    assert subject.startswith("Send 1 file again: agency workers of Peterborough, May 2022; next pick-up ")

    assert run() == "success"
    assert post.subjects() == [], "nothing changed"

    extract.write_text(good, encoding="utf-8")
    assert run() == "success"
    (subject,) = post.subjects()
    assert subject.startswith("All clear: nothing to correct in agency workers of Peterborough, ")
    pages = sorted((golden_home / "alerts" / COUNCIL / SOURCE).glob("*.html"))
    assert len(pages) == 2

    assert run() == "success"
    assert post.subjects() == []
