"""The latest indicators in a terminal, and the commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reporting.__main__ import main
from reporting.summary import latest_indicators


def test_the_summary_fits_a_terminal_and_names_every_figure(publication: Path) -> None:
    lines = latest_indicators(publication).splitlines()
    assert max(len(line) for line in lines) <= 100
    assert lines[0] == "Indicators of September 2025, publication p-001"
    assert [line.split() for line in lines if line.startswith("Turnover rate of permanent")] == 2 * [
        ["Turnover", "rate", "of", "permanent", "staff", "Board", "11.1%", "below", "10%", "Not", "met", "Sep", "2025"]
    ]
    assert "  Sickness absence rate (DfE): DfE marks this figure as of low reliability." in lines


def test_the_summary_shows_no_suppressed_value_and_the_month_of_an_older_one(publication: Path) -> None:
    text = latest_indicators(publication)
    assert "78" not in text
    assert next(line for line in text.splitlines() if line.startswith("Survey score")).split()[3] == "[c]"
    assert "In place of a figure: [c] confidential" in text
    assert next(line for line in text.splitlines() if line.startswith("Average caseload")).endswith("Aug 2025")


def test_a_long_title_does_not_push_the_columns(make_publication: Callable[[str], Path]) -> None:
    long = make_publication("update marts.indicator set title = repeat('Very long title ', 9) where indicator_id = 'caseload'")
    rows = [line for line in latest_indicators(long).splitlines() if line.startswith("Very long")]
    assert rows
    assert all(len(row) <= 100 and ".." in row for row in rows)


def test_the_commands_read_the_publication_that_is_named(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "--publication", str(publication)]) == 0
    assert "North Shire" in capsys.readouterr().out
    assert main(["scorecard", "--publication", str(publication)]) == 0
    assert capsys.readouterr().out.split() == [
        str(publication / "inside" / "scorecard" / f"{name}.html") for name in ("north", "south", "index")
    ]


@pytest.mark.parametrize("report", ["scorecard", "summary"])
def test_without_a_publication_the_message_says_what_to_do(
    report: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    assert main([report]) == 1
    assert "Nothing has been published yet" in capsys.readouterr().err
