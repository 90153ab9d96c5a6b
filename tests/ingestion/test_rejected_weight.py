"""Rejected rows are judged by their content as well as their number: FTE, money or hours, as the contract marks its columns."""

from __future__ import annotations

import pytest

from contracts import contract, sources
from expectations.source_check import check_source, refusals
from ingestion.__main__ import main
from tests.ingestion.testshire import SendingCouncil, staff_row

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
BOOKINGS = r"""
source: agency
file: {pattern: 'agency_(?P<period>\d{4}-\d{2})\.csv', format: csv}
columns: {booking_id: Ref, worker_id: Worker, team_id: Team, job_role: Job, registered_social_worker: Reg, start_date: From,
  weekly_hours: Hours, cover_reason: Why}
constants: {standard_hours: "37"}
dates: "%d/%m/%Y"
codes: {job_role: {SW: social_worker}, cover_reason: {V: vacancy}}
yes: [Y]
no: [N]
"""


def posts(council: SendingCouncil, *pools: str, single: int = 96) -> None:
    """Posts of one FTE each, and lines whose FTE is written as given."""
    council.mapping("establishment", POSTS)
    rows = [f"P{number},T1,SW,1" for number in range(single)] + [f"POOL{number},T1,SW,{fte}" for number, fte in enumerate(pools)]
    council.receive("establishment", "posts_2024-09.csv", "\n".join(["Post,Team,Job,FTE", *rows]) + "\n")
    council.land("establishment")


def held_by(source: str) -> set[str]:
    return {result.rule_id for result in refusals(check_source("testshire", source))}


def noted(council: SendingCouncil, source: str) -> list[str]:
    return [
        problem.message for delivery in council.deliveries(source) for problem in delivery.problems if problem.code == "rejected_weight"
    ]


@pytest.mark.parametrize("written", ["25", "25 WTE", '"25,0"', "25.00 FTE"])
def test_four_rows_of_a_hundred_that_hold_half_of_the_fte_hold_the_delivery(council: SendingCouncil, written: str) -> None:
    posts(council, *[written] * 4)
    delivery = council.deliveries("establishment")[0]
    assert (delivery.rows_accepted, delivery.rows_rejected, delivery.rejected_weight) == (96, 4, 0.5102)
    assert held_by("establishment") == {"EST-002"}
    assert "the rejected rows hold 51% of the FTE in the column 'FTE', and are 4% of the rows" in noted(council, "establishment")[0]


def test_four_rows_that_hold_no_more_than_the_others_are_noted_and_hold_nothing(council: SendingCouncil) -> None:
    posts(council, *["one"] * 4)
    delivery = council.deliveries("establishment")[0]
    assert (delivery.rows_rejected, delivery.rejected_weight) == (4, 0.04), "an FTE that nobody can read counts as the largest that is used"
    assert held_by("establishment") == set()


def test_a_row_whose_weight_cannot_be_read_counts_as_the_largest_that_is_used(council: SendingCouncil) -> None:
    posts(council, "9", "9", "not known", single=94)
    assert council.deliveries("establishment")[0].rejected_weight == round(9 / (94 + 9 + 9 + 9), 4)
    assert "1 of them do not say how much" in noted(council, "establishment")[0]
    assert held_by("establishment") == {"EST-002"}


def test_a_row_of_a_repeated_key_and_a_row_that_the_header_does_not_fit_weigh_too(council: SendingCouncil) -> None:
    council.mapping("establishment", POSTS)
    rows = [f"P{number},T1,SW,1" for number in range(36)] + ["P1,T1,SW,3", "P36,T1,SW,1,spilled over"]
    council.receive("establishment", "posts_2024-09.csv", "\n".join(["Post,Team,Job,FTE", *rows]) + "\n")
    council.land("establishment")
    assert council.deliveries("establishment")[0].rejected_weight == round((3 + 1) / (36 + 3 + 1), 4)


def test_somebody_whose_fte_was_typed_wrong_weighs_one_person(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", *(staff_row(f"{number:05}", f"{number}-1", fte="1") for number in range(40)), staff_row(fte="60"))
    delivery = council.deliveries()[0] if council.land() else None
    assert delivery and delivery.rejected_weight == round(1 / 41, 4)
    assert held_by("hr_assignments") == set()


def test_money_counts_a_recovery_as_much_as_a_payment(council: SendingCouncil) -> None:
    council.mapping("payroll", PAY)
    paid = [f"{number},Basic,1000" for number in range(99)]
    council.receive("payroll", "pay_2024-09.csv", "\n".join(["No,Element,Pay", *paid, ",Basic,-9000"]) + "\n")
    council.land("payroll")
    assert council.deliveries("payroll")[0].rejected_weight == round(9 / 108, 4)
    assert held_by("payroll") == {"PAY-002"}


def test_hours_of_agency_workers_count(council: SendingCouncil) -> None:
    council.mapping("agency", BOOKINGS)
    rows = [f"B{number},A{number},T1,SW,Y,01/09/2024,3,V" for number in range(39)] + ["B40,A40,T1,SW,Y,never,37,V"]
    council.receive("agency", "agency_2024-09.csv", "\n".join(["Ref,Worker,Team,Job,Reg,From,Hours,Why", *rows]) + "\n")
    council.land("agency")
    assert council.deliveries("agency")[0].rejected_weight == round(37 / (37 + 117), 4)
    assert held_by("agency") == {"AGY-002"}


def test_what_is_counted_in_fte_money_or_hours_has_a_weight_in_its_contract() -> None:
    weighing = {source: {column.weight for column in contract(source).columns} - {None} for source in sources()}
    assert {source: words for source, words in weighing.items() if words} == {
        "hr_assignments": {"FTE"},
        "establishment": {"FTE"},
        "recruitment": {"FTE"},
        "agency": {"hours"},
        "agency_invoices": {"hours", "money"},
        "payroll": {"money"},
        "absence": {"days"},
        "caseload": {"cases"},
    }


@pytest.mark.parametrize("word", ["Total", "GRAND TOTAL", "Sub-total", "Totals for T1", "Sum"])
def test_a_total_row_that_no_mapping_names_is_left_out_and_said_once(council: SendingCouncil, word: str) -> None:
    council.mapping("establishment", POSTS)
    council.receive("establishment", "posts_2024-09.csv", f"Post,Team,Job,FTE\nP1,T1,SW,1\nP2,T1,SW,0.8\n{word},,,1.8\n")
    report = council.land("establishment")
    assert (report.rows_accepted, report.rows_rejected, report.rows_left_out) == (2, 0, 1)
    (note,) = report.problems
    assert (note.code, note.row, note.column) == ("total_unnamed", 4, "Post")
    assert "`file.totals: {column: Post, equals: ...}`" in note.message
    assert council.deliveries("establishment")[0].rejected_weight == 0


def test_a_row_with_a_word_like_total_that_lacks_little_is_rejected_as_any_other(council: SendingCouncil) -> None:
    council.mapping("establishment", POSTS)
    council.receive("establishment", "posts_2024-09.csv", "Post,Team,Job,FTE\nP1,T1,SW,1\nP2,Total Family Care,SW,\n")
    assert council.land("establishment").rows_rejected == 1


@pytest.mark.parametrize(
    ("pools", "code", "says"), [(["25"] * 4, 1, "then be held by its first check"), (["1.5"], 0, "the file would land\n")]
)
def test_a_trial_of_a_mapping_foretells_what_the_first_check_says(
    council: SendingCouncil, capsys: pytest.CaptureFixture[str], pools: list[str], code: int, says: str
) -> None:
    posts(council, *pools)
    mapping = council.config / "organisations" / "testshire" / "mappings" / "establishment.yaml"
    extract = council.home / "inbox" / "testshire" / "establishment" / "posts_2024-09.csv"
    assert main(["check", "--mapping", str(mapping), "--extract", str(extract)]) == code
    told = capsys.readouterr().out
    assert says in told
    assert bool(held_by("establishment")) == ("the rejected rows are 51% of the FTE, expected at most 5%" in told)


def test_lines_that_pool_posts_land_once_the_mapping_says_how_many_posts_they_are(council: SendingCouncil) -> None:
    council.mapping("establishment", POSTS.replace("budgeted_fte: FTE", "budgeted_fte: FTE, posts: Posts"))
    rows = [f"P{number},T1,SW,1," for number in range(96)] + [f"POOL{number},T1,SW,25,25" for number in range(4)]
    council.receive("establishment", "posts_2024-09.csv", "\n".join(["Post,Team,Job,FTE,Posts", *rows]) + "\n")
    council.land("establishment")
    delivery = council.deliveries("establishment")[0]
    assert (delivery.rows_accepted, delivery.rows_rejected) == (100, 0)
    landed = council.raw("establishment")
    assert (landed["budgeted_fte"].sum(), landed["posts"].fill_null(1).sum()) == (196, 196)
    assert held_by("establishment") == set()


@pytest.mark.parametrize(("posts", "fte"), [("2", "25"), ("0", "1"), ("1.5", "1")])
def test_a_number_of_posts_that_cannot_be_is_a_rejected_row(council: SendingCouncil, posts: str, fte: str) -> None:
    council.mapping("establishment", POSTS.replace("budgeted_fte: FTE", "budgeted_fte: FTE, posts: Posts"))
    council.receive("establishment", "posts_2024-09.csv", f"Post,Team,Job,FTE,Posts\nP1,T1,SW,1,\nP2,T1,SW,{fte},{posts}\n")
    council.land("establishment")
    assert council.rejected("establishment")["source_row"].unique().to_list() == [3]
