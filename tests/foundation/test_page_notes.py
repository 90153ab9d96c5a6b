"""What people say about figures: read from the configuration, refused with file and line, and kept with a publication."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from foundation.errors import ConfigurationError
from foundation.page_notes import CommentNote, PageNotes, PlanNote, keep_page_notes, kept_page_notes, read_page_notes

REBASES = 'organisation_id,series,from_date,by,reason\nnorth,leavers,2025-04-01,HR lead,"A new system, since April"\n'
PLANS = "organisation_id,plan,from_date,to_date\n,Framework,2022-04-01,2025-12-31\nnorth,Framework 2,2026-01-01,\n"
COMMENTARY = "organisation_id,indicator_id,written_on,by,says\nnorth,,2025-10-01,Director,We hire\nnorth,turnover_rate,2025-09-01,Lead,Exit interviews\n"


def configured(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_nothing_has_to_be_there(tmp_path: Path) -> None:
    assert read_page_notes(tmp_path) == PageNotes()
    assert kept_page_notes(tmp_path) == PageNotes()


def test_a_publication_keeps_what_was_said(tmp_path: Path) -> None:
    folder = configured(tmp_path, rebases=REBASES, plans=PLANS, commentary=COMMENTARY)
    notes = read_page_notes(folder)
    assert notes.rebases[0].reason == "A new system, since April"
    assert notes.plans[1] == PlanNote("north", "Framework 2", date(2026, 1, 1), None)
    keep_page_notes(folder, tmp_path)
    assert kept_page_notes(tmp_path) == notes


def test_the_plan_of_a_target_is_the_longest_title_that_its_source_names(tmp_path: Path) -> None:
    notes = read_page_notes(configured(tmp_path, plans=PLANS))
    assert notes.plan_of("north", "T1: Framework 2, page 3") == notes.plans[1]
    assert notes.plan_of("south", "T1: Framework 2, page 3") == notes.plans[0]
    assert notes.plan_of("north", "Another document") is None


def test_comments_are_those_of_the_council_and_indicator_by_a_day_latest_first() -> None:
    first, later = CommentNote("n", "", date(2025, 9, 1), "a", "one"), CommentNote("n", "", date(2025, 10, 1), "a", "two")
    notes = PageNotes(commentary=(first, later, CommentNote("m", "", date(2025, 9, 1), "a", "of another")))
    assert notes.comments_on("n", "", date(2025, 12, 31)) == [later, first]
    assert notes.comments_on("n", "", date(2025, 9, 30)) == [first]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("plans", "organisation_id,plan\n", r"plans.csv: the header must be organisation_id,plan,from_date,to_date, in this order"),
        ("plans", PLANS + "north,,2022-04-01,\n", r"plans.csv: line 4: plan must not be empty"),
        ("plans", PLANS + "north,P,1 April 2022,\n", r"plans.csv: line 4: from_date must be a date such as 2025-04-30"),
        ("rebases", REBASES + "north,leavers,2025-04-01,HR lead,\n", r"rebases.csv: line 3: reason must not be empty"),
        ("rebases", REBASES + "north,leavers,2025-04-01,HR,a, b\n", r"rebases.csv: line 3: must have 5 values"),
        ("commentary", COMMENTARY + "north,x\n", r"commentary.csv: line 4: must have 5 values"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(tmp_path: Path, file: str, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read_page_notes(configured(tmp_path, **{file: text}))


def test_a_file_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "commentary.csv").write_bytes(COMMENTARY.encode() + b"north,,2025-10-01,Director,\xa3 5\n")
    with pytest.raises(ConfigurationError, match=r"commentary.csv: is not UTF-8. Save it as CSV UTF-8"):
        read_page_notes(tmp_path)
