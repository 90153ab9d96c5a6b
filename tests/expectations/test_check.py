"""Holding, releasing and reporting deliveries. Nothing personal leaves a check."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from expectations.__main__ import main
from expectations.engine import gx_validation
from expectations.engine.check_results import RESULTS
from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.delivery_frame import database
from expectations.engine.row_scan import MEASURED, failures, measure
from expectations.rules.every_source import SOURCES
from expectations.rules.hr_assignments import HR_ASSIGNMENTS
from expectations.source_check import accept_delivery, check_source, errors, refusals
from foundation import ledger
from foundation.ledger import Problem
from tests.alerts.conftest import ORGANISATION
from tests.expectations.landed_council import LandedCouncil, assignment, booking, failed, outcomes, people, post

SOURCE = "hr_assignments"


def staff(count: int) -> list[dict[str, object]]:
    return [assignment(person) for person in people(count)]


def in_force(council: LandedCouncil) -> dict[str, str]:
    known = ledger.deliveries(council.organisation_id, SOURCE, council.store)
    return {period: delivery.delivery_id for period, delivery in ledger.in_force(known).items()}


def test_a_refused_delivery_is_held_with_rule_and_reason_and_the_one_before_stays_in_force(council: LandedCouncil) -> None:
    august = council.deliver(SOURCE, "2025-08", staff(20))
    september = council.deliver(SOURCE, "2025-09", staff(10))
    refused = refusals(council.check(SOURCE))
    assert {(result.rule_id, result.period, result.delivery_id) for result in refused} == {
        ("HR-005", "2025-09", september),
        ("HR-006", "2025-09", september),
    }
    assert in_force(council) == {"2025-08": august}
    last = {delivery.delivery_id: delivery.states[-1] for delivery in ledger.deliveries(council.organisation_id, SOURCE, council.store)}[
        september
    ]
    assert (last.state, last.by) == ("held", "HR-005")
    assert "fell by more than 15%" in last.reason


def test_a_refused_correction_leaves_the_first_delivery_of_the_month_in_force(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    first = council.deliver(SOURCE, "2025-09", staff(21), received_at="2025-10-12T06:00:00+00:00")
    correction = council.deliver(SOURCE, "2025-09", staff(5), received_at="2025-11-01T06:00:00+00:00")
    assert council.state(SOURCE, first) == "superseded"
    results = council.check(SOURCE)
    assert (council.state(SOURCE, first), council.state(SOURCE, correction)) == ("accepted", "held")
    assert {result.delivery_id for result in results if result.period == "2025-09"} == {first, correction}


def test_checking_again_changes_nothing(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    council.deliver(SOURCE, "2025-09", staff(10))
    first = council.check(SOURCE)
    before = ledger.deliveries(council.organisation_id, SOURCE, council.store)
    assert council.check(SOURCE) == first
    assert ledger.deliveries(council.organisation_id, SOURCE, council.store) == before


def test_a_correction_of_the_month_before_releases_what_was_held(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    september = council.deliver(SOURCE, "2025-09", staff(30))
    council.check(SOURCE)
    assert council.state(SOURCE, september) == "held"
    council.deliver(SOURCE, "2025-08", staff(29), received_at="2025-10-20T06:00:00+00:00")
    results = council.check(SOURCE)
    assert council.state(SOURCE, september) == "accepted"
    assert failed(results) == set(), "nothing is said any more of the delivery that was replaced"


def test_a_corrected_file_takes_the_place_of_the_held_one(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    council.deliver(SOURCE, "2025-09", staff(10))
    council.check(SOURCE)
    corrected = council.deliver(SOURCE, "2025-09", staff(20), received_at="2025-10-20T06:00:00+00:00")
    assert refusals(council.check(SOURCE)) == []
    assert in_force(council)["2025-09"] == corrected


def test_what_a_person_accepted_is_not_held_again(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(30))
    september = council.deliver(SOURCE, "2025-09", staff(20))
    council.check(SOURCE)
    accept_delivery(council.organisation_id, SOURCE, september, "Head of HR", "two teams moved to another council")
    october = council.deliver(SOURCE, "2025-10", staff(20))
    results = council.check(SOURCE)
    assert (council.state(SOURCE, september), council.state(SOURCE, october)) == ("accepted", "accepted")
    assert refusals(results) == []
    kept = next(result for result in results if result.rule_id == "HR-005" and result.period == "2025-09")
    assert (kept.outcome, kept.severity) == ("failed", "warn")


def test_a_delivery_that_landing_held_is_left_alone(council: LandedCouncil) -> None:
    september = council.deliver(SOURCE, "2025-09", staff(20))
    ledger.hold(council.organisation_id, SOURCE, september, "landing", "wrong period", council.store)
    assert council.check(SOURCE) == []
    assert council.state(SOURCE, september) == "held"


def test_a_check_that_cannot_be_made_holds_nothing_and_releases_nothing(
    council: LandedCouncil, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    september = council.deliver(SOURCE, "2025-09", staff(10))
    council.check(SOURCE)
    text_where_a_number_is_expected = Rule("HR-005", "block", "says", "fix", between("delivery_id", most=1), of="deliveries")
    others = tuple(rule for rule in HR_ASSIGNMENTS.rules if rule.rule_id not in ("HR-005", "HR-006"))
    monkeypatch.setitem(SOURCES, SOURCE, replace(HR_ASSIGNMENTS, rules=(*others, text_where_a_number_is_expected)))
    october = council.deliver(SOURCE, "2025-10", staff(2))
    results = council.check(SOURCE)
    assert {(result.rule_id, result.outcome) for result in errors(results)} == {("HR-005", "errored")}
    assert refusals(results) == []
    assert council.state(SOURCE, september) == "held", "nobody knows yet that it is good"
    assert council.state(SOURCE, october) == "accepted"
    assert "ashby hr_assignments: these rules could not be checked, so they hold nothing: HR-005" in caplog.text


def test_a_raw_file_that_cannot_be_read_is_an_error_of_the_check(council: LandedCouncil) -> None:
    september = council.deliver(SOURCE, "2025-09", staff(20))
    next(council.store.home.glob("raw/**/*.parquet")).write_bytes(b"broken")
    results = council.check(SOURCE)
    assert {result.outcome for result in results} == {"errored"}
    assert council.state(SOURCE, september) == "accepted"


def test_an_exception_inside_great_expectations_is_no_failure() -> None:
    frame = pd.DataFrame({"text": ["one", "two"], "holds": [True, False]})
    rules = [
        Rule("A", "warn", "", "", between("text", 1, 2)),
        Rule("B", "warn", "", "", holds("holds")),
        Rule("C", "warn", "", "", holds("absent")),
    ]
    found = gx_validation.verdicts(frame, rules)
    assert (found["A"], found["B"], found["C"]) == (gx_validation.ERRORED, gx_validation.Verdict(failed_at=(1,)), gx_validation.ERRORED)


def test_the_results_are_kept_and_row_numbers_apart(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", [assignment("p01"), assignment("p02", fte=None)])
    results = council.check(SOURCE)
    kept = duckdb.sql(f"select * from '{council.store.checks}/hr_assignments__ashby.parquet'")
    assert kept.columns == list(RESULTS)
    assert len(kept.fetchall()) == len(results)
    assert kept.filter("outcome = 'failed'").select("rule_id", "period", "rows_failed").fetchall() == [("HR-008", "2025-09", 1)]
    restricted = council.store.rejected("ashby", SOURCE)
    assert duckdb.sql(f"select rule_id, source_row, subject from '{restricted}/checks.parquet'").fetchall() == [("HR-008", 3, "p02")]
    assert restricted.stat().st_mode & 0o077 == 0


def test_a_source_without_deliveries_has_no_results_and_an_empty_table(council: LandedCouncil) -> None:
    assert council.check("payroll") == []
    assert duckdb.sql(f"select count(*) from '{council.store.checks}/payroll__ashby.parquet'").fetchall() == [(0,)]


def test_an_unknown_source_is_named() -> None:
    with pytest.raises(ValueError, match=r"no source 'horoscope'.*hr_assignments"):
        check_source("ashby", "horoscope")


PLANTED = {
    "person_key": "planted-person",
    "assignment_key": "planted-assignment",
    "age_band": "planted-age",
    "booking_key": "planted-booking",
    "agency_worker_key": "planted-worker",
}


def planted(*names: str) -> dict[str, str]:
    return {name: PLANTED[name] for name in names}


def test_no_personal_value_leaves_a_check(
    council: LandedCouncil, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Rules fail, then raise, on rows full of planted values; results, logs, output and files are searched for them."""
    caplog.set_level(logging.DEBUG)
    person = planted("person_key", "assignment_key", "age_band")
    for period in ("2025-08", "2025-09"):
        rows = [assignment("x", **person), assignment("x", **person), assignment("x", **person, fte=None, end_date="2020-02-01")]
        council.deliver(SOURCE, period, rows, rows_rejected=100, sha256="a" * 64)
        council.deliver("establishment", period, [post("another", team_id="another")])
        council.deliver("agency", period, [booking("x", **planted("booking_key", "agency_worker_key"))] * 2)
    found = council.check(SOURCE) + council.check("agency")
    assert {"HR-002", "HR-007", "HR-008", "HR-009", "HR-011", "HR-012", "AGY-007", "AGY-009"} <= failed(found)

    measures = dict.fromkeys(rule.expects.column for rule in HR_ASSIGNMENTS.rules_of("rows"))
    keys_as_measures = ", ".join(f"person_key as {column}" for column in measures)
    wrong_rows = replace(HR_ASSIGNMENTS, rows=f"select delivery_id, source_row, {keys_as_measures} from received")
    keys_as_dates = replace(HR_ASSIGNMENTS, columns=HR_ASSIGNMENTS.columns | {"person_key": "date"})
    for broken in (wrong_rows, keys_as_dates):
        monkeypatch.setitem(SOURCES, SOURCE, broken)
        raised = council.check(SOURCE)
        assert errors(raised)
        found += raised
    main(["source", "--organisation", "ashby", "--source", SOURCE, "--all"])

    printed = capfd.readouterr()
    home = council.store.home
    # Raw has pseudonyms, and so have the failing rows in the restricted folder. No other place may have them.
    written = [path for path in home.rglob("*") if path.is_file() and path.relative_to(home).parts[0] not in ("raw", "rejected")]
    told = [repr(found), repr([result.row_keys for result in found]), caplog.text, printed.out, printed.err, *map(text_of, written)]
    assert [secret for secret in PLANTED.values() for text in told if secret in text] == []
    assert {path.relative_to(home).parts[0] for path in written} == {"layout.json", "ledger", "build", "quality"}


def text_of(path: Path) -> str:
    """What a file holds, as text; Parquet read, since it may be compressed."""
    return repr(duckdb.sql(f"select * from '{path}'").fetchall()) if path.suffix == ".parquet" else path.read_text(encoding="utf-8")


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_no_key_of_a_person_is_in_a_frame(council: LandedCouncil, source: str) -> None:
    """The frames that Great Expectations gets hold only measures."""
    with database(
        SOURCES[source], [], {other: (SOURCES[other].columns, []) for other in SOURCES[source].reads}, council.store
    ) as connection:
        figures = connection.execute(SOURCES[source].figures).df()
        measure(connection, SOURCES[source])
        counts = failures(connection, SOURCES[source].rules_of("rows"), {}) if SOURCES[source].rules_of("rows") else figures
        measures = connection.execute(f"describe {MEASURED}").df()["column_name"]
        columns = [*measures, *counts.columns, *figures.columns]
    assert [column for column in columns if column.endswith("_key") or column in ("age_band", "post_id", "team_id")] == []


def test_the_command_says_what_failed_and_ends_with_1_when_a_delivery_is_held(
    council: LandedCouncil, capsys: pytest.CaptureFixture[str]
) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    september = council.deliver(SOURCE, "2025-09", staff(10))
    asked = ["--organisation", "ashby", "--source", SOURCE]
    assert main(["source", *asked]) == 1
    printed = capsys.readouterr().out
    assert "HR-005" in printed and "fell by more than 15%" in printed
    assert main(["accept", *asked, "--delivery", september, "--by", "Head of HR", "--reason", "true"]) == 0
    assert main(["source", *asked]) == 0
    assert main(["accept", *asked, "--delivery", "none", "--by", "Head of HR", "--reason", "true"]) == 2
    assert outcomes(council.check(SOURCE), "HR-005") == {"2025-09": "failed"}


def test_refused_files_and_missing_months_are_results_of_the_page_that_hold_no_delivery(
    council: LandedCouncil, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = council.store.home / "config" / "organisations" / "ashby"
    folder.mkdir(parents=True)
    (folder / "organisation.yaml").write_text(ORGANISATION)
    monkeypatch.setenv("WORKFORCE_CONFIG", str(council.store.home / "config"))
    for period in ("2025-06", "2025-07", "2025-08"):
        good = council.deliver(SOURCE, period, staff(30 + int(period[-1])))
    entry = {delivery.delivery_id: delivery for delivery in ledger.deliveries("ashby", SOURCE, council.store)}[good]
    refused = Problem("missing_column", "held", "x.csv", "x.csv: the column 'FTE' is missing. Correct `columns` in /x/mappings/hr.yaml")
    for delivery_id, period in (("bad", "2025-08"), ("nameless", None)):
        bad = replace(
            entry, delivery_id=delivery_id, period=period, states=(), problems=(refused,), received_at="2025-10-02T06:00:00+00:00"
        )
        ledger.write(ledger.append_state(bad, ledger.HELD, ledger.LANDING, "refused"), council.store)
    council.deliver("establishment", "2025-09", [post("P1")])
    returned = council.check(SOURCE)
    assert not [result for result in returned if result.rule_id.startswith("FILE")], "they hold no delivery, and landing says it already"
    kept = duckdb.sql(
        f"select rule_id, period, delivery_id, severity, says from '{council.store.checks}/hr_assignments__ashby.parquet' "
        "where rule_id like 'FILE%' order by all"
    ).fetchall()
    says = "A file of the month is not used: a column is missing"
    assert kept == [
        ("FILE-MISSING", "2025-09", None, "block", "No file for the month has come"),
        ("FILE-REFUSED", "2025-08", None, "block", says),
        ("FILE-REFUSED", "2025-10", None, "block", says),
    ], "a file without a month stands in the month in which it came"


def test_two_months_in_which_there_was_nothing_are_no_copy_of_each_other(council: LandedCouncil) -> None:
    same = {"sha256": "0" * 64}
    council.deliver("absence", "2025-08", [], delivers="events", **same)
    council.deliver("absence", "2025-09", [], delivers="events", **same)
    assert not [result for result in council.check("absence") if result.severity == "block" and result.outcome != "passed"]
