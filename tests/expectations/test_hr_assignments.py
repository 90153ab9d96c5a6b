"""The rules of staff in post: each fails on its fault and passes without it."""

from tests.expectations.council import Council, assignment, failed, failing, outcomes, people, post

SOURCE = "hr_assignments"


def staff(count: int) -> list[dict[str, object]]:
    return [assignment(person) for person in people(count)]


def test_a_fall_of_more_than_15_or_rise_of_more_than_25_per_cent_is_refused(council: Council) -> None:
    # Each month is compared with the last one that was not refused: 40, 34, 34, 42, 42.
    for period, count in {"2025-01": 40, "2025-02": 34, "2025-03": 28, "2025-04": 42, "2025-05": 53, "2025-06": 51}.items():
        council.deliver(SOURCE, period, staff(count))
    expected = {"2025-02": "passed", "2025-03": "failed", "2025-04": "passed", "2025-05": "failed", "2025-06": "passed"}
    assert outcomes(council.check(SOURCE), "HR-005") == expected


def test_a_fall_of_fte_is_refused_though_heads_stay(council: Council) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    september = council.deliver(SOURCE, "2025-09", [row | {"fte": 0.8} for row in staff(20)])
    results = council.check(SOURCE)
    assert outcomes(results, "HR-006") == {"2025-09": "failed"}
    assert outcomes(results, "HR-005") == {"2025-09": "passed"}
    assert council.state(SOURCE, september) == "held"


def test_a_small_council_is_warned_of_a_fall_of_five_and_never_held(council: Council) -> None:
    for period, count in {"2025-07": 15, "2025-08": 12, "2025-09": 7}.items():
        last = council.deliver(SOURCE, period, staff(count))
    results = council.check(SOURCE)
    assert (outcomes(results, "HR-005"), outcomes(results, "HR-005w")) == ({}, {"2025-09": "failed"})
    assert outcomes(results, "HR-006w") == {"2025-09": "failed"}
    assert council.state(SOURCE, last) == "accepted"


def test_after_a_gap_of_more_than_half_a_year_a_fall_is_a_warning(council: Council) -> None:
    council.deliver(SOURCE, "2024-12", staff(40))
    council.deliver(SOURCE, "2025-07", staff(30))
    results = council.check(SOURCE)
    assert (outcomes(results, "HR-005"), outcomes(results, "HR-005w")) == ({}, {"2025-07": "failed"})


def test_those_who_have_left_or_not_started_are_not_in_the_comparison(council: Council) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    left = [assignment(f"left{number}", end_date="2025-09-30", leaving_reason="resignation") for number in range(10)]
    coming = [assignment(f"coming{number}", start_date="2025-10-06") for number in range(10)]
    council.deliver(SOURCE, "2025-09", staff(20) + left + coming)
    results = council.check(SOURCE)
    assert (outcomes(results, "HR-005"), outcomes(results, "HR-006")) == ({"2025-09": "passed"}, {"2025-09": "passed"})


def test_of_a_history_only_the_rows_that_held_at_the_month_end_are_compared(council: Council) -> None:
    august = [assignment(person, effective_from="2020-01-01", effective_to="4712-12-31") for person in people(20)]
    changed = [("2020-01-01", "2025-09-14", 1), ("2025-09-15", "4712-12-31", 0.9)]
    september = [
        assignment(person, effective_from=first, effective_to=last, fte=fte) for person in people(20) for first, last, fte in changed
    ]
    council.deliver(SOURCE, "2025-08", august, delivers="history")
    council.deliver(SOURCE, "2025-09", september, delivers="history")
    results = council.check(SOURCE)
    assert failed(results) == set()
    assert outcomes(results, "HR-006") == {"2025-09": "passed"}


def test_rows_that_cannot_be_right_are_named(council: Council) -> None:
    council.deliver(SOURCE, "2025-08", [assignment("p01"), assignment("p02", fte=0.5), assignment("p02", fte=0.5, assignment_key="half")])
    rows = [
        assignment("p01", fte=0.6),
        assignment("p01", fte=0.5, assignment_key="second"),
        assignment("p02", fte=0.6),
        assignment("p02", fte=0.6, assignment_key="half", end_date="2025-09-30"),
        assignment("p03", fte=None),
        assignment("p04", end_date="2025-06-30"),
        assignment("p05", end_date="2025-05-31"),
    ]
    council.deliver(SOURCE, "2025-09", rows)
    results = council.check(SOURCE)
    assert failing(results, "HR-007") == {"2025-09": (2, 3)}, "above one FTE in all assignments of the month end together"
    assert failing(results, "HR-008") == {"2025-09": (6,)}, "FTE is missing"
    assert failing(results, "HR-009") == {"2025-09": (8,)}, "ended more than three months ago"


def test_an_assignment_that_ended_long_ago_belongs_in_a_history(council: Council) -> None:
    council.deliver(SOURCE, "2025-09", [assignment("p01"), assignment("p02", end_date="2020-05-31")], delivers="history")
    assert failed(council.check(SOURCE)) == set()


def test_somebody_gone_without_an_end_date_is_counted(council: Council) -> None:
    council.deliver(SOURCE, "2025-07", staff(3))
    council.deliver(SOURCE, "2025-08", [*staff(2), assignment("p03", end_date="2025-08-15")])
    council.deliver(SOURCE, "2025-09", staff(1))
    council.deliver(SOURCE, "2025-10", [assignment("p04")], rows_accepted=99, rows_rejected=1)
    counted = {one.period: (one.outcome, one.rows_failed) for one in council.check(SOURCE) if one.rule_id == "HR-010"}
    assert counted == {"2025-08": ("passed", 0), "2025-09": ("failed", 1), "2025-10": ("passed", 0)}, "whose row was rejected is not gone"


def test_a_team_or_post_that_the_establishment_of_the_month_lacks_is_named(council: Council) -> None:
    council.deliver("establishment", "2025-09", [post("post of p01"), post("post of p02"), post("post of p03")])
    council.deliver(SOURCE, "2025-08", [assignment("p01", team_id="T9", post_id="none")])
    rows = [assignment("p01"), assignment("p02", team_id="T9"), assignment("p03", post_id="none")]
    council.deliver(SOURCE, "2025-09", [*rows, assignment("p04", team_id="T9", post_id="none", end_date="2025-09-10")])
    results = council.check(SOURCE)
    assert failing(results, "HR-011") == {"2025-09": (3,)}
    assert failing(results, "HR-012") == {"2025-09": (4,)}
    assert outcomes(results, "HR-012") == {"2025-09": "failed"}, "August has no establishment to compare with"
