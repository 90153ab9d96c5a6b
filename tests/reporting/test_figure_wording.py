"""How figures and reasons are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reporting import figure_wording


@pytest.mark.parametrize(
    ("amount", "unit", "decimals", "written"),
    [
        (9.65, "per_cent", 1, "9.7%"),
        (9.649999999999999, "per_cent", 1, "9.7%"),  # 9.65 but for the noise of binary fractions
        (9.6499, "per_cent", 1, "9.6%"),
        (0.25, "per_cent", 1, "0.3%"),
        (0.0, "per_cent", 1, "0.0%"),
        (17.25, "cases", 1, "17.3 cases"),
        (72.5, "score", 0, "73 out of 100"),
        (None, "per_cent", 1, "-"),
    ],
)
def test_a_value_is_rounded_half_up_and_has_its_unit(amount: float | None, unit: str, decimals: int, written: str) -> None:
    assert figure_wording.value(amount, unit, decimals) == written


def test_fte_has_one_decimal_and_heads_have_none() -> None:
    assert figure_wording.count(Decimal("57.0000"), in_fte=True) == "57.0"
    assert figure_wording.count(Decimal("1057.0000"), in_fte=False) == "1,057"
    assert figure_wording.count(None, in_fte=True) == "-"


def test_a_share_of_no_establishment_is_fte() -> None:
    assert figure_wording.share(Decimal("5.5"), Decimal(0)) == "5.5 FTE"
    assert figure_wording.share(Decimal(1), Decimal(8)) == "13%"


def test_a_target_says_its_comparison_and_its_date() -> None:
    assert figure_wording.target(10, "per_cent", "below", date(2023, 4, 30)) == "below 10% by April 2023"
    assert figure_wording.target(12.5, "per_cent", None, None) == "12.5%"


@pytest.mark.parametrize("code", ["u", "x", "z", "c", "history_too_short", "source_missing", "not_yet_due", "a_council_is_older"])
def test_every_reason_of_the_marts_has_its_words(code: str) -> None:
    assert " " in figure_wording.reason(code) or figure_wording.reason(code) == "confidential"


def test_a_reason_names_source_rule_and_day_where_they_are_known() -> None:
    since = date(2025, 10, 12)
    assert (
        figure_wording.reason("delivery_held", "hr_assignments", "HR-005", since)
        == "staff in post is held back by rule HR-005 since 12 October 2025"
    )
    assert (
        figure_wording.reason("file_refused", "payroll", None, since) == "the file of payroll received on 12 October 2025 could not be used"
    )
    assert figure_wording.reason("source_missing", "payroll") == "no extract of payroll came for the month"


def test_a_floor_says_its_number_and_an_unknown_code_is_shown() -> None:
    assert figure_wording.reason("floor_10").startswith("fewer than 10 people")
    assert figure_wording.reason("something_new") == "something new"
    assert figure_wording.reason(None) == "no reason is recorded"
