"""What a column of an unknown extract may be: by its header's words and by the kind of its values. Guesses, for an engineer to look at."""

from __future__ import annotations

import difflib
import re

import polars as pl

from ingestion.contract import Column, Contract
from ingestion.mapping.form import EXCEL_SERIAL
from ingestion.values import EARLIEST, days
from ingestion.values import EXCEL_SERIAL as SERIAL_TEXT

LOOKED_AT = 2000
ENOUGH, SAME_NAME = 0.78, 0.8
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d.%m.%y")
WORDY_DAYS = ("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y/%m/%d", "%Y%m%d", "%G-W%V-%u")
TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S UTC", "%I:%M:%S %p")
WITH_TIMES = (
    *(f"{day} {time}" for day in DAYS[:3] for time in TIMES),
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%z",
)
DATE_FORMATS = (*DAYS, *WORDY_DAYS, *WITH_TIMES)
MOST_FORMATS = 3
SERIAL = re.compile(SERIAL_TEXT)
NUMBER_LIKE = re.compile(r"[-(]*[\d.,]*\d[.,]?\)?%?")
YES, NO = ("y", "yes", "true", "t", "1"), ("n", "no", "false", "f", "0")
MISSING = ("n/a", "n/d", "na", "-", "--", "null", "none", "(blank)", ".", "0000-00-00")
NO_DATES = {(1900, 1, 1), (4712, 12, 31), (9999, 12, 31), (2099, 12, 31)}
CURRENCIES = ("$", "€")
COMMA_NUMBER = re.compile(r"-?(\d{1,3}([. \u00a0]\d{3})+|\d+),\d{1,4}")
# Words that stand for numbers, like full-time for an FTE, are few.
MOST_WORDS = 6
# What systems call the columns of the contracts; beside the columns' own names and titles.
CALLED = {
    "person_id": "employee ref, employee number, employee id, person number, resource id, payroll number, staff number, worker, staff id, "
    "emp id, eeid, id, employee",
    "agency_worker_id": "agency ref, agency number, agency worker, agency worker ref, agency worker number",
    "assignment_id": "assignment number, assignment id, assignment ref, employment number, position assignment, contract id",
    "post_id": "position id, position code, position number, position control number, post number, post ref, post, post unique reference",
    "name": "employee name, full name, legal name, name, worker name, candidate, surname",
    "date_of_birth": "date of birth, dob, born, birth date, birthdate",
    "sex": "sex, gender",
    "swe_number": "swe number, social work england number, registration number, swe, hcpc number",
    "team_id": "team, department, cost centre, org unit, unit, team code, team name, department name, agency name, agency, section, "
    "supervisory organization, org l5",
    "service_id": "service, directorate, division, organisation",
    "service_name": "service, directorate, division, organisation",
    "job_role": "job title, job titles, job name, role, job, post title, position title, position, employee position title, job role, "
    "title description, generic job title, business title",
    "registered_social_worker": "registered, qualified, registered social worker, swe registered",
    "contract_type": "contract, contract type, employment type, assignment category, appointment type, employment class, worker type",
    "assignment_status": "status, employment status, assignment status, leave status",
    "fte": "fte, assignment fte value, full time equivalent, wte, contracted fte, full or part time, full time part time, ft pt",
    "start_date": "start date, appt start, assignment start, start, date started, booking start, first day, hire date, date of hire, "
    "date first hired, date hired, original hire date, agency start date, commencement date, latest start date, hire",
    "role_start_date": "role start date, start date in position, position start, position start date",
    "end_date": "end date, appt end, leaving date, termination date, end, date left, booking end, last day, exit date, term date, "
    "date of termination, termdate",
    "leaving_reason": "leaving reason, reason for leaving, termination reason, reason for term, term reason",
    "base_salary": "salary, annual salary, base salary, current annual salary, total base pay annualized amount, basic salary, basic pay, annual rate, actual pay floor",
    "start_origin": "origin, previous role, starter origin",
    "team_start_date": "team start, date joined team, in team since",
    "booking_id": "booking id, booking number, booking ref, order number, assignment id",
    "worker_id": "worker id, candidate id, worker number, candidate ref",
    "weekly_hours": "hours, weekly hours, hours per week, contracted hours",
    "fte_from": "fte from, fte since, fte effective from, hours effective from, hours from",
    "contracted_hours": "hours, weekly hours, hours per week, contracted hours, typical hours",
    "hours_worked": "hours worked, average hours worked, worked hours",
    "standard_hours": "standard hours, full time hours, fte hours",
    "cover_reason": "reason, reason for booking, booking reason, cover reason",
    "charge_rate": "charge rate, hourly charge, rate",
    "amount": "amount, value, pay value, net value",
    "element": "element, pay element, element name, element code, pay code",
    "course_id": "course code, course id, course",
    "completed_on": "completed, completion date, date completed",
    "cases": "cases, caseload, open cases, number of cases",
    "budgeted_fte": "budget fte, budgeted fte, established fte, establishment fte, funded fte, number of posts in fte, fte",
}


def matched(columns: dict[str, pl.Series], contract: Contract) -> dict[str, str]:
    """Contract column to header, the likeliest pairs first, each column and each header once."""
    scored = [
        (_score(_likeness(header, one), texts, one), one.name, header) for one in contract.columns for header, texts in columns.items()
    ]
    found: dict[str, str] = {}
    for score, name, header in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if score >= ENOUGH and name not in found and header not in found.values():
            found[name] = header
    return {one.name: found[one.name] for one in contract.columns if one.name in found}


def known_words(contract: Contract) -> set[str]:
    """The words that headers of a source may have."""
    return {word for one in contract.columns for called in _called(one) for word in called.split() if len(word) > 2 or word in ("id",)}


def date_formats(texts: pl.Series) -> list[list[str]]:
    """The formats in which the texts are dates: one list for each dress, with every format that fits it.

    A list has several formats where the order of day and month cannot be told. Empty where some of the texts are no dates.
    """
    left = _seen(texts)
    if left.len() and all(SERIAL.fullmatch(one) for one in left.to_list()):
        return [[EXCEL_SERIAL]]
    read = {form: _days(left, form).is_not_null() for form in DATE_FORMATS} if left.len() else {}
    dresses: list[list[str]] = []
    open_ones = pl.repeat(True, left.len(), eager=True)
    while read and open_ones.any() and len(dresses) < MOST_FORMATS:
        counts = {form: int((fits & open_ones).sum()) for form, fits in read.items()}
        most = max(counts.values())
        if not most:
            return []
        best = next(form for form, count in counts.items() if count == most)
        dresses.append([form for form in read if (read[form] == read[best]).all()])
        open_ones &= ~read[best]
    return [] if open_ones.any() else dresses


def no_dates(texts: pl.Series, form: str) -> list[str]:
    """The dates among the texts by which systems mean none."""
    found = texts.unique()
    days = _days(found, form).to_list()
    return sorted(text for text, day in zip(found.to_list(), days, strict=True) if day and (day.year, day.month, day.day) in NO_DATES)


def currency(columns: dict[str, pl.Series]) -> str | None:
    """The sign of amounts that are not in pounds."""
    return next(
        (sign for sign in CURRENCIES for texts in columns.values() if texts.head(LOOKED_AT).str.contains(sign, literal=True).any()), None
    )


def has_decimal_comma(columns: dict[str, pl.Series]) -> bool:
    """Whether the numbers are written like 1.234,50: most of one column have a comma before their last digits, and none a point there."""
    return any(_share(texts, COMMA_NUMBER) > 0.5 and not texts.str.contains(r",\d{3}\.").any() for texts in columns.values() if texts.len())


def words_of_numbers(texts: pl.Series) -> list[str]:
    """The words that stand for numbers in a column of few words."""
    seen = _seen(texts).to_list()
    return sorted(seen) if seen and len(seen) <= MOST_WORDS and not any(any(sign.isdigit() for sign in one) for one in seen) else []


def missing_texts(columns: dict[str, pl.Series]) -> list[str]:
    """The texts among the values by which people mean nothing."""
    return sorted({one for texts in columns.values() for one in texts.filter(texts.str.to_lowercase().is_in(MISSING)).unique().to_list()})


def code_for(value: str, column: Column) -> str | None:
    """The contract's code that a value means, if its words say so plainly."""
    words = _plain(value)
    named = {_plain(one.value): one.value for one in column.labelled_codes} | {
        _plain(one.label): one.value for one in column.labelled_codes
    }
    if words in named:
        return named[words]
    near = difflib.get_close_matches(words, list(named), 1, 0.85)
    return named[near[0]] if near else None


def _called(column: Column) -> list[str]:
    return [_plain(one) for one in (column.name, column.title, *CALLED.get(column.name, "").split(",")) if one]


def _likeness(header: str, column: Column) -> float:
    words = _plain(header)
    return max((1.0 if one == words else 0.97 * difflib.SequenceMatcher(None, words, one).ratio() for one in _called(column)), default=0.0)


def _plain(text: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", spaced.lower()))


def _score(likeness: float, texts: pl.Series, column: Column) -> float:
    """How likely a header is a column's; the very name counts also where the values are of another kind."""
    if likeness < ENOUGH:
        return 0.0
    return max(likeness * _kind_fits(texts, column), SAME_NAME if likeness == 1.0 else 0.0)


def _kind_fits(texts: pl.Series, column: Column) -> float:
    """1 where the values are of the column's kind or there are none, less where they are of another."""
    seen = _seen(texts)
    if seen.is_empty():
        return 0.9
    if column.logical_type == "date":
        return 1.0 if date_formats(texts) else 0.5
    if column.logical_type in ("number", "integer"):
        # Where one column has the number itself, another's words for it are not needed.
        return 1.0 if _share(seen, NUMBER_LIKE) > 0.9 else 0.98 if words_of_numbers(texts) else 0.5
    if column.logical_type == "boolean":
        return 1.0 if all(one.lower() in (*YES, *NO) for one in seen.to_list()) else 0.6
    return 0.6 if date_formats(texts) not in ([], [[EXCEL_SERIAL]]) else 1.0


def _seen(texts: pl.Series) -> pl.Series:
    """The different texts among the first ones, without those that mean nothing."""
    seen = texts.head(LOOKED_AT).unique(maintain_order=True)
    return seen.filter(~seen.str.to_lowercase().is_in(MISSING))


def _share(texts: pl.Series, kind: re.Pattern[str]) -> float:
    plain = [re.sub(r"[$€£\s]", "", one) for one in texts.head(LOOKED_AT).to_list()]
    return sum(kind.fullmatch(one) is not None for one in plain) / len(plain) if plain else 0.0


def _days(texts: pl.Series, form: str) -> pl.Series:
    """The texts as days, by the engine that will read them; empty where one is none, or its year has too few digits."""
    found = texts.to_frame("text").select(days(pl.col("text"), [form], None)).to_series()
    return found.set(found.dt.year() < EARLIEST, None)
