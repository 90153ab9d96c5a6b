"""Rules that all sources share: on a delivery as a whole, and on how far a figure may change."""

from __future__ import annotations

from expectations.engine.check_rule import Rule, Severity, between, holds
from foundation.ledger import MOST_REJECTED_SHARE

MOST_RESPELLED_SHARE = 0.02  # each makes a leaver and a starter who do not exist; single ones give a warning
MOST_FALL = 0.85  # no service of 20 people or more loses 15% in a month without a re-organisation that HR announces
MOST_RISE = 1.25  # a rise of a quarter in a month is people counted twice, or another service in the extract
MOST_FALL_OF_A_YEAR = 0.7  # turnover in a hard year is 30%; everybody knows of a service whose posts stay empty for a year
MOST_RISE_OF_A_YEAR = 1.5
ONE_SPELLING = (
    "Ask the warehouse's engineer to write `same_number: [person]` into the council's organisation.yaml (or assignment, post, swe_number, agency_worker, booking, absence), "
    "and to run `python -m ingestion rekey`"
)


def delivery_rules(prefix: str, where: str, empty: Severity = "warn") -> tuple[Rule, ...]:
    """Rules 001 to 004 and 090 to 092, which every source has. They test a delivery as a whole.

    `where` says in plain words where the extract is made. `empty` is the severity of a delivery without rows.
    """
    return (
        Rule(
            rule_id=f"{prefix}-001",
            severity=empty,
            says="The extract has no usable rows",
            fix=f"Run the extract again for the month and check its filters: {where}",
            expects=between("rows_accepted", least=1),
            of="deliveries",
        ),
        Rule(
            rule_id=f"{prefix}-002",
            severity="block",
            says="More than {most:.0%} of the rows, or of the FTE, money or hours in them, do not fit the agreed layout of the file",
            fix=f"Read the rejected rows, the largest first. Usually a code or a column in the system changed: {where}",
            expects=between("rejected_share", most=MOST_REJECTED_SHARE),
            of="deliveries",
            counted_in="rows_rejected",
        ),
        Rule(
            rule_id=f"{prefix}-003",
            severity="warn",
            says="Some rows do not fit the agreed layout of the file, and were rejected",
            fix=f"Correct the rejected rows, which are listed with their reasons, and send the extract again: {where}",
            expects=between("rows_rejected", most=0),
            of="deliveries",
            counted_in="rows_rejected",
        ),
        Rule(
            rule_id=f"{prefix}-004",
            severity="block",
            says="The file is exactly the same as the file of another month",
            fix=f"Run the extract for this month and send it: {where}",
            expects=holds("differs_from_other_months"),
            of="deliveries",
        ),
        Rule(
            rule_id=f"{prefix}-090",
            severity="block",
            says="More than {most:.0%} of the numbers of people, posts or bookings are new. They differ from missing numbers only in zeros, case, blanks or punctuation",
            fix=f"{ONE_SPELLING}. Or send the extract with the numbers written as before: {where}",
            expects=between("respelled_share", most=MOST_RESPELLED_SHARE),
            of="deliveries",
            counted_in="respelled",
            counts="numbers",
        ),
        Rule(
            rule_id=f"{prefix}-091",
            severity="warn",
            says="Some numbers of people, posts or bookings are new. They differ from missing numbers only in zeros, case, blanks or punctuation",
            fix=f"Correct the numbers in the system. If numbers that differ in this way always mean the same: {ONE_SPELLING}",
            expects=between("respelled", most=0),
            of="deliveries",
            counted_in="respelled",
            counts="numbers",
        ),
        Rule(
            rule_id=f"{prefix}-092",
            severity="warn",
            says="The extract has two numbers that differ only in zeros, case, blanks or punctuation. One person or post may be in it twice",
            fix=f"Correct the numbers in the system. If numbers that differ in this way always mean the same: {ONE_SPELLING}",
            expects=between("spelled_twice", most=0),
            of="deliveries",
            counted_in="spelled_twice",
            counts="numbers",
        ),
    )


def change_rules(
    rule_id: str,
    figure: str,
    words: str,
    where: str,
    blocks: bool = False,
    most_fall: float = MOST_FALL,
    most_rise: float = MOST_RISE,
) -> tuple[Rule, ...]:
    """Rules that compare a figure of the delivery with the previous month in force, as a ratio (1 is no change).

    A blocking rule tests only changes from a sound base (see LEAST_BASE, LONGEST_GAP). A second rule, whose id ends in `w`, warns of the
    others. A rule that does not block tests both.
    """
    says = f"{words} fell by more than {{fall:.0%}} or rose by more than {{rise:.0%}} since the month before"
    fix = f"Check that nothing is missing from the extract or in it twice. If the change is real, tell the warehouse's owner: {where}"
    if not blocks:
        return (Rule(rule_id, "warn", says, fix, between(f"{figure}_change", most_fall, most_rise), of="deliveries"),)
    return (
        Rule(rule_id, "block", says, fix, between(f"{figure}_change_sound", most_fall, most_rise), of="deliveries"),
        Rule(
            f"{rule_id}w",
            "warn",
            f"{says} (few rows to compare with, or a long gap)",
            fix,
            between(f"{figure}_change_unsure", most_fall, most_rise),
            of="deliveries",
        ),
    )


def year_rule(rule_id: str, figure: str, words: str, where: str) -> Rule:
    """A rule that compares a figure of the delivery with the same month a year before, as a ratio (1 is no change)."""
    return Rule(
        rule_id,
        "warn",
        f"{words} fell by more than {{fall:.0%}} or rose by more than {{rise:.0%}} since the same month last year",
        f"Check that both months have the same services. If the change is real, accept it with its reason: {where}",
        between(f"{figure}_year", MOST_FALL_OF_A_YEAR, MOST_RISE_OF_A_YEAR),
        of="deliveries",
    )


def registration_rule(rule_id: str, where: str) -> Rule:
    """A rule that landing found no registration number of another form than Social Work England's. Only landing sees the numbers."""
    return Rule(
        rule_id,
        "warn",
        "A registration number is not two letters and up to ten digits, like SW123456. It is a typing error, or a number of another register",
        where,
        between("doubtful_values", most=0),
        of="deliveries",
        counted_in="doubtful_values",
    )


def same_again_rule(rule_id: str, severity: Severity, where: str, indicators: tuple[str, ...] = ()) -> Rule:
    """A rule that the rows of a delivery are not last month's rows under another file name or date."""
    return Rule(
        rule_id,
        severity,
        "All rows are the same as in the month before",
        f"Run the extract for this month. The report was probably run with last month's date: {where}",
        holds("differs_from_month_before"),
        of="deliveries",
        indicators=indicators,
    )
