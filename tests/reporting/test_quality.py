"""The page on the quality of what a council sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from reporting.published_quality import QualityMarts
from reporting.quality import in_words, write_quality_pages

OPEN = """
delete from marts.data_quality_result;
insert into marts.data_quality_result
    (rule_id, organisation_id, source, month_end, delivery_id, severity, outcome, state, first_seen, owner, rows_failed, says, fix, is_latest) values
    ('HR-007', 'north', 'hr_assignments', '2025-09-30', 'b', 'warn', 'failed', 'again', '2025-09-12 06:00', 'HR systems', 4, 'Above one FTE', 'Position screen', true),
    ('HR-007', 'north', 'hr_assignments', '2025-09-30', 'b', 'warn', 'failed', 'new', '2025-09-12 06:00', 'HR systems', 9, 'Told before', 'Position screen', false),
    ('HR-013', 'north', 'hr_assignments', '2025-08-31', 'a', 'hold', 'failed', 'new', '2025-10-12 06:00', 'HR systems', 12, 'Gone without end', 'Termination screen', true),
    ('CAS-002', 'north', 'caseload', '2025-09-30', 'c', 'block', 'failed', 'new', '2025-10-12 06:00', 'Case system team', 40, 'Rows break the contract', 'Mapping', true),
    ('HR-008', 'north', 'hr_assignments', '2025-09-30', 'b', 'warn', 'accepted', 'again', '2025-09-12 06:00', 'HR systems', 1, 'FTE is missing', 'Hours', true),
    ('HR-030', 'north', 'hr_assignments', '2025-09-30', 'b', 'warn', 'errored', 'unknown', null, 'HR systems', 0, 'Starts too late', 'Dates', true),
    ('HR-001', 'north', 'hr_assignments', '2025-09-30', 'b', 'block', 'passed', 'clear', null, 'HR systems', 0, 'Has rows', 'Run again', true);
insert into marts.accepted_exception values
    ('north', 'HR-008', '2025-09', '2026-03-31', 2, 'Head of HR', 'Hours of the new panel member follow');
"""


def page(publication: Path) -> str:
    written = {path.stem: path for path in write_quality_pages(publication)}
    return written["north"].read_text(encoding="utf-8")


def rows(html: str) -> list[list[str]]:
    """The cells of every row of every table."""
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


def test_the_page_tells_what_is_open_since_when_and_where_to_put_it_right(make_publication: Callable[[str], Path]) -> None:
    html = page(make_publication(OPEN))
    found = rows(html)
    assert ["HR-007", "Above one FTE", "Staff in post", "September 2025", "4", "12 September 2025", "Position screen"] in found
    assert "Told before" not in html, "an earlier run is no news"
    headings = [" ".join(heading.split()) for heading in re.findall(r"<h[23]>(.*?)</h[23]>", html)]
    assert headings == [
        "Open today",
        "Holds the delivery back",
        "Holds indicators back",
        "Warning",
        "Checks that could not run",
        "Missing figures",
        "By source and owner",
        "Trend",
        "Accepted exceptions",
        "Changed limits",
    ]
    assert "The engineers were told: HR-030" in html


def test_a_file_that_two_rules_hold_is_one_file(make_publication: Callable[[str], Path]) -> None:
    another = "insert into marts.data_quality_result by name select * replace ('CAS-004' as rule_id) from marts.data_quality_result where rule_id = 'CAS-002'"
    html = page(make_publication(f"{OPEN} {another}"))
    tallies = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", html)
    assert tallies == [
        ("Files held or refused", "1"),
        ("Files missing", "0"),
        ("Rules that hold indicators", "1"),
        ("To correct", "1"),
        ("Notes", "0"),
    ]


def test_the_page_counts_by_owner_and_lists_what_is_accepted_until_when_by_whom_and_why(make_publication: Callable[[str], Path]) -> None:
    found = rows(page(make_publication(OPEN)))
    assert ["Case system team", "Caseload", "1", "0", "0", "0"] in found
    assert ["HR systems", "Staff in post", "0", "1", "1", "0"] in found
    assert ["HR-008", "2025-09", "31 March 2026", "2", "Head of HR", "Hours of the new panel member follow"] in found


def test_the_trend_counts_rules_by_month_and_says_so_in_words(make_publication: Callable[[str], Path]) -> None:
    publication = make_publication(OPEN)
    with QualityMarts(publication) as marts:
        months = marts.months_of_checks("north")
    assert len(months) == 24
    assert [(month.held, month.to_correct) for month in months[-2:]] == [(1, 0), (1, 1)]
    assert in_words(months) == ("Rules that fail, over 24 months: 2 in September 2025, most in September 2025 with 2; 22 months have none.")
    html = page(publication)
    assert "<script" not in html and "22 months have none" in html


def test_where_nothing_is_open_the_page_says_so(make_publication: Callable[[str], Path]) -> None:
    html = page(make_publication("delete from marts.data_quality_result"))
    assert "Nothing is open. Every file came and every rule passes." in html
    assert "No rule fails on the extracts of the last 24 months." in html


def test_the_same_publication_gives_the_same_pages(make_publication: Callable[[str], Path]) -> None:
    publication = make_publication(OPEN)
    assert page(publication) == page(publication)


def test_a_file_that_landing_refused_and_a_month_that_did_not_come_are_open(make_publication: Callable[[str], Path]) -> None:
    html = page(
        make_publication(
            "delete from marts.data_quality_result; insert into marts.data_quality_result "
            "(rule_id, organisation_id, source, month_end, severity, outcome, state, first_seen, owner, rows_failed, says, fix, is_latest) values "
            "('FILE-REFUSED', 'north', 'agency', '2025-09-30', 'block', 'failed', 'new', '2025-10-12 06:00', 'Agency team', 0, 'A column is missing', 'Send it', true), "
            "('FILE-MISSING', 'north', 'payroll', '2025-09-30', 'block', 'failed', 'new', '2025-10-12 06:00', 'Payroll', 0, 'No file has come', 'Run it', true)"
        )
    )
    assert "Nothing is open" not in html
    assert re.findall(r"<h3>(.*?)</h3>", html) == ["Missing", "Holds the delivery back"]
    found = rows(html)
    assert ["File refused", "A column is missing", "Agency workers", "September 2025", "-", "12 October 2025", "Send it"] in found
    assert ["File missing", "No file has come", "Payroll", "September 2025", "-", "12 October 2025", "Run it"] in found
    tallies = dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", html))
    assert (tallies["Files held or refused"], tallies["Files missing"]) == ("1", "1")


def test_a_check_that_errored_is_no_pass(make_publication: Callable[[str], Path]) -> None:
    html = page(make_publication(f"{OPEN} delete from marts.data_quality_result where outcome = 'failed'"))
    assert "Nothing is open. Every rule that could be checked passes." in html


def test_limits_that_the_council_changed_are_listed_with_who_decided_and_why(make_publication: Callable[[str], Path]) -> None:
    html = page(
        make_publication(
            "insert into marts.changed_limit values ('north', 'HR-020', '2025-09', null, null, 0.2, 'Head of HR', 'Small teams')"
        )
    )
    assert ["HR-020", "2025-09", "no end", "-", "0.2", "Head of HR", "Small teams"] in rows(html)
