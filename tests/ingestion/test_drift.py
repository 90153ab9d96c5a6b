"""An extract whose layout or codes changed: reported once, with the place, and nothing is misread."""

from __future__ import annotations

import pytest

from foundation import ledger
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, TOLERANT, SendingCouncil, staff_row


def rows(count: int, first: int = 1, **other: str) -> list[str]:
    return [staff_row(str(number), f"{number}-1", **other) for number in range(first, first + count)]


def problems(council: SendingCouncil) -> list[tuple[str, str, int | None, str | None]]:
    return [(problem.code, problem.severity, problem.row, problem.column) for problem in council.deliveries()[-1].problems]


def test_a_new_column_is_noted_and_the_delivery_is_used(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *(f"{row},x" for row in rows(2)), header=f"{STAFF_HEADER},Union")
    assert council.land().landed == 1
    assert problems(council)[0][:2] == ("unknown_column", "note")


def test_a_missing_column_holds_the_delivery_and_the_earlier_one_stays_in_force(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *rows(2))
    council.land()
    council.staff("staff_2024-09_v2.csv", "1,0.5", header="Employee,FTE", on="2024-11-12T06:00")
    assert council.land().held == 1
    known = ledger.deliveries("testshire", "hr_assignments")
    assert ledger.in_force(known)["2024-09"].file == "staff_2024-09.csv"


def test_a_column_that_turned_from_number_to_text_holds_the_delivery(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *rows(9), *rows(11, first=10, fte="full time"))
    report = council.land()
    assert (report.held, report.rows_read, report.rows_accepted, report.rows_rejected) == (1, 20, 9, 11)
    assert ("column_changed", "held", 11, "FTE") in problems(council)
    message = council.deliveries()[0].problems[0].message
    assert message.startswith(
        "staff_2024-09.csv: the column 'FTE' changed: 11 of its 20 values cannot be read as a number, the first in row 11"
    )
    assert not (council.home / "raw" / "hr_assignments").exists()


def test_a_column_of_dates_in_another_dress_holds_the_delivery_even_where_no_row_is_good(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *rows(12, start="2020-04-01"))
    assert council.land().held == 1
    assert problems(council)[0] == ("column_changed", "held", 2, "Start")


@pytest.mark.parametrize(("good", "bad"), [(10, 10), (2, 9)])
def test_half_of_the_values_or_a_few_of_them_are_mistakes_of_rows(council: SendingCouncil, good: int, bad: int) -> None:
    council.staff("staff_2024-09.csv", *rows(good), *rows(bad, first=100, fte="full time"))
    assert council.land().held == 0
    assert council.deliveries()[0].rows_rejected == bad


def test_values_that_are_good_in_rows_rejected_for_something_else_count(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *rows(12, fte="full time"), *rows(13, first=100, start=""), *rows(1, first=200))
    assert council.land().held == 0
    assert council.deliveries()[0].rows_accepted == 1


def test_new_codes_of_a_column_are_reported_once_with_their_rows_and_never_with_a_value(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *rows(5), *rows(2, first=10, job="IRO"), *rows(1, first=20, job="PSW"))
    assert council.land().held == 1
    codes = [problem for problem in council.deliveries()[0].problems if problem.code == "new_code"]
    assert [(problem.row, problem.column) for problem in codes] == [(7, "Job")]
    assert "the column 'Job' has values that its codes do not list: 2 different in 3 rows, the first in row 7" in codes[0].message
    assert "Add each to `codes.job_role` in" in codes[0].message
    assert not {"IRO", "PSW"} & set(codes[0].message.replace("'", " ").split())
    assert council.rejected()["found"].to_list() == ["IRO", "IRO", "PSW"]


def test_one_row_with_a_new_code_holds_the_delivery_until_it_is_listed_and_the_earlier_one_stays_in_force(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *rows(40))
    council.land()
    council.staff("staff_2024-09_v2.csv", *rows(40), *rows(1, first=100, job="IRO"), on="2024-10-14T06:00")
    assert council.land().held == 1
    held = council.deliveries()[-1]
    assert [(problem.code, problem.severity, problem.row, problem.column) for problem in held.problems] == [("new_code", "held", 42, "Job")]
    assert council.raw().height == 40
    council.mapping("hr_assignments", STAFF_MAPPING.replace("SW: social_worker", "SW: social_worker, IRO: iro"))
    assert council.land().held == 0
    assert council.deliveries()[-1].rows_accepted == 41


def test_a_council_may_say_from_how_many_rows_on_a_new_code_of_a_column_holds(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", TOLERANT)
    council.staff("staff_2024-09.csv", *rows(40), *rows(2, first=100, job="IRO"), *rows(2, first=200, job="PSW"))
    assert council.land().held == 0
    assert council.deliveries()[0].rows_rejected == 4
    council.staff("staff_2024-10.csv", *rows(40), *rows(3, first=100, job="IRO"), *rows(1, first=200, job="PSW"), on="2024-11-12T06:00")
    assert council.land().held == 1
    council.staff("staff_2024-11.csv", *rows(40), *rows(2, first=100, contract="ZERO"), on="2024-12-12T06:00")
    assert council.land().held == 2, "of another column two rows are enough"


def test_new_codes_are_named_also_where_they_leave_no_good_row(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *rows(3, job="IRO"))
    assert council.land().held == 1
    assert [problem[0] for problem in problems(council)] == ["all_rows_rejected", "new_code"]


def test_a_person_in_a_code_column_is_not_named(council: SendingCouncil) -> None:
    people = [staff_row(str(number), f"{number}-1", job=f"Surname {number}") for number in range(11)]
    council.staff("staff_2024-09.csv", *rows(2, first=100), *people)
    council.land()
    (code,) = (problem for problem in council.deliveries()[0].problems if problem.code == "new_code")
    assert "has values that its codes do not list: 11 different in 11 rows, the first in row 4" in code.message
    assert "Surname" not in code.message


def test_a_personal_columns_code_is_never_named(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", STAFF_MAPPING.replace("codes: {", "codes: {swe_number: {SW12345: A}, "))
    council.staff("staff_2024-09.csv", *rows(2), *rows(1, first=20, swe="SW99999"))
    council.land()
    (code,) = (problem for problem in council.deliveries()[0].problems if problem.code == "new_code")
    assert "the column 'SWE' has values that its codes do not list" in code.message
    assert "SW99999" not in code.message


def test_a_doubtful_registration_number_is_kept_and_reported_by_its_row_alone(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("1", "1"), staff_row("2", "2", swe="SW 98765"), staff_row("3", "3", swe="pending"))
    report = council.land()
    (found,) = [problem for problem in report.problems if problem.code == "doubtful_value"]
    assert (report.rows_accepted, found.severity, found.row, found.column) == (3, "note", 3, "SWE")
    assert "2 rows say something else and are kept, the first is row 3" in found.message
    assert "98765" not in found.message
    assert council.raw()["swe_key"].null_count() == 0


def test_a_new_code_of_a_text_made_of_several_columns_is_reported(council: SendingCouncil) -> None:
    made = STAFF_MAPPING.replace("job_role: Job", "job_role: {first_of: [Job, Location]}").replace("ignore: [Location]", "")
    council.mapping("hr_assignments", made)
    council.staff("staff_2024-09.csv", f"{staff_row()},x", f"{staff_row('2', '2', job='ZZ')},x", header=f"{STAFF_HEADER},Location")
    (only,) = council.land().problems
    assert "the column 'Job or Location' has values that its codes do not list: 1 different in 1 rows, the first in row 3" in only.message
