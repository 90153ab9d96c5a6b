"""One number in several spellings never becomes somebody who left and somebody who started."""

from __future__ import annotations

import polars as pl
import pytest

from expectations.engine.check_rule import RuleResult
from expectations.source_check import accept_delivery, check_source, refusals
from foundation import ledger
from foundation.configuration import ConfigurationError, organisation
from ingestion.__main__ import main
from ingestion.conforming.number_spelling import one_spelling
from ingestion.protecting.pseudonyms import PseudonymKeyError
from tests.ingestion.testshire import SendingCouncil, staff_row

MONTHS = ("2024-08", "2024-09", "2024-10")
POSTS = r"""
source: establishment
file: {pattern: 'posts_(?P<period>\d{4}-\d{2})\.csv', format: csv}
columns: {post_id: Post, team_id: Team, team_name: Team, service_id: Team, service_name: Team, job_role: Job, budgeted_fte: FTE}
constants: {post_status: active}
codes: {job_role: {SW: social_worker}}
"""
PAY = r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d{2})\.csv', format: csv}
columns: {person_id: No, element: Element, amount: Pay}
codes: {element: {Basic: basic_pay}}
"""
# How a column of staff in post is written in August, and from September on.
RESPELLED = {
    "person": ("employee", lambda number: f"{number:05}", str),
    "assignment": ("assignment", lambda number: f"A-{number:03}", lambda number: f"a{number}"),
    "swe_number": ("swe", lambda number: f"SW{10000 + number}", lambda number: f"{10000 + number}"),
    "post": ("post", lambda number: f"P/{number}", lambda number: f"p {number:04}"),
}


def says(council: SendingCouncil, listed: str) -> None:
    """Write `same_number` into organisation.yaml."""
    path = council.config / "organisations" / council.council / "organisation.yaml"
    path.write_text(f"{path.read_text()}\nsame_number: {listed}\n")


def three_months(council: SendingCouncil, kind: str, people: int = 30) -> None:
    """Staff of three months, with the numbers of a kind in another spelling from the second month on. Somebody's FTE changes each month."""
    field, before, after = RESPELLED[kind]
    for nth, month in enumerate(MONTHS):
        rows = []
        for number in range(1, people + 1):
            numbers = {"employee": f"E{number}", "assignment": f"{number}-1", "swe": f"SW{20000 + number}", "post": f"Q{number}"}
            numbers[field] = (after if nth else before)(number)
            rows.append(staff_row(**numbers, fte=str(1 - nth / 10) if number == 1 else "1"))
        council.staff(f"staff_{month}.csv", *rows, on="2024-11-12T06:00")
    council.land()


def check(source: str = "hr_assignments") -> list[RuleResult]:
    return check_source("testshire", source)


def states(council: SendingCouncil) -> dict[str, str]:
    return {str(delivery.period): delivery.state for delivery in council.deliveries()}


@pytest.mark.parametrize("kind", RESPELLED)
def test_numbers_in_another_spelling_hold_each_month_that_has_them(council: SendingCouncil, kind: str) -> None:
    three_months(council, kind)
    refused = {(result.period, result.rule_id): result for result in refusals(check())}
    assert set(refused) == {("2024-09", "HR-090"), ("2024-10", "HR-090")}
    assert refused["2024-09", "HR-090"].rows_failed == 30
    assert "`same_number: [person]` into the council's organisation.yaml" in refused["2024-09", "HR-090"].fix
    assert states(council) == {"2024-08": "accepted", "2024-09": "held", "2024-10": "held"}


@pytest.mark.parametrize("kind", RESPELLED)
def test_what_the_note_says_makes_them_one_number(council: SendingCouncil, kind: str) -> None:
    three_months(council, kind)
    check()
    says(council, f"[{kind}]")
    if kind != "post":
        with pytest.raises(PseudonymKeyError, match=r"of `same_number` .*run `python -m ingestion rekey`"):
            council.land()
    assert main(["rekey"]) == 0
    column = {"person": "person_key", "assignment": "assignment_key", "swe_number": "swe_key", "post": "post_id"}[kind]
    august, september, october = (set(council.raw(period=month)[column]) for month in MONTHS)
    assert len(august) == 30
    assert august == september == october
    assert refusals(check()) == []
    assert set(states(council).values()) == {"accepted"}
    assert council.land().landed == 0, "and the next landing goes on with the same numbers"


def test_a_single_number_in_another_spelling_is_reported_and_holds_nothing(council: SendingCouncil) -> None:
    for nth, month in enumerate(MONTHS[:2]):
        rows = [staff_row(f"{number:05}", f"{number}-1", swe="", fte="0.9" if nth and number == 2 else "1") for number in range(2, 80)]
        council.staff(f"staff_{month}.csv", *rows, staff_row("1" if nth else "00001", "1-1", swe=""), on="2024-11-12T06:00")
    council.land()
    results = check()
    assert refusals(results) == []
    assert {result.period for result in results if result.rule_id == "HR-091" and result.outcome == "failed"} == {"2024-09"}


def test_two_spellings_in_one_extract_are_reported(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("00123", "1-1"), staff_row("123", "2-1"), staff_row("124", "3-1"))
    council.land()
    (found,) = [result for result in check() if result.rule_id == "HR-092" and result.outcome == "failed"]
    assert found.rows_failed == 1


def test_two_spellings_of_one_assignment_are_one_row_where_the_council_says_so(council: SendingCouncil) -> None:
    says(council, "[assignment]")
    council.staff("staff_2024-09.csv", staff_row("00123", "00123-1"), staff_row("00123", "123/01"), staff_row("00123", "00123-2"))
    report = council.land()
    assert (report.rows_accepted, report.rows_rejected) == (2, 1)
    assert council.rejected()["rule"].to_list() == ["duplicate_key"]


@pytest.mark.parametrize("character", ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u00a0"])
def test_a_number_with_a_character_that_nobody_sees_is_the_same_number(council: SendingCouncil, character: str) -> None:
    council.staff("staff_2024-08.csv", staff_row("00101", "1"), on="2024-11-12T06:00")
    council.staff("staff_2024-09.csv", staff_row(f"00101{character}", "1", fte="1"), on="2024-11-12T06:00")
    council.land()
    assert council.raw(period="2024-08")["person_key"].to_list() == council.raw(period="2024-09")["person_key"].to_list()


def test_every_source_of_a_council_means_the_same_person(council: SendingCouncil) -> None:
    says(council, "[person, post]")
    council.mapping("payroll", PAY)
    council.mapping("establishment", POSTS)
    council.staff("staff_2024-09.csv", staff_row("00101", "1", post="P-07"))
    council.receive("payroll", "pay_2024-09.csv", "No,Element,Pay\n101,Basic,100\n")
    council.receive("establishment", "posts_2024-09.csv", "Post,Team,Job,FTE\np7,T1,SW,1\n")
    for source in ("hr_assignments", "payroll", "establishment"):
        council.land(source)
    assert council.raw()["person_key"].to_list() == council.raw("payroll")["person_key"].to_list()
    assert council.raw()["post_id"].to_list() == council.raw("establishment")["post_id"].to_list() == ["p7"]
    assert council.identity()["person_id"].to_list() == ["00101"], "the return has the number as it was written"


def test_posts_that_landed_before_are_respelled_with_all_others(council: SendingCouncil) -> None:
    council.mapping("establishment", POSTS)
    council.receive("establishment", "posts_2024-09.csv", "Post,Team,Job,FTE\nP-007,T1,SW,1\n")
    council.land("establishment")
    says(council, "[post]")
    assert main(["rekey"]) == 0
    assert council.raw("establishment")["post_id"].to_list() == ["p7"]


def test_the_post_of_a_rejected_row_is_in_the_same_spelling(council: SendingCouncil) -> None:
    council.mapping("establishment", POSTS)
    council.receive("establishment", "posts_2024-09.csv", "Post,Team,Job,FTE\nP-007,T1,SW,1\nP-008,T1,SW,many\n")
    council.land("establishment")
    says(council, "[post]")
    assert main(["rekey"]) == 0
    council.receive("establishment", "posts_2024-10.csv", "Post,Team,Job,FTE\nP-007,T1,SW,1\nP-008,T1,SW,many\n", on="2024-11-12T06:00")
    council.land("establishment")
    kept = (council.home / "raw").rglob("establishment__*.parquet")
    assert [pl.read_parquet(path)["post_id"].to_list() for path in sorted(kept)] == [["p8"], ["p8"]]


def test_what_a_person_accepts_is_known_from_then_on(council: SendingCouncil) -> None:
    three_months(council, "person")
    check()
    (september,) = [delivery.delivery_id for delivery in council.deliveries() if delivery.period == "2024-09"]
    accept_delivery("testshire", "hr_assignments", september, "HR systems", "new numbers")
    assert refusals(check()) == []
    assert states(council)["2024-10"] == "accepted"


def test_no_number_is_kept_beside_its_pseudonyms(council: SendingCouncil) -> None:
    three_months(council, "person")
    kept = sorted((council.home / "identity" / "spellings").rglob("*.parquet"))
    assert len(kept) == 3
    rows = pl.concat(pl.read_parquet(path) for path in kept).filter(pl.col("kind") != "post")
    assert rows.height and rows.select(pl.col("key", "alike").str.contains("^[0-9a-f]{32}$").all()).row(0) == (True, True)
    assert (council.home / "identity").stat().st_mode & 0o077 == 0
    assert all(len(delivery.key_id or "") == 8 for delivery in ledger.deliveries("testshire"))


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("person", ["101", "00101", " 101 ", "101.0", "101\u200b", "#101", "\uff11\uff10\uff11"]),
        ("person", ["EMP/00101", "emp 101", "Emp-101"]),
        ("person", ["12,345", "12345", "12 345", "0012345"]),
        ("assignment", ["00101-1", "101/01", "101 - 1", "101_1"]),
        ("swe_number", ["SW12345", "12345", "sw 012345", "SWE12345"]),
    ],
)
def test_spellings_of_one_number_are_one(kind: str, written: list[str]) -> None:
    spelled = one_spelling(pl.Series("number", written), kind)
    assert spelled.n_unique() == 1
    assert one_spelling(spelled, kind).to_list() == spelled.to_list()


def test_numbers_that_differ_in_a_digit_a_letter_or_a_part_are_several() -> None:
    several = ["101", "1010", "A101", "101A", "10-11", "101-1", "1011", "0", "--", "-"]
    assert one_spelling(pl.Series("number", several), "person").n_unique() == len(several)


def test_a_kind_that_no_contract_knows_is_refused(council: SendingCouncil) -> None:
    says(council, "[people]")
    with pytest.raises(ConfigurationError, match="same_number must be a list of kinds of numbers, of person, assignment"):
        organisation("testshire")
