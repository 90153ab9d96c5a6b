"""A delivery is the rows of a month. The same rows in another file, in another order or beside other months are the same delivery."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from foundation import ledger
from foundation.ledger import Delivery
from ingestion.conforming.rows_hash import RowsHash, text_hashes, under_column
from ingestion.landing import months_of_file
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row

PAY_BESIDE = r"""
source: payroll
file: {pattern: 'pay.*\.csv', format: csv, period: {column: Month, dates: "%b-%y"}}
columns: {person_id: Emp, amount: Amt}
two_digit_years_from: 1950
unpivot: {headers: '[A-Z][a-z]{2}-\d\d', name: Month, value: Amt}
constants: {element: basic_pay}
"""
TRAINING = r"""
source: training
file:
  pattern: 'lms.*\.csv'
  format: csv
  period: {column: Done, dates: "%d/%m/%Y"}
  only: {Dept: [Children]}
columns: {person_id: Emp, course_id: Course, recorded_date: Done, outcome: Result}
constants: {delivery: classroom}
dates: "%d/%m/%Y"
codes: {outcome: {Passed: completed}}
"""
# These hashes are in ledgers. With other values, every month that comes again would seem to have changed.
KNOWN = ["fb761138e1e0a78c", "d4dd856cbbcf0ba6", "fa50ae48239528a7"]
ATTEMPTS = "Emp,Course,Done,Result,Dept"
STAFF_OF_MONTHS = STAFF_MAPPING.replace(r"staff_(?P<period>\d{4}-\d{2})(_v\d+)?\.csv", r"staff.*\.csv").replace(
    "encoding: utf-8", 'encoding: utf-8, period: {column: Month, dates: "%Y-%m"}'
)


def in_force(council: SendingCouncil, source: str) -> dict[str, Delivery]:
    return ledger.in_force(council.deliveries(source))


def staff_of_months(council: SendingCouncil, name: str, *rows: str, on: str) -> None:
    council.staff(name, *rows, header=f"{STAFF_HEADER},Month", on=on)


def test_months_beside_each_other_are_each_in_force(council: SendingCouncil) -> None:
    council.mapping("payroll", PAY_BESIDE)
    council.receive("payroll", "pay.csv", "Emp,Sep-24,Oct-24\nE01,100,200\nE02,300,\n", on="2024-11-12T06:00")
    assert council.land("payroll").landed == 2
    assert {period: delivery.rows_accepted for period, delivery in in_force(council, "payroll").items()} == {"2024-09": 2, "2024-10": 1}
    assert [str(amount) for amount in council.raw("payroll", "2024-10")["amount"]] == ["200.00"]
    assert sum(council.raw("payroll", "2024-09")["amount"]) == 400


def test_a_month_of_which_every_row_is_left_out_is_no_delivery(council: SendingCouncil) -> None:
    council.mapping("training", TRAINING)
    rows = ["1,C1,01/07/2024,Passed,Highways", "2,C1,05/08/2024,Passed,Children", "3,C1,06/08/2024,Passed,Highways"]
    council.receive("training", "lms.csv", "\n".join([ATTEMPTS, *rows, "4,C1,10/09/2024,Passed,Children"]) + "\n")
    report = council.land("training")
    assert {period: delivery.rows_accepted for period, delivery in in_force(council, "training").items()} == {"2024-08": 1, "2024-09": 1}
    assert len(council.deliveries("training")) == 2
    assert (report.rows_read, report.rows_accepted, report.rows_left_out, report.failed) == (4, 2, 2, False)
    assert ["2024-07" in problem.message for problem in report.problems] == [True]


def test_a_file_of_which_no_month_has_rows_is_held(council: SendingCouncil) -> None:
    council.mapping("training", TRAINING)
    council.receive("training", "lms.csv", f"{ATTEMPTS}\n1,C1,01/07/2024,Passed,Highways\n2,C1,01/08/2024,Passed,Highways\n")
    report = council.land("training")
    assert (report.held, [problem.code for problem in report.problems]) == (1, ["empty_file"])


def test_of_a_longer_export_only_new_and_changed_months_land(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_OF_MONTHS)
    may, june = [f"{staff_row(str(at), str(at))},2024-05" for at in range(3)], [f"{staff_row(str(at), str(at))},2024-06" for at in range(3)]
    staff_of_months(council, "staff_june.csv", *may, *june, on="2024-07-12T06:00")
    assert council.land().landed == 2
    before = {delivery.period: delivery.delivery_id for delivery in council.deliveries()}
    corrected = [f"{staff_row('0', '0', fte='0.9')},2024-06", *june[1:]]
    july = [f"{staff_row(str(at), str(at))},2024-07" for at in range(3)]
    staff_of_months(council, "staff_july.csv", *reversed(july), *may[::-1], *corrected, on="2024-08-12T06:00")
    report = council.land()
    assert (report.landed, report.already_known) == (2, 3), "June and July land; May is known, and so are both months of June's file"
    good = in_force(council, "hr_assignments")
    assert good["2024-05"].delivery_id == before["2024-05"]
    assert good["2024-06"].delivery_id != before["2024-06"]
    assert sorted(good) == ["2024-05", "2024-06", "2024-07"]
    originals = sorted(path.name.partition("__")[2] for path in (council.home / "landing" / "hr_assignments" / "testshire").iterdir())
    assert originals == ["staff_july.csv", "staff_june.csv"], "each original is kept once, and not once a month"


def test_a_file_that_is_known_is_not_read_again(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    council.mapping("hr_assignments", STAFF_OF_MONTHS)
    staff_of_months(council, "staff.csv", f"{staff_row()},2024-05", f"{staff_row()},2024-06", on="2024-07-12T06:00")
    council.land()

    def read(*_: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(months_of_file, "read_months", read)
    report = council.land()
    assert (report.landed, report.already_known, report.failed) == (0, 2, False)


def test_a_file_of_many_months_is_read_once(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    council.mapping("hr_assignments", STAFF_OF_MONTHS)
    rows = [f"{staff_row()},2024-{month:02}" for month in range(1, 9)]
    staff_of_months(council, "staff.csv", *rows, on="2024-10-12T06:00")
    reads: list[int] = []
    really = months_of_file.read_months

    def read(content: bytes, *others: object) -> object:
        reads.append(len(content))
        return really(content, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(months_of_file, "read_months", read)
    assert council.land().landed == 8
    assert len(reads) == 1


def test_what_is_to_be_said_of_a_file_is_said_once(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_OF_MONTHS.replace("ignore: [Location]", ""))
    rows = [f"{staff_row(str(month), str(month), post='=P1')},2024-{month:02},North" for month in range(1, 9)]
    council.staff("staff.csv", *rows, header=f"{STAFF_HEADER},Month,Location")
    report = council.land()
    assert sorted(problem.code for problem in report.problems) == ["formula_text", "unknown_column"]
    assert sum(len(delivery.problems) for delivery in council.deliveries()) == 2


def test_events_that_are_alike_in_every_month_of_a_file_are_no_copies(council: SendingCouncil) -> None:
    council.mapping("payroll", PAY_BESIDE)
    council.receive("payroll", "pay.csv", "Emp,Aug-24,Sep-24\nE01,100,100\nE02,300,300\n")
    assert council.land("payroll").problems == ()
    august, september = council.deliveries("payroll")
    assert not ledger.is_copy(september, august)


def test_rows_that_come_again_after_a_correction_are_in_force_again(council: SendingCouncil) -> None:
    """A correction is taken back: the rows that came last count, even if they had come before, whatever the order of landing."""
    first, corrected = staff_row(fte="0.6"), staff_row(fte="0.8")
    council.staff("staff_2024-09.csv", first, on="2024-10-12T06:00")
    council.staff("staff_2024-09_v2.csv", corrected, on="2024-10-13T06:00")
    council.land()
    then = council.deliveries()
    council.staff("staff_2024-09_v3.csv", first, on="2024-10-14T06:00")
    report = council.land()
    assert (report.landed, report.already_known) == (0, 3)
    good = in_force(council, "hr_assignments")["2024-09"]
    assert (good.file, good.received_at[:10], good.came_again[0].file) == ("staff_2024-09.csv", "2024-10-12", "staff_2024-09_v3.csv")
    assert [delivery.state for delivery in council.deliveries()] == ["superseded", "accepted"]
    before = ledger.as_known(council.deliveries(), then[-1].states[-1].instant)
    assert ledger.in_force(before)["2024-09"].file == "staff_2024-09_v2.csv", "what was known then stays known"
    council.staff("staff_2024-09_v4.csv", corrected, on="2024-10-13T07:00")
    council.land()
    assert in_force(council, "hr_assignments")["2024-09"].delivery_id == good.delivery_id


def test_the_same_rows_in_another_dress_are_known(council: SendingCouncil) -> None:
    rows = [staff_row(str(at), str(at)) for at in range(5)]
    council.staff("staff_2024-09.csv", *rows)
    council.land()
    council.staff(
        "staff_2024-09_v2.csv", *(f"{row},HQ" for row in reversed(rows)), header=f"{STAFF_HEADER},Location", on="2024-10-20T06:00"
    )
    report = council.land()
    assert (report.landed, report.already_known, len(council.deliveries())) == (0, 2, 1)


@pytest.mark.parametrize("change", [{"fte": "0.7"}, {"end": "30/09/2024"}, {"job": "Unheard of"}])
def test_a_row_that_differs_in_anything_that_is_read_is_another_delivery(council: SendingCouncil, change: dict[str, str]) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING + "new_codes_hold_from: {job_role: 3}\n")
    council.staff("staff_2024-09.csv", staff_row("1", "1"), staff_row("2", "2"))
    council.staff("staff_2024-09_v2.csv", staff_row("1", "1"), staff_row("2", "2", **change), on="2024-10-20T06:00")
    assert council.land().landed == 2


def test_a_mended_mapping_reads_a_month_of_several_again(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_OF_MONTHS)
    rows = [f"{staff_row('1', '1', registered='Yes')},2024-05", f"{staff_row('2', '2')},2024-05", f"{staff_row()},2024-06"]
    staff_of_months(council, "staff.csv", *rows, on="2024-07-12T06:00")
    council.land()
    before = [delivery.delivery_id for delivery in council.deliveries()]
    # More of the rows is read, so their hash differs. They are still what the file gives for the month.
    council.mapping("hr_assignments", STAFF_OF_MONTHS.replace("yes: [Y]", "yes: [Y, 'Yes']").replace("swe_number: SWE, ", ""))
    report = council.land(again=True)
    assert (report.landed, report.already_known, report.rows_accepted) == (1, 1, 2)
    assert [delivery.delivery_id for delivery in council.deliveries()] == before
    assert council.raw(period="2024-05").height == 2


def test_a_file_that_could_not_be_read_is_held_no_longer_once_its_months_are(council: SendingCouncil) -> None:
    mapping = council.mapping("hr_assignments", STAFF_OF_MONTHS.replace("fte: FTE", "fte: Full time"))
    staff_of_months(council, "staff.csv", f"{staff_row()},2024-05", f"{staff_row()},2024-06", on="2024-07-12T06:00")
    assert council.land().held == 1
    mapping.write_text(STAFF_OF_MONTHS)
    assert council.land().landed == 2
    assert [(delivery.period, delivery.state, delivery.is_usable) for delivery in council.deliveries()] == [
        (None, "superseded", False),
        ("2024-05", "accepted", True),
        ("2024-06", "accepted", True),
    ]
    assert (council.land().already_known, council.land().problems) == (2, ())


def test_a_month_refused_for_when_it_came_lands_from_a_later_file(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_OF_MONTHS)
    rows = [f"{staff_row()},2024-06", f"{staff_row()},2024-08"]
    staff_of_months(council, "staff_july.csv", *rows, on="2024-07-12T06:00")
    assert council.land().held == 1
    staff_of_months(council, "staff_september.csv", *rows, on="2024-09-12T06:00")
    council.land()
    assert sorted(in_force(council, "hr_assignments")) == ["2024-06", "2024-08"]
    assert council.land().problems == ()


def test_a_month_that_changes_its_order_of_landing_ends_the_same(council: SendingCouncil, tmp_path: Path) -> None:
    """Whatever file lands first, the same months are in force with the same ids. Five exports, corrected and taken back."""
    council.mapping("hr_assignments", STAFF_OF_MONTHS)
    ftes = {"a": "0.6", "b": "0.7", "c": "0.6", "d": "0.8", "e": "0.7"}
    files = [
        (f"staff_{name}.csv", [f"{staff_row(fte=fte)},2024-05", f"{staff_row(fte='0.5')},2024-06"], f"2024-07-1{at}T06:00")
        for at, (name, fte) in enumerate(ftes.items())
    ]
    found = set()
    for seed in range(4):
        council.home = tmp_path / f"home{seed}"
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("WORKFORCE_HOME", str(council.home))
            for name, rows, on in random.Random(seed).sample(files, len(files)):
                staff_of_months(council, name, *rows, on=on)
                council.land()
            good = in_force(council, "hr_assignments")
            found.add(tuple((period, delivery.delivery_id) for period, delivery in sorted(good.items())))
            assert {delivery.delivery_id for delivery in council.deliveries() if delivery.state == "accepted"} == {
                delivery.delivery_id for delivery in good.values()
            }
    assert len(found) == 1
    last = council.raw(period="2024-05").filter(pl.col("delivery_id") == dict(found.pop())["2024-05"])
    assert [float(fte) for fte in last["fte"]] == [0.7]


def test_the_hash_of_texts_is_the_same_on_every_machine_and_however_rows_come() -> None:
    texts = pl.Series(["", None, "a", "abcdefgh", "abcdefghi", "é" * 40])
    assert [int(text_hash) for text_hash in text_hashes(texts)[:2]] == [0, 0]
    assert len(set(text_hashes(texts).tolist())) == 5
    assert [f"{text_hash:016x}" for text_hash in text_hashes(texts)[2:5]] == KNOWN
    column = under_column(text_hashes(texts), "fte")
    assert column[0] == 0
    assert not set(column[2:].tolist()) & set(text_hashes(texts)[2:].tolist())
    at_once, one_by_one, doubled = RowsHash(), RowsHash(), RowsHash()
    at_once.add(column)
    for at in reversed(range(len(column))):
        one_by_one.add(column[at : at + 1])
    doubled.add(column)
    doubled.add(column[2:3])
    assert at_once.hexdigest() == one_by_one.hexdigest() != doubled.hexdigest()
