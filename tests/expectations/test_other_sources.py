"""The rules of the other sources: each fails on its fault and passes without it."""

import pytest

from tests.expectations.landed_council import (
    LandedCouncil,
    absence,
    assignment,
    attempt,
    booking,
    failed,
    failing,
    outcomes,
    pay,
    people,
    post,
)

RIGHT, FAULTY = "2025-08", "2025-09"


def test_posts_or_budget_that_fall_are_refused(council: LandedCouncil) -> None:
    posts = [post(f"P{number:02}") for number in range(20)]
    council.deliver("establishment", "2025-06", posts)
    council.deliver("establishment", "2025-07", posts[:18])
    fewer = council.deliver("establishment", "2025-08", posts[:15])
    cheaper = council.deliver("establishment", "2025-09", [row | {"budgeted_fte": 0.5} for row in posts])
    results = council.check("establishment")
    # July has 18 posts. This is too few to block on, so August and September have warnings.
    assert outcomes(results, "EST-005") == {"2025-07": "passed"}
    assert outcomes(results, "EST-006w") == {"2025-09": "failed"}
    assert {council.state("establishment", rule_id) for rule_id in (fewer, cheaper)} == {"accepted"}


@pytest.mark.parametrize(
    ("rule_id", "changed"),
    [("EST-005", lambda posts: posts[:16]), ("EST-006", lambda posts: [row | {"budgeted_fte": 0.5} for row in posts])],
)
def test_an_establishment_of_20_posts_is_held_when_it_falls(council: LandedCouncil, rule_id: str, changed) -> None:  # type: ignore[no-untyped-def]
    posts = [post(f"P{number:02}") for number in range(20)]
    council.deliver("establishment", RIGHT, posts)
    september = council.deliver("establishment", FAULTY, changed(posts))
    assert outcomes(council.check("establishment"), rule_id) == {FAULTY: "failed"}
    assert council.state("establishment", september) == "held"


def test_a_team_has_one_name_and_one_service(council: LandedCouncil) -> None:
    council.deliver("establishment", RIGHT, [post("P1"), post("P2"), post("P3", team_id="T2", team_name="South", service_id="S2")])
    council.deliver(
        "establishment",
        FAULTY,
        [
            post("P1"),
            post("P2", team_name="North East"),
            post("P3", team_id="T2"),
            post("P4", team_id="T2", service_id="S2"),
            post("P5", team_id="T3"),
        ],
    )
    results = council.check("establishment")
    assert failing(results, "EST-007") == {FAULTY: (2, 3)}
    assert failing(results, "EST-008") == {FAULTY: (4, 5)}


def test_agency_bookings_that_fall_are_a_warning(council: LandedCouncil) -> None:
    bookings = [booking(worker) for worker in people(20)]
    council.deliver("agency", "2025-07", bookings)
    council.deliver("agency", "2025-08", [*bookings[:17], booking("left", end_date="2025-08-31")])
    september = council.deliver("agency", "2025-09", [row | {"weekly_hours": 18.5} for row in bookings[:11]])
    results = council.check("agency")
    assert outcomes(results, "AGY-005") == {"2025-08": "passed", "2025-09": "failed"}
    assert outcomes(results, "AGY-006") == {"2025-08": "passed", "2025-09": "failed"}
    assert council.state("agency", september) == "accepted"


def test_bookings_that_cannot_be_right_are_named(council: LandedCouncil) -> None:
    council.deliver("establishment", FAULTY, [post("post of a1"), post("post of a2")])
    council.deliver("agency", RIGHT, [booking("a1"), booking("a2", cover_reason="project_team", post_id=None)])
    rows = [
        booking("a1"),
        booking("a1", weekly_hours=20),
        booking("a2", post_id=None),
        booking("a3"),
        booking("a4", post_id=None, end_date="2025-09-12"),
    ]
    council.deliver("agency", FAULTY, rows)
    results = council.check("agency")
    assert failing(results, "AGY-007") == {FAULTY: (2, 3)}, "more than one FTE"
    assert failing(results, "AGY-008") == {FAULTY: (4,)}, "covers a vacancy, names no post"
    assert failing(results, "AGY-009") == {FAULTY: (5,)}, "a post that the establishment lacks"


def test_absences_may_vary_and_are_a_warning_when_they_halve(council: LandedCouncil) -> None:
    absences = [absence(person) for person in people(30)]
    council.deliver("absence", "2025-07", absences, delivers="events")
    council.deliver("absence", "2025-08", absences[:20], delivers="events")
    council.deliver("absence", "2025-09", absences[:9], delivers="events")
    results = council.check("absence")
    assert outcomes(results, "ABS-005") == {"2025-08": "passed", "2025-09": "failed"}


@pytest.mark.parametrize(("absences", "outcome"), [(10, "failed"), (9, None)])
def test_days_lost_are_compared_from_ten_absences_on(council: LandedCouncil, absences: int, outcome: str | None) -> None:
    council.deliver("absence", "2025-08", [absence(person, fte_days_lost=20) for person in people(absences)], delivers="events")
    council.deliver("absence", "2025-09", [absence(person, fte_days_lost=2) for person in people(absences)], delivers="events")
    assert outcomes(council.check("absence"), "ABS-012").get("2025-09") == outcome


@pytest.mark.parametrize(("bookings", "outcome"), [(40, "failed"), (39, None)])
def test_the_same_bookings_again_are_told_from_forty_on(council: LandedCouncil, bookings: int, outcome: str | None) -> None:
    for period in ("2025-08", "2025-09"):
        council.deliver("agency", period, [booking(worker) for worker in people(bookings)])
    assert outcomes(council.check("agency"), "AGY-010").get("2025-09") == outcome


def test_absences_outside_the_month_or_outside_employment_are_named(council: LandedCouncil) -> None:
    council.deliver(
        "hr_assignments", FAULTY, [assignment("p01"), assignment("p02", end_date="2025-09-15"), assignment("p03", start_date="2025-09-20")]
    )
    rows = [
        absence("p01", start_date="2025-06-01", end_date=None),
        absence("p02", start_date="2025-09-14", end_date="2025-09-20"),
        absence("p02", start_date="2025-09-16", end_date="2025-09-20"),
        absence("p03", start_date="2025-09-10", end_date="2025-09-19"),
        absence("p04"),
        absence("p01", start_date="2025-10-01", end_date=None),
        absence("p01", start_date="2025-08-01", end_date="2025-08-31"),
    ]
    council.deliver("absence", FAULTY, rows, delivers="events")
    results = council.check("absence")
    assert failing(results, "ABS-006") == {FAULTY: (7, 8)}, "outside the month"
    assert failing(results, "ABS-007") == {FAULTY: (4, 5, 6)}, "not employed on those days"


def test_cases_that_fall_are_a_warning(council: LandedCouncil) -> None:
    holders = [{"person_key": person, "cases": 10} for person in people(20)]
    council.deliver("caseload", "2025-07", holders)
    council.deliver("caseload", "2025-08", holders[:18])
    council.deliver("caseload", "2025-09", holders[:11] + [{"person_key": "none", "cases": 0}] * 9)
    results = council.check("caseload")
    assert outcomes(results, "CAS-006") == {"2025-08": "passed", "2025-09": "failed"}
    assert outcomes(results, "CAS-005") == {"2025-08": "passed", "2025-09": "failed"}, "who holds no case is no holder"


def test_holders_that_nobody_knows_and_outliers_are_named(council: LandedCouncil) -> None:
    council.deliver("hr_assignments", FAULTY, [assignment("p01"), assignment("p02"), assignment("p03", end_date="2025-08-31")])
    council.deliver("agency", FAULTY, [booking("a1")])
    rows = [
        {"person_key": "p01", "cases": 15},
        {"person_key": "p02", "cases": 50},
        {"person_key": "p03", "cases": 15},
        {"person_key": "p04", "cases": 15},
        {"person_key": "p05", "cases": 0},
        {"agency_worker_key": "a1", "cases": 45},
        {"agency_worker_key": "a2", "cases": 15},
    ]
    council.deliver("caseload", FAULTY, rows)
    results = council.check("caseload")
    assert failing(results, "CAS-007") == {FAULTY: (3,)}, "50 is more than three times 15, 45 is not"
    assert failing(results, "CAS-008") == {FAULTY: (4, 5)}, "left in August; not in HR"
    assert failing(results, "CAS-009") == {FAULTY: (8,)}, "no booking"


def test_each_source_that_knows_holders_is_asked_alone(council: LandedCouncil) -> None:
    council.deliver("agency", FAULTY, [booking("a1")])
    council.deliver("caseload", FAULTY, [{"person_key": "p04", "cases": 15}, {"agency_worker_key": "a2", "cases": 15}])
    results = council.check("caseload")
    assert (outcomes(results, "CAS-008"), outcomes(results, "CAS-009")) == ({}, {FAULTY: "failed"})


def test_training_after_the_month_or_of_strangers_is_named(council: LandedCouncil) -> None:
    council.deliver("hr_assignments", FAULTY, [assignment("p01"), assignment("p02", end_date="2025-09-20")])
    rows = [attempt("p01"), attempt("p02"), attempt("p03"), attempt("p01", recorded_date="2025-10-01")]
    council.deliver("training", FAULTY, rows, delivers="events")
    results = council.check("training")
    assert failing(results, "TRN-005") == {FAULTY: (5,)}
    assert failing(results, "TRN-006") == {FAULTY: (4,)}


def test_a_survey_needs_ten_answers_to_one_question(council: LandedCouncil) -> None:
    def answers(question: str, count: int) -> list[dict[str, object]]:
        return [{"survey_name": "Health check", "standard": 1, "question_id": question, "answer": 4}] * count

    empty = [{"survey_name": "Health check", "standard": 1, "question_id": "Q1", "answer": None}]
    council.deliver("survey", RIGHT, answers("Q1", 10) + answers("Q2", 3), delivers="events")
    council.deliver("survey", FAULTY, answers("Q1", 9) + answers("Q2", 9) + empty, delivers="events")
    assert outcomes(council.check("survey"), "SUR-005") == {RIGHT: "passed", FAULTY: "failed"}


def test_people_paid_are_compared_with_last_month_and_with_staff_in_post(council: LandedCouncil) -> None:
    for period in (RIGHT, FAULTY):
        council.deliver("hr_assignments", period, [assignment(person) for person in people(22)])
    council.deliver("payroll", RIGHT, [pay(person) for person in people(20)] + [pay("p01", element="overtime")], delivers="events")
    council.deliver("payroll", FAULTY, [pay(person) for person in people(16)], delivers="events")
    results = council.check("payroll")
    assert outcomes(results, "PAY-005") == {FAULTY: "failed"}
    assert outcomes(results, "PAY-006") == {RIGHT: "passed", FAULTY: "failed"}


def test_people_paid_that_stay_the_same_pass(council: LandedCouncil) -> None:
    for period in (RIGHT, FAULTY):
        council.deliver("payroll", period, [pay(person) for person in people(20)], delivers="events")
    results = council.check("payroll")
    assert failed(results) == set()
    assert outcomes(results, "PAY-005") == {FAULTY: "passed"}


@pytest.mark.parametrize(("attempts", "outcome"), [(4, "failed"), (20, "passed"), (120, "failed")])
def test_training_is_compared_with_the_usual_month_of_the_year_before(council: LandedCouncil, attempts: int, outcome: str) -> None:
    for month, count in ((4, 600), (5, 38), (6, 40), (7, 42)):
        rows = [attempt(person, recorded_date=f"2025-0{month}-{1 + n % 25:02}") for n, person in enumerate(people(count))]
        council.deliver("training", f"2025-0{month}", rows, delivers="events")
    council.deliver("training", "2025-08", [attempt(person, recorded_date="2025-08-01") for person in people(attempts)], delivers="events")
    found = outcomes(council.check("training"), "TRN-013")
    assert found == {"2025-07": "passed", "2025-08": outcome}, "before there are three months nobody knows what is usual"


@pytest.mark.parametrize(("answers", "outcome"), [(15, "failed"), (60, "passed"), (250, "failed")])
def test_a_survey_is_compared_with_the_one_before(council: LandedCouncil, answers: int, outcome: str) -> None:
    def survey(count: int) -> list[dict[str, object]]:
        return [{"survey_name": "Health check", "standard": 1, "question_id": "Q1", "answer": 1 + n % 5} for n in range(count)]

    council.deliver("survey", "2024-03", survey(100), delivers="events")
    council.deliver("survey", "2025-03", survey(answers), delivers="events")
    assert outcomes(council.check("survey"), "SUR-010") == {"2025-03": outcome}


def test_an_agency_worker_with_the_registration_number_of_an_employee_is_named(council: LandedCouncil) -> None:
    council.deliver("hr_assignments", FAULTY, [assignment("p01", swe_key="n1"), assignment("p02", swe_key="n2", end_date="2025-09-10")])
    council.deliver("agency", FAULTY, [booking("a1", swe_key="n1"), booking("a2", swe_key="n2"), booking("a3", swe_key="n3")])
    assert failing(council.check("agency"), "AGY-018") == {FAULTY: (2,)}


@pytest.mark.parametrize(
    ("source", "rule_ids"),
    [("hr_assignments", {"HR-018", "HR-019"}), ("establishment", {"EST-015"}), ("payroll", {"PAY-014"})],
)
def test_a_slow_fall_is_told_against_last_year_alone(council: LandedCouncil, source: str, rule_ids: set[str]) -> None:
    """Three in a hundred fewer each month: no month differs much from the one before, but the year lost more than 30%."""
    made = {"hr_assignments": assignment, "establishment": lambda name: post(f"post {name}"), "payroll": pay}[source]
    count = 100
    for number in range(13):
        period = f"{2024 + (8 + number) // 12}-{(8 + number) % 12 + 1:02}"
        gone = [assignment(f"p{count + 1:03}", end_date=f"{period}-15", leaving_reason="resignation")] if source == "hr_assignments" else []
        council.deliver(source, period, [*(made(f"p{n:03}") for n in range(count)), *gone])
        count = round(count * 0.965)
    fallen = {(result.rule_id, result.period) for result in council.check(source) if result.outcome == "failed" and " fell " in result.says}
    assert fallen == {(rule_id, "2025-09") for rule_id in rule_ids}
