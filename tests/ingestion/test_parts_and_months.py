"""Several files that make up a month, one file with several months, and months that stand beside each other."""

from __future__ import annotations

import pytest

from foundation.configuration import ConfigurationError
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row

PARTS = STAFF_MAPPING.replace(r"staff_(?P<period>\d{4}-\d{2})(_v\d+)?\.csv", r"staff_(?P<part>[a-z]+)_(?P<period>\d{4}-\d{2})(_v\d+)?\.csv")
MONTHS = STAFF_MAPPING.replace(r"staff_(?P<period>\d{4}-\d{2})(_v\d+)?\.csv", r"staff.*\.csv").replace(
    "encoding: utf-8", "encoding: utf-8, period: {column: Month, dates: ['%b-%y', excel serial]}"
)
MONTHS += "two_digit_years_from: 2000\n"


def test_the_parts_of_a_month_are_one_delivery(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", PARTS)
    council.staff("staff_south_2024-09.csv", staff_row("1", "1"), on="2024-10-12T06:00")
    council.staff("staff_north_2024-09.csv", staff_row("2", "2"), staff_row("3", "3", fte="9"), on="2024-10-13T06:00")
    council.staff("staff_north_2024-08.csv", staff_row("2", "2"))
    report = council.land()
    assert (report.landed, report.rows_read, report.rows_rejected) == (2, 4, 1)
    assert council.raw().select("source_sheet", "source_row").rows() == [("staff_north_2024-09.csv", 2), ("staff_south_2024-09.csv", 2)]
    assert council.rejected()["message"][0].startswith("staff_north_2024-09.csv: ")
    delivery = council.deliveries()[-1]
    assert (delivery.file, delivery.period, delivery.received_at[:10]) == (
        "staff_north_2024-09.csv_and_1_more.zip",
        "2024-09",
        "2024-10-13",
    )
    assert (council.land().landed, council.land().already_known) == (0, 2)


def test_a_part_that_comes_later_or_again_makes_the_month_anew(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", PARTS)
    council.staff("staff_south_2024-09.csv", staff_row("1", "1"))
    council.land()
    council.staff("staff_north_2024-09.csv", staff_row("2", "2"), on="2024-10-13T06:00")
    council.land()
    council.staff("staff_south_2024-09_v2.csv", staff_row("4", "4"), on="2024-10-14T06:00")
    report = council.land()
    assert [problem.code for problem in report.problems if problem.code == "replaced_part"] == ["replaced_part"]
    assert [delivery.state for delivery in council.deliveries()] == ["superseded", "superseded", "accepted"]
    assert [delivery.rows_accepted for delivery in council.deliveries()] == [1, 2, 2]


def test_a_month_waits_for_the_parts_that_the_mapping_lists(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", PARTS.replace("encoding: utf-8", "encoding: utf-8, parts: [north, south]"))
    council.staff("staff_south_2024-09.csv", staff_row("1", "1"))
    report = council.land()
    assert (report.landed, report.failed) == (0, True)
    (only,) = report.problems
    assert only.code == "missing_part"
    assert "the parts north of 2024-09 are missing, expected north, south" in only.message
    council.staff("staff_north_2024-09.csv", staff_row("2", "2"))
    assert council.land().landed == 1


def test_the_same_key_in_two_parts_is_kept_once(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", PARTS)
    council.staff("staff_south_2024-09.csv", staff_row("1", "1"))
    council.staff("staff_north_2024-09.csv", staff_row("1", "1"))
    assert council.land().rows_rejected == 1
    assert council.rejected()["rule"].to_list() == ["duplicate_key"]


def test_one_file_with_several_months_is_a_delivery_a_month(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", MONTHS)
    rows = [f"{staff_row('1', '1')},Aug-24", f"{staff_row('1', '1', fte='9')},Sep-24", f"{staff_row('2', '2')},Sep-24", "", "x,y"]
    rows += [f"{staff_row('3', '3')},soon"]
    council.receive("hr_assignments", "staff.csv", "\n".join([f"{STAFF_HEADER},Month", *rows]) + "\n")
    report = council.land()
    assert (report.landed, report.rows_read, report.rows_accepted, report.rows_rejected, report.rows_left_out) == (2, 6, 2, 3, 1)
    assert council.raw(period="2024-08")["source_row"].to_list() == [2]
    assert council.raw(period="2024-09")["source_row"].to_list() == [4]
    assert council.rejected().select("source_row", "rule").rows() == [(3, "fte_in_range"), (6, "wrong_number_of_fields"), (7, "no_month")]
    assert sorted(str(delivery.period) for delivery in council.deliveries()) == ["2024-08", "2024-09"]
    assert council.land().already_known == 2


def test_a_month_may_be_an_excel_day_number_or_a_time(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", MONTHS)
    rows = [f"{staff_row('1', '1')},45535", f"{staff_row('2', '2')},2024-08-31T00:00:00", f"{staff_row('3', '3')},31-08-24"]
    council.receive("hr_assignments", "staff.csv", "\n".join([f"{STAFF_HEADER},Month", *rows]) + "\n")
    assert council.land().rows_accepted == 2
    assert council.raw(period="2024-08")["source_row"].to_list() == [2, 3]


def test_the_hundred_years_of_a_month_are_never_guessed(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", MONTHS.replace("two_digit_years_from: 2000", ""))
    with pytest.raises(
        ConfigurationError, match=r"`two_digit_years_from` is needed, because `file\.period\.dates` has years of two digits"
    ):
        council.land()


def test_the_day_in_each_row_may_be_an_excel_day_number_or_a_time(council: SendingCouncil) -> None:
    council.mapping(
        "hr_assignments",
        STAFF_MAPPING.replace("encoding: utf-8", "encoding: utf-8, as_at: {column: Snap}").replace(
            '"%d/%m/%Y"', '["%d/%m/%Y", excel serial]'
        ),
    )
    header = f"{STAFF_HEADER},Snap"
    council.staff("staff_2024-09.csv", f"{staff_row()},45565", f"{staff_row('2', '2')},2024-09-30 00:00:00", header=header)
    council.staff("staff_2024-08.csv", f"{staff_row()},45565", header=header, on="2024-10-11T06:00")
    report = council.land()
    assert (report.landed, report.rows_accepted) == (1, 2)
    assert ["says 2024-09" in problem.message for problem in report.problems] == [True]


def test_a_file_in_which_no_row_gives_a_month_is_held(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", MONTHS)
    council.receive("hr_assignments", "staff.csv", f"{STAFF_HEADER},Month\n{staff_row()},soon\n")
    (only,) = council.land().problems
    assert (only.code, only.column) == ("wrong_period", "Month")
    assert "no row has a month in the column 'Month', like %b-%y" in only.message


def test_a_month_before_the_first_or_after_receipt_holds_that_month_alone(council: SendingCouncil) -> None:
    council.mapping("hr_assignments", MONTHS)
    rows = [f"{staff_row()},{month}" for month in ("Aug-14", "Sep-24", "Sep-25")]
    council.receive("hr_assignments", "staff.csv", "\n".join([f"{STAFF_HEADER},Month", *rows]) + "\n")
    report = council.land()
    assert (report.landed, report.held) == (1, 2)


def test_months_beside_each_other_become_rows_of_their_months(council: SendingCouncil) -> None:
    council.mapping(
        "payroll",
        r"""
source: payroll
file: {pattern: 'pay.*\.csv', format: csv, period: {column: Month, dates: "%b %Y"}}
unpivot: {headers: '[A-Z][a-z]{2} \d{4}', name: Month, value: Amount}
columns: {person_id: Employee, element: Element, amount: Amount}
codes: {element: {BASIC: basic_pay, OT15: overtime}}
""",
    )
    rows = ["1,BASIC,3000,3100", '2,OT15,,"1,200.00"', "3,UNISON,12,12"]
    council.receive("payroll", "pay.csv", "\n".join(["Employee,Element,Aug 2024,Sep 2024", *rows]) + "\n")
    report = council.land("payroll")
    assert (report.landed, report.rows_read, report.rows_accepted, report.rows_left_out) == (2, 6, 3, 3)
    assert [str(amount) for amount in council.raw("payroll", "2024-09")["amount"]] == ["3100.00", "1200.00"]
    assert council.raw("payroll", "2024-08")["source_row"].to_list() == [2]


def test_elements_beside_each_other_become_rows(council: SendingCouncil) -> None:
    council.mapping(
        "payroll",
        r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
unpivot: {headers: [Basic, [Overtime, OT]], name: Element, value: Amount}
columns: {person_id: Employee, element: Element, amount: Amount}
codes: {element: {Basic: basic_pay, Overtime: overtime}}
ignore: [Union]
""",
    )
    council.receive("payroll", "pay_2024-09.csv", "Employee,Basic,OT,Union\n1,3000,10,12\n2,2000,,12\n")
    report = council.land("payroll")
    assert (report.rows_read, report.rows_accepted, report.rows_left_out) == (4, 3, 1)
    raw = council.raw("payroll").select("source_row", "element").rows()
    assert raw == [(2, "basic_pay"), (2, "overtime"), (3, "basic_pay")]


def test_texts_are_joined_and_hours_become_fte(council: SendingCouncil) -> None:
    mapping = STAFF_MAPPING.replace("team_id: Team", "team_id: {join: [Location, Team], with: ' / '}").replace("ignore: [Location]", "")
    mapping = mapping.replace("fte: FTE", "fte: {hours: FTE, standard_hours: {by: Job, table: {SW: 37, TM: '36.25'}}}")
    council.mapping("hr_assignments", mapping)
    rows = [
        staff_row("1", "1", fte="18.5"),
        staff_row("2", "2", fte="29", job="TM"),
        staff_row("3", "3", fte="half"),
        staff_row("4", "4", fte=""),
    ]
    council.staff(
        "staff_2024-09.csv",
        *(f"{row},{place}" for row, place in zip(rows, ("Ely", "", "Ely", "Ely"), strict=True)),
        header=f"{STAFF_HEADER},Location",
    )
    council.land()
    raw = council.raw()
    assert raw["team_id"].to_list() == ["Ely / T1", "T1", "Ely / T1"]
    assert [fte and str(fte) for fte in raw["fte"]] == ["0.500000", "0.800000", None]
    (reason,) = council.rejected().rows(named=True)
    assert (reason["rule"], reason["column"]) == ("not_a_number", "fte")
    assert (reason["found"], "half" in reason["message"]) == ("half hours of 37", False)


def test_full_time_hours_may_stand_in_the_file_or_be_the_same_for_all(council: SendingCouncil) -> None:
    for at, standard in enumerate(("37", "{column: Full}", "{by: Job, table: {TM: 30}, otherwise: 37}")):
        council.mapping("hr_assignments", STAFF_MAPPING.replace("fte: FTE", f"fte: {{hours: FTE, standard_hours: {standard}}}"))
        council.staff("staff_2024-09.csv", f"{staff_row(post=str(at), fte='18.5')},37", header=f"{STAFF_HEADER},Full")
        council.land()
    assert [delivery.rows_accepted for delivery in council.deliveries()] == [1, 1, 1]
    assert [float(fte) for fte in council.raw()["fte"]] == [0.5] * 3
