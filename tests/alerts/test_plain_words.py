"""Every kind of mail and page, and every rule that may be in one, has plain words, in table cells too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from alerts.digest import ACCEPTED, AGAIN, FIXED, LET_GO, NEW, UNCHECKED, Digest, Line
from alerts.digest_page import page
from alerts.engineers import ERRORED_BODY, FAILED_BODY
from alerts.officer import tell_not_published, tell_officer
from alerts.open_items import Item
from expectations.completeness import SAYS
from expectations.missing_files import MISSING, REFUSED
from expectations.rules.every_source import every_rule
from reporting.quality import write_quality_pages
from tests.alerts.reading import not_plain, read
from tests.reporting.conftest import TABLES

NOW = datetime(2025, 10, 13, 6, tzinfo=UTC)


def item(severity: str, code: str = "HR-008", rows: int = 3) -> Item:
    rule = next(rule for rule in every_rule() if rule.rule_id == "HR-008")
    return Item(code, "2025-09", severity, rule.told, rule.fix, rows, "staff.csv")


KINDS = {
    "Correct": (Line(item("warn"), NEW, rows_new=3),),
    "Send 1 file": (Line(item("block", rows=0), NEW), Line(item("hold"), AGAIN, 1, 2, 1)),
    "Send 1 missing": (Line(item(MISSING, "no_file", 0), NEW), Line(item("warn"), UNCHECKED, rows_again=3)),
    "Send 1 file again": (Line(item(REFUSED, "missing_column", 0), NEW),),
    "Check": (Line(item("warn", rows=0), NEW),),
    "All clear": (Line(item("warn"), FIXED, rows_fixed=3),),
    "Nothing to correct now": (Line(item("warn"), ACCEPTED, until=date(2026, 3, 31)), Line(item("hold"), LET_GO)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_digest_of_each_kind_is_in_plain_words(kind: str) -> None:
    lines = KINDS[kind]
    clear = all(line.state in (FIXED, ACCEPTED, LET_GO) for line in lines)
    digest = Digest("ashby", "Ashby", "hr_assignments", "HR systems", lines, () if clear else ("Turnover rate",), clear, NOW)
    assert digest.subject.startswith(kind)
    html = page(digest, "https://warehouse.ashby.example/rejected/hr_assignments/to_correct.xlsx")
    assert not_plain(read(html).blocks) == []


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    made = tmp_path / "published" / "2025-09" / "p-001"
    (made / "inside").mkdir(parents=True)
    with duckdb.connect(str(made / "inside" / "workforce.duckdb")) as connection:
        connection.execute(TABLES)
        connection.execute("delete from marts.data_quality_result")
        for rule in every_rule():
            connection.execute(
                "insert into marts.data_quality_result (rule_id, organisation_id, source, month_end, severity, outcome, rows_failed, says, fix, is_latest) "
                "values (?, 'north', ?, '2025-09-30', ?, 'failed', 2, ?, ?, true)",
                [rule.rule_id, "marts" if rule.rule_id.startswith("MRT") else "payroll", rule.severity, rule.told, rule.fix],
            )
    return made


def of_officer(publication: Path) -> Path:
    made = tell_officer(publication)
    assert made is not None
    return made


PAGES: dict[str, Callable[[Path], Path]] = {
    "what a publication lacks": of_officer,
    "the quality of what was received": lambda publication: write_quality_pages(publication)[0],
    "not built": lambda _: tell_not_published(None, None, None, NOW),  # type: ignore[dict-item, return-value]
    "not believed": lambda _: tell_not_published(True, None, None, NOW),  # type: ignore[dict-item, return-value]
    "not complete": lambda _: tell_not_published(True, True, None, NOW),  # type: ignore[dict-item, return-value]
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_of_each_kind_is_in_plain_words_whatever_rule_stands_in_it(kind: str, publication: Path) -> None:
    assert not_plain(read(PAGES[kind](publication).read_text(encoding="utf-8")).blocks) == []


def test_every_rule_says_what_is_wrong_and_what_to_do_in_plain_words() -> None:
    assert {rule.rule_id: found for rule in every_rule() if (found := not_plain([rule.told, rule.fix]))} == {}
    assert not_plain(list(SAYS.values())) == []


def test_what_engineers_are_told_is_short() -> None:
    for body in (FAILED_BODY, ERRORED_BODY):
        assert [word for word in not_plain([body]) if " " in word] == []
