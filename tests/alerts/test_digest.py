"""What an owner is told, when, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from alerts import owner_mail
from alerts.alert_settings import next_pick_up, settings
from alerts.alert_wording import months
from alerts.digest import Digest, digest, remember
from alerts.digest_page import TITLES, page, write_workbook
from alerts.owner_mail import NotTold, send_mail, tell_owners
from expectations.engine.check_rule import Rule, between
from expectations.engine.council_decisions import AcceptedException, accept_exception
from expectations.rules.every_source import SOURCES as EVERY_SOURCE
from expectations.rules.hr_assignments import HR_ASSIGNMENTS
from foundation import ledger
from foundation.configuration import ConfigurationError, organisation
from foundation.ledger import Problem
from foundation.storage import Storage
from tests.alerts.conftest import ALERTS, Post
from tests.alerts.reading import not_plain, read
from tests.expectations.landed_council import LandedCouncil, assignment, people

SOURCE = "hr_assignments"
SOURCES = [{"organisation_id": "ashby", "source": SOURCE}]
NOW = datetime(2025, 10, 13, 6, 0, tzinfo=UTC)  # a Monday, 7 in the morning in London


def staff(count: int = 30, without_fte: tuple[str, ...] = ()) -> list[dict[str, object]]:
    return [assignment(person, fte=None if person in without_fte else 1, age_band="planted-age") for person in people(count)]


def told(council: LandedCouncil, now: datetime = NOW, urgent_only: bool = False) -> Digest | None:
    """Check and tell: the digest that the owner is given, remembered as told."""
    council.check(SOURCE)
    found = digest("ashby", SOURCE, council.store, now, urgent_only)
    if found:
        remember(found, council.store)
    return found


def correct(council: LandedCouncil, rows: list[dict[str, object]], period: str = "2025-09") -> None:
    council.deliver(SOURCE, period, rows, received_at=f"2025-10-{20 + council.delivered}T06:00:00+00:00")


def test_an_owner_is_told_once_then_of_changes_then_that_all_is_clear(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01", "p02")))
    first = told(council)
    assert first is not None
    assert first.subject == "Correct 2 rows: staff in post of Ashby, September 2025; next pick-up 13 October 2025, 08:00"
    assert [(line.item.code, line.state, line.rows_new) for line in first.lines] == [("HR-008", "new", 2)]
    assert told(council) is None, "nothing changed"
    correct(council, staff(without_fte=("p02", "p03")))
    second = told(council)
    assert second is not None
    assert [(line.rows_new, line.rows_again, line.rows_fixed) for line in second.lines] == [(1, 1, 1)]
    correct(council, staff())
    third = told(council)
    assert third is not None and third.all_clear
    assert third.subject == "All clear: nothing to correct in staff in post of Ashby, 13 October 2025"
    assert [(line.item.code, line.state, line.rows_fixed) for line in third.lines] == [("HR-008", "fixed", 2)]
    assert told(council) is None, "all clear is said once"


def test_a_block_is_told_at_once_and_a_row_to_correct_waits(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(without_fte=("p01",)))
    assert told(council, urgent_only=True) is None
    council.deliver(SOURCE, "2025-09", staff(12))
    urgent = told(council, urgent_only=True)
    assert urgent is not None
    assert urgent.subject == "Send 1 file again: staff in post of Ashby, September 2025; next pick-up 13 October 2025, 08:00"
    assert "Turnover rate" in urgent.held and "Required training in date" in urgent.held
    assert told(council, urgent_only=True) is None


def test_a_rule_that_holds_names_the_indicators_that_wait(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(40))
    council.deliver(SOURCE, "2025-09", [*staff(35), *(assignment(f"new {number}") for number in range(4))])
    found = told(council)
    assert found is not None
    assert [line.item.code for line in found.lines if line.item.severity == "hold"] == ["HR-013"]
    assert {"Turnover rate", "Turnover rate by headcount"} <= set(found.held)
    assert "Agency rate" not in found.held


def test_a_refused_file_is_told_until_a_good_one_came(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff())
    entry = ledger.deliveries("ashby", SOURCE, council.store)[0]
    refused = Problem(
        "missing_column", "held", "staff.csv", "staff.csv: the column 'FTE' is missing. Correct `columns` in /x/mappings/hr.yaml"
    )
    bad = ledger.append_state(
        ledger.Delivery(**(entry.__dict__ | {"delivery_id": "2025-09-bad", "period": "2025-09", "states": (), "problems": (refused,)})),
        ledger.HELD,
        ledger.LANDING,
        "refused",
    )
    ledger.write(bad, council.store)
    found = told(council, urgent_only=True)
    assert found is not None and found.subject.startswith("Send 1 file again: staff in post of Ashby, September 2025")
    assert "/x/" not in page(found, None)
    correct(council, staff())
    assert told(council, urgent_only=True).all_clear  # type: ignore[union-attr]


def test_a_month_that_did_not_come_is_told_where_it_came_before(council: LandedCouncil) -> None:
    for period in ("2025-06", "2025-07", "2025-08"):
        council.deliver(SOURCE, period, staff(30 + int(period[-1])))
    assert told(council) is None
    council.deliver("establishment", "2025-09", [])
    found = told(council, urgent_only=True)
    assert found is not None
    assert found.subject == "Send 1 missing file: staff in post of Ashby, September 2025; next pick-up 13 October 2025, 08:00"
    council.deliver(SOURCE, "2025-09", staff(38))
    assert told(council).all_clear  # type: ignore[union-attr]


def test_with_a_due_day_the_whole_council_may_be_late_and_each_month_is_told_until_it_came(council: LandedCouncil) -> None:
    for period in ("2025-06", "2025-07", "2025-08"):
        council.deliver(SOURCE, period, staff(30 + int(period[-1])))
    settings = council.store.home / "config" / "organisations" / "ashby" / "organisation.yaml"
    settings.write_text(settings.read_text() + "due_day: 10\n")

    def on(day: int, of: int = 10) -> Digest | None:
        council.check(SOURCE)
        found = digest("ashby", SOURCE, council.store, datetime(2025, of, day, 7, tzinfo=UTC), urgent_only=True)
        if found:
            remember(found, council.store)
        return found

    assert on(10) is None, "it may come today"
    late = on(13)
    assert late is not None
    assert late.subject == "Send 1 missing file: staff in post of Ashby, September 2025; next pick-up 13 October 2025, 09:00"
    assert "It was due on day 10 of the month after" in page(late, None)
    assert on(14) is None, "told once"
    later = on(11, of=11)
    assert later is not None
    assert later.subject.startswith("Send 2 missing files: staff in post of Ashby, September 2025, October 2025; next pick-up ")
    council.deliver(SOURCE, "2025-09", staff(39))
    council.deliver(SOURCE, "2025-10", staff(40))
    assert on(12, of=11).all_clear  # type: ignore[union-attr]


def test_months_in_a_subject_are_in_their_order_and_many_are_a_span() -> None:
    assert months(["2025-10", "2025-09"]) == "September 2025, October 2025"
    assert months(["2025-12", "2025-10", "2025-09", "2026-01"]) == "September 2025 to January 2026"


def test_while_a_check_errors_what_was_told_stands_and_nobody_hears_an_all_clear(
    council: LandedCouncil, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01",)))
    assert told(council) is not None
    with monkeypatch.context() as broken:
        broken.setitem(EVERY_SOURCE, SOURCE, replace(HR_ASSIGNMENTS, rows="select no_such_column from received"))
        assert told(council) is None, "nobody knows what became of it"
        council.deliver(SOURCE, "2025-10", [])
        urgent = told(council)
        assert urgent is not None and not urgent.all_clear
        assert {(line.item.code, line.state) for line in urgent.lines} >= {("HR-008", "unchecked"), ("HR-001", "new")}
        html = page(urgent, None)
        assert "Not checked this time" in html and "What we last wrote to you still applies" in html
    again = told(council)
    assert again is None, "the row is there still, and was told"
    correct(council, staff())
    council.deliver(SOURCE, "2025-10", staff(), received_at="2025-11-20T06:00:00+00:00")
    assert told(council).all_clear  # type: ignore[union-attr]


def test_an_error_of_another_rule_keeps_the_all_clear_back(council: LandedCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01",)))
    assert told(council) is not None
    correct(council, staff())
    others = tuple(rule for rule in HR_ASSIGNMENTS.rules if rule.rule_id != "HR-010")
    broken = Rule("HR-010", "warn", "says", "fix", between("delivery_id", most=1), of="deliveries")
    with monkeypatch.context() as during:
        during.setitem(EVERY_SOURCE, SOURCE, replace(HR_ASSIGNMENTS, rules=(*others, broken)))
        assert told(council) is None
    assert told(council).all_clear  # type: ignore[union-attr]


def test_what_is_accepted_until_a_day_is_not_put_right(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01",)))
    assert told(council) is not None
    until = date(2099, 3, 31)
    rule = next(rule for rule in HR_ASSIGNMENTS.rules if rule.rule_id == "HR-008")
    accept_exception("ashby", rule, AcceptedException("HR-008", "2025-09", until, None, "Head of HR", "hours follow"))
    found = told(council)
    assert found is not None and found.all_clear
    assert found.subject == "Nothing to correct now in staff in post of Ashby, 13 October 2025"
    assert [(line.state, line.until) for line in found.lines] == [("accepted", until)]
    html = page(found, None)
    assert "Accepted until 31 March 2099" in html
    assert "Put right</strong>" not in html and "Thank you" not in html
    assert told(council) is None


def test_what_is_too_old_to_be_followed_is_not_put_right(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2024-08", staff(without_fte=("p01",)))
    assert told(council) is not None
    council.deliver(SOURCE, "2025-09", staff())
    found = told(council)
    assert found is not None
    assert found.subject.startswith("Nothing to correct now in staff in post of Ashby")
    assert [line.state for line in found.lines] == ["let_go"]
    assert "No longer followed" in page(found, None) and "Thank you" not in page(found, None)


def test_a_row_that_two_rules_find_is_counted_once_and_the_month_to_send_is_named(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", staff(30, without_fte=("p01", "p02", "p03")))
    found = told(council)
    assert found is not None
    assert {line.item.code for line in found.lines} == {"HR-008", "HR-015"}
    assert found.subject == "Correct 3 rows: staff in post of Ashby, September 2025; next pick-up 13 October 2025, 08:00"
    text = " ".join(read(page(found, None)).texts)
    assert "Run the extract for September 2025 again" in text
    assert "we pick them up later: each full hour from 7:00 to 18:00 on working days" in text
    assert " before " not in found.subject


def test_rejected_rows_are_in_the_workbook_with_their_reason_and_what_an_open_column_holds(council: LandedCouncil) -> None:
    delivery = council.deliver(SOURCE, "2025-09", [row | {"source_file": "staff.csv"} for row in staff(40)], rows_rejected=2)
    folder = council.store.rejected("ashby", SOURCE)
    folder.mkdir(parents=True, exist_ok=True)
    says = "'Position' has an unknown value. Fix: correct it in the system."
    rows = {"source_row": [7, 9], "rule": ["a", "b"], "column": ["job_role", ""], "message": [says, "The row is longer than the header"]}
    pl.DataFrame(rows | {"found": ["planted-value", ""], "row_text": ["planted-text"] * 2}).write_parquet(folder / f"{delivery}.parquet")
    found = told(council)
    assert found is not None and found.rows == 2
    book = write_workbook(found, council.store)
    assert book is not None
    sheet = pl.read_excel(book)
    assert sheet.select("Rule", "File", "Row", "Reason or remark").rows() == [
        ("HR-003", "staff.csv", 7, f"job_role: {says} Found: planted-value"),
        ("HR-003", "staff.csv", 9, "The row is longer than the header"),
    ]
    assert "planted-text" not in str(sheet.rows())
    assert "planted" not in page(found, book.name)


def test_who_is_gone_is_in_the_workbook_by_the_row_of_the_file_before_and_a_team_by_its_number(council: LandedCouncil) -> None:
    of_team = [row | {"team_id": "T7" if number < 12 else "T1", "source_file": "staff.csv"} for number, row in enumerate(staff(60))]
    council.deliver(SOURCE, "2025-08", [row | {"source_file": "august.csv"} for row in of_team])
    council.deliver(SOURCE, "2025-09", of_team[3:])
    found = told(council)
    assert found is not None
    book = write_workbook(found, council.store)
    assert book is not None
    named = pl.read_excel(book).select("Rule", "File", "Row", "Pseudonym, post or team").rows()
    gone = [(code, file, int(row), subject) for code, file, row, subject in named if code == "HR-010"]
    assert gone == [("HR-010", "august.csv", 2, "p01"), ("HR-010", "august.csv", 3, "p02"), ("HR-010", "august.csv", 4, "p03")]
    assert [(row[0], row[3]) for row in named if row[0] == "HR-020"] == [("HR-020", "T7")]
    (team,) = [line.item for line in found.lines if line.item.code == "HR-020"]
    assert (team.rows, team.counts) == (1, "teams")
    assert found.rows == 3, "people who are gone are counted once, and a team is no row"


def test_what_is_older_than_a_census_year_alerts_nobody(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2024-07", staff(without_fte=("p01",)))
    council.deliver(SOURCE, "2025-09", staff())
    assert told(council) is None


def test_a_mail_reads_from_what_to_do_to_how_to_accept_in_plain_words(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(40))
    council.deliver(SOURCE, "2025-09", [*staff(35, without_fte=("p01",)), *(assignment(f"new {number}") for number in range(4))])
    found = told(council)
    assert found is not None
    reader = read(page(found, "https://warehouse.ashby.example/restricted/to_correct.xlsx"))
    assert reader.headings == [
        found.subject,
        "What to do",
        "Indicators that are held",
        "What we found",
        "Which rows",
        "If something is right as it is",
    ]
    assert "Monday 13 October 2025 at 08:00" in " ".join(reader.texts)
    assert not {"script", "img", "iframe", "link"} & set(reader.tags), "nothing is loaded and nothing runs"
    assert not_plain(reader.blocks) == []


def test_no_personal_value_is_in_a_mail_and_the_workbook_names_rows_by_pseudonym(council: LandedCouncil) -> None:
    rows = [row | {"source_file": "staff.csv", "source_sheet": "Staff"} for row in staff(without_fte=("p02",))]
    council.deliver(SOURCE, "2025-09", rows)
    found = told(council)
    assert found is not None
    book = write_workbook(found, council.store)
    assert book is not None and book.stat().st_mode & 0o077 == 0
    assert book.relative_to(council.store.home).parts[0] == "rejected"
    html = page(found, str(book))
    assert "p02" not in html and "planted-age" not in html
    sheet = pl.read_excel(book)
    assert tuple(sheet.columns) == TITLES
    assert sheet.select("Rule", "File", "Sheet", "Row", "Pseudonym, post or team").rows() == [("HR-008", "staff.csv", "Staff", 3, "p02")]
    assert "planted-age" not in str(sheet.rows())


def test_every_digest_is_a_page_in_the_folder_and_a_mail_to_its_owner(council: LandedCouncil, post: Post) -> None:
    (council.store.home / "config" / "alerts.yaml").write_text(ALERTS)
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01",)))
    council.check(SOURCE)
    (written,) = tell_owners(SOURCES, NOW)
    assert written.relative_to(council.store.home).as_posix() == "alerts/ashby/hr_assignments/20251013T060000.html"
    (mail,) = post.mails
    assert (mail["To"], mail["From"]) == ("hr.systems@ashby.example", "Workforce warehouse <warehouse@ashby.example>")
    assert mail["Subject"] == "Correct 1 row: staff in post of Ashby, September 2025; next pick-up 13 October 2025, 08:00"
    body = mail.get_body(("html",))
    assert body is not None
    assert "https://warehouse.ashby.example/restricted/rejected/hr_assignments/ashby/to_correct.xlsx" in body.get_content()
    assert tell_owners(SOURCES, NOW + timedelta(days=1)) == []


def test_a_mail_that_cannot_be_sent_is_tried_again_by_the_next_run(
    council: LandedCouncil, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    (council.store.home / "config" / "alerts.yaml").write_text(ALERTS)
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01",)))
    council.check(SOURCE)
    with monkeypatch.context() as broken:
        broken.setenv(
            "AIRFLOW_CONN_WORKFORCE_SMTP", '{"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "extra": {"disable_ssl": true}}'
        )
        with pytest.raises(NotTold, match="ashby hr_assignments"):
            tell_owners(SOURCES, NOW)
    assert len(tell_owners(SOURCES, NOW + timedelta(hours=1))) == 1
    assert len(post.mails) == 1


def test_one_mail_that_fails_keeps_no_other_owner_from_hearing(council: LandedCouncil, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    config = council.store.home / "config"
    (config / "alerts.yaml").write_text(ALERTS)
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01",)))
    council.check(SOURCE)
    bad = config / "organisations" / "bad"
    bad.mkdir()
    good = (config / "organisations" / "ashby" / "organisation.yaml").read_text()
    (bad / "organisation.yaml").write_text(
        good.replace("id: ashby", "id: bad").replace("name: Ashby", 'name: "Ashby\\rBcc: all@example.org"')
    )
    everybody = [{"organisation_id": "bad", "source": SOURCE}, *SOURCES]

    def as_if_there_were_news(organisation_id: str, source: str, store: Storage, now: datetime, urgent_only: bool = False) -> Digest | None:
        if organisation_id == "bad":
            organisation(organisation_id)
        return digest(organisation_id, source, store, now, urgent_only)

    monkeypatch.setattr(owner_mail, "digest", as_if_there_were_news)
    with pytest.raises(NotTold, match="bad hr_assignments"):
        tell_owners(everybody, NOW)
    assert [mail["To"] for mail in post.mails] == ["hr.systems@ashby.example"]


def test_the_subject_of_a_mail_is_one_line(council: LandedCouncil, post: Post) -> None:
    (council.store.home / "config" / "alerts.yaml").write_text(ALERTS)
    send_mail(settings(), "somebody@ashby.example", "Correct 1 row\r\nBcc: all@example.org", "<p>x</p>")
    (mail,) = post.mails
    assert (mail["Subject"], mail["Bcc"]) == ("Correct 1 row Bcc: all@example.org", None)


def test_without_settings_the_folder_alone_is_told(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", staff(without_fte=("p01",)))
    council.check(SOURCE)
    assert len(tell_owners(SOURCES, NOW)) == 1


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("smtp: x\n", "smtp is not a known key"),
        ("smtp_connection: x\n", "`from` is missing"),
        ("- x\n", "must contain keys"),
        ("a: [\n", "not readable"),
    ],
)
def test_settings_that_cannot_be_used_say_what_is_wrong(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "alerts.yaml").write_text(written)
    with pytest.raises(ConfigurationError, match=said):
        settings(tmp_path)


def test_files_are_picked_up_in_the_hours_of_a_working_day_in_england() -> None:
    assert [
        f"{next_pick_up(datetime(2025, *at, tzinfo=UTC)):%d %b %H:%M}"
        for at in ((10, 13, 6, 30), (10, 13, 17, 30), (10, 17, 20, 0), (11, 3, 6, 0))
    ] == [
        "13 Oct 08:00",
        "14 Oct 07:00",
        "20 Oct 07:00",
        "03 Nov 07:00",
    ]
