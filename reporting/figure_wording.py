"""How a figure, a month and a reason are written for readers, without codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

DEFINITIONS = {"dfe": "DfE", "board": "Board"}
SOURCES = {
    "hr_assignments": "Staff in post",
    "establishment": "Establishment",
    "agency": "Agency workers",
    "agency_invoices": "Agency invoices",
    "absence": "Absence",
    "caseload": "Caseload",
    "training": "Training",
    "survey": "Staff survey",
    "payroll": "Payroll",
    "marts": "The figures themselves",
}
STATUSES = {
    "met": "Met",
    "not_met": "Not met",
    "no_target": "No target",
    "not_available": "Not available",
    "suppressed": "Suppressed",
}
REASONS = {
    "u": "DfE marks this figure as of low reliability",
    "x": "unavailable: the council did not supply it",
    "z": "not applicable: there is nothing to divide by",
    "c": "confidential: not shown, so that nobody can be recognised",
    "history_too_short": "there are not yet enough months of history",
    "source_missing": "a source that it needs was not delivered",
    "held_by_check": "an extract that it needs cannot be believed. See the checks",
    "not_yet_due": "a source that it needs is not due yet",
    "file_refused": "a file that it needs could not be used",
    "delivery_held": "a delivery that it needs is held back by a rule",
    "a_council_is_older": "a council's figure is from an earlier month",
    "none_counted": "no council has both parts",
    "not_all_authorities": "not all authorities of the area are configured",
    "no_row": "this publication has no figure for the month",
}
# The same, if the source, the rule and the day are known.
REASONS_OF_A_SOURCE = {
    "source_missing": "no extract of {source} came for the month",
    "not_yet_due": "{source} is not due yet",
    "file_refused": "the file of {source} received on {since} could not be used",
    "delivery_held": "{source} is held back by rule {rule} since {since}",
    "held_by_check": "the data for this figure in {source} cannot be believed, by rule {rule} since {since}",
}
COMPARISONS = {"at_most": "at most", "below": "below", "at_least": "at least", "above": "above"}
SEVERITIES = {"block": "Holds the delivery back", "hold": "Holds indicators back", "warn": "Warning", "note": "Note"}
THEMES = (
    ("Agency workers", ("agency_rate", "agency_rate_headcount")),
    ("Vacancies and cover", ("vacancy_rate", "agency_cover_rate", "vacancy_agency_cover_rate")),
    ("Turnover and stability", ("turnover_rate", "turnover_rate_headcount", "team_tenure_36m", "team_retention_36m")),
    ("Workload and wellbeing", ("caseload", "absence_rate", "survey_score")),
    ("Learning", ("training_compliance",)),
)
OTHER_THEME = "Other indicators"
# What stands in place of a figure, as in the Department's own tables.
SIGNS = {
    "c": "confidential: it would tell something of a person, or would reveal another figure that does",
    "z": "not applicable",
    "x": "not available",
    "u": "unreliable",
    "low": "rounds to zero",
}
# Signs that the Department printed in earlier years.
OLD_SIGNS = {"k": "low", ":": "x"}
ABSENT = "-"
NOT_AVAILABLE = "not available"


def theme(indicator_id: str) -> str:
    """The heading of an indicator. Indicators that are not listed are under the last heading."""
    return next((name for name, indicators in THEMES if indicator_id in indicators), OTHER_THEME)


def theme_order(indicator_id: str) -> int:
    """The place of an indicator's theme on the page."""
    return next((place for place, (_, indicators) in enumerate(THEMES) if indicator_id in indicators), len(THEMES))


def definition(definition_id: str) -> str:
    """Whose definition it is: "DfE", "Board", or the id's own words."""
    return DEFINITIONS.get(definition_id, definition_id.replace("_", " ").capitalize())


def source(source_id: str) -> str:
    """A source's name for a reader: "Staff in post"."""
    return SOURCES.get(source_id, source_id.replace("_", " ").capitalize())


def severity(code: str) -> str:
    """What a failed rule does."""
    return SEVERITIES.get(code, code.replace("_", " ").capitalize())


def reason(code: str | None, of_source: str | None = None, rule: str | None = None, since: date | None = None) -> str:
    """Why there is no figure, or an earlier one, in plain words: `floor_10` is "fewer than 10 people ...". An unknown code is shown as it is."""
    if not code:
        return "no reason is recorded"
    if code.startswith("floor_") and code[6:].isdigit():
        return f"fewer than {code[6:]} people: not shown, so that nobody can be recognised"
    if of_source and code in REASONS_OF_A_SOURCE:
        return REASONS_OF_A_SOURCE[code].format(
            source=continued(source(of_source)), rule=rule, since=day(since) if since else "an unknown day"
        )
    return REASONS.get(code, code.replace("_", " "))


def sign(status: str | None, code: str | None) -> str:
    """What stands in place of a figure that is not shown: "[c]", "[x]", ..."""
    if status == "suppressed":
        return "[c]"
    return f"[{code}]" if code in SIGNS else "[x]"


def printed_sign(symbol: str) -> str:
    """A symbol that the Department printed, as a sign."""
    return f"[{OLD_SIGNS.get(symbol, symbol)}]"


def legend(written: Iterable[str]) -> list[str]:
    """What each sign among some written figures means: "[c] confidential ..."."""
    shown = set(written)
    return [f"[{code}] {words}" for code, words in SIGNS.items() if f"[{code}]" in shown]


def rounded(value: float | Decimal, decimals: int) -> Decimal:
    """The value rounded half up (2.25 to 2.3). Noise of binary fractions below 9 decimals is removed first."""
    exact = Decimal(str(value)).quantize(Decimal("1e-9"), ROUND_HALF_UP)
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0  # + 0: no minus before a zero


def with_unit(number: str, unit: str) -> str:
    """A written number with its unit: "18.4%", "17.2 cases", "72 out of 100"."""
    endings = {"per_cent": "%", "cases": " cases", "score": " out of 100"}
    return number + endings.get(unit, f" {unit.replace('_', ' ')}")


def value(amount: float | None, unit: str, decimals: int) -> str:
    """An indicator's value with its unit and its decimals. A dash if there is none."""
    return ABSENT if amount is None else with_unit(f"{rounded(amount, decimals):,}", unit)


def target(amount: float, unit: str, comparison: str | None, by: date | None) -> str:
    """A target in words: "below 10% by April 2023"."""
    plain = f"{rounded(amount, 2):f}".rstrip("0").rstrip(".")
    said = f"{COMPARISONS.get(comparison or '', '')} {with_unit(plain, unit)}".strip()
    return f"{said} by {month(by)}" if by else said


def count(amount: Decimal | None, in_fte: bool) -> str:
    """A numerator or denominator: FTE to one decimal, whole numbers whole."""
    if amount is None:
        return ABSENT
    return f"{rounded(amount, 1 if in_fte or amount != amount.to_integral_value() else 0):,}"


def share(part: Decimal | None, whole: Decimal) -> str:
    """A part in whole per cent. If there is no whole to divide by, the part in FTE. If the part is not known, "not available"."""
    if part is None:
        return NOT_AVAILABLE
    if whole > 0:
        return f"{rounded(100 * part / whole, 0)}%"
    return f"{rounded(part, 1)} FTE" if part else ABSENT


def month(day: date) -> str:
    """ "September 2025" """
    return f"{day:%B} {day.year}"


def day(moment: date) -> str:
    """ "12 October 2025" """
    return f"{moment.day} {moment:%B} {moment.year}"


def short_month(day: date) -> str:
    """ "Sep 2025" """
    return f"{day:%b} {day.year}"


def listed(names: list[str]) -> str:
    """ "one", "one and two", "one, two and three" """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: int, one: str, many: str) -> str:
    """ "1 rule", "2 rules" """
    return f"{number:,} {one if number == 1 else many}"


def capitalised(text: str) -> str:
    """The text with a capital first letter and the rest as it is: "DfE" stays "DfE"."""
    return text[:1].upper() + text[1:]


def continued(text: str) -> str:
    """The text for use within a sentence. A first word with its own capitals (FTE, DfE) keeps them."""
    first = text.split(" ", 1)[0]
    return text if any(letter.isupper() for letter in first[1:]) else text[:1].lower() + text[1:]
