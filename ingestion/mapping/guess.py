"""What a column of an unknown extract may be: by its header's words and by the kind of its values. Guesses, for an engineer to look at."""

from __future__ import annotations

import difflib
import re
from datetime import datetime

import polars as pl

from ingestion.contract import Column, Contract

LOOKED_AT = 2000
ENOUGH = 0.6
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d/%m/%y", "%m/%d/%y", "%Y%m%d")
DATE_FORMATS = (*DAYS, *(f"{day} {time}" for day in DAYS[:3] for time in ("%H:%M", "%H:%M:%S")))
YES, NO = ("y", "yes", "true", "t", "1"), ("n", "no", "false", "f", "0")
MISSING = ("n/a", "n/d", "na", "-", "--", "null", "none", "(blank)", ".")
NO_DATES = {(1900, 1, 1), (4712, 12, 31), (9999, 12, 31), (2099, 12, 31)}
# What systems call the columns of the contracts; beside the columns' own names and titles.
CALLED = {
    "person_id": "employee ref, employee number, employee id, person number, resource id, payroll number, staff number, worker, staff id",
    "assignment_id": "assignment number, assignment id, assignment ref, employment number, position assignment",
    "post_id": "position id, position code, position number, post number, post ref, post",
    "name": "employee name, full name, name, worker name, candidate, surname",
    "date_of_birth": "date of birth, dob, born, birth date",
    "swe_number": "swe number, social work england number, registration number, swe, hcpc number",
    "team_id": "team, department, cost centre, org unit, unit, team code, team name",
    "service_id": "service, directorate, division",
    "job_role": "job title, job name, role, job, post title, position title",
    "registered_social_worker": "registered, qualified, registered social worker, swe registered",
    "contract_type": "contract, contract type, employment type, assignment category, appointment type",
    "fte": "fte, assignment fte value, full time equivalent, wte, contracted fte",
    "start_date": "start date, appt start, assignment start, start, date started, booking start, first day",
    "end_date": "end date, appt end, leaving date, termination date, end, date left, booking end, last day",
    "leaving_reason": "leaving reason, reason for leaving, termination reason",
    "start_origin": "origin, previous role, starter origin",
    "team_start_date": "team start, date joined team, in team since",
    "booking_id": "booking id, booking number, booking ref, order number, assignment id",
    "worker_id": "worker id, candidate id, worker number, candidate ref",
    "weekly_hours": "hours, weekly hours, hours per week, contracted hours",
    "standard_hours": "standard hours, full time hours, fte hours",
    "cover_reason": "reason, reason for booking, booking reason, cover reason",
    "charge_rate": "charge rate, hourly charge, rate",
    "amount": "amount, value, pay value, net value",
    "element": "element, pay element, element name, element code, pay code",
    "course_id": "course code, course id, course",
    "completed_on": "completed, completion date, date completed",
    "cases": "cases, caseload, open cases, number of cases",
    "budgeted_fte": "budget fte, budgeted fte, established fte, establishment fte, funded fte",
}


def matched(columns: dict[str, pl.Series], contract: Contract) -> dict[str, str]:
    """Contract column to header, the likeliest pairs first, each column and each header once."""
    scored = [
        (_likeness(header, one) * _kind_fits(texts, one), one.name, header) for one in contract.columns for header, texts in columns.items()
    ]
    found: dict[str, str] = {}
    for score, name, header in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if score >= ENOUGH and name not in found and header not in found.values():
            found[name] = header
    return {one.name: found[one.name] for one in contract.columns if one.name in found}


def known_words(contract: Contract) -> set[str]:
    """The words that headers of a source may have."""
    return {word for one in contract.columns for called in _called(one) for word in called.split() if len(word) > 2 or word in ("id",)}


def date_formats(texts: pl.Series) -> list[str]:
    """The formats that fit every one of the texts; more than one where the order of day and month cannot be told."""
    seen = [one for one in texts.head(LOOKED_AT).unique().to_list() if one.lower() not in MISSING]
    return [form for form in DATE_FORMATS if seen and all(_is_date(one, form) for one in seen)]


def no_dates(texts: pl.Series, form: str) -> list[str]:
    """The dates among the texts by which systems mean none."""
    return sorted(
        one for one in texts.unique().to_list() if _is_date(one, form) and datetime.strptime(one, form).timetuple()[:3] in NO_DATES
    )


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


def _kind_fits(texts: pl.Series, column: Column) -> float:
    """1 where the values are of the column's kind or there are none, less where they are of another."""
    seen = [one for one in texts.head(LOOKED_AT).unique().to_list() if one.lower() not in MISSING]
    if not seen:
        return 0.9
    dates = bool(date_formats(texts))
    numbers = sum(re.fullmatch(r"[-£(]*[\d,]*\.?\d+\)?%?", one) is not None for one in seen) / len(seen)
    if column.logical_type == "date":
        return 1.0 if dates else 0.5
    if column.logical_type in ("number", "integer"):
        return 1.0 if numbers > 0.9 else 0.5
    if column.logical_type == "boolean":
        return 1.0 if all(one.lower() in (*YES, *NO) for one in seen) else 0.6
    return 0.6 if dates else 1.0


def _is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
