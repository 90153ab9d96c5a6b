"""What a column of an unknown extract may be, by its header's words and the kind of its values. Guesses, for an engineer to check."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import polars as pl

from contracts import Column, Contract
from ingestion.mapping.mapping_model import EXCEL_SERIAL
from ingestion.reading.text_values import EARLIEST, days
from ingestion.reading.text_values import EXCEL_SERIAL as SERIAL_TEXT

LOOKED_AT = 2000
ENOUGH, SAME_NAME, SAME_WORDS = 0.7, 0.8, 0.99
# A guess is sure if the header is known by its very name, and its values are of the column's kind or missing. A header that is only similar
# is never that sure.
SURE, ALIKE = 0.88, 0.87
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
# How months in a header are written, and the expression for each part.
MONTHS = ("%b-%y", "%b %y", "%b-%Y", "%b %Y", "%b%y", "%B %Y", "%B-%y", "%B %y", "%Y-%m", "%Y/%m", "%m/%Y", "%Y%m", "%Y-%m-%d", "%d/%m/%Y")
IN_AN_EXPRESSION = {
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]{3,9}",
    "%y": r"\d{2}",
    "%Y": r"\d{4}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
}
FEWEST_MONTHS = 3
# How the header of a number or code ends. If an extract has a number and a name, the column of identifiers is the number.
NUMBERING = ("id", "code", "number", "no", "ref", "reference")
# Headers that are known but that no contract asks for, and why.
NOT_ASKED = dict.fromkeys(
    ("expiry date", "expiry", "expires", "expires on", "expiration date", "valid until", "valid to", "renewal date", "due for renewal"),
    "not asked for: how long a course is valid stands in the source courses",
)
SERIAL = re.compile(SERIAL_TEXT)
NUMBER_LIKE = re.compile(r"[-(]*[\d.,]*\d[.,]?\)?%?")
YES, NO = ("y", "yes", "true", "t", "1"), ("n", "no", "false", "f", "0")
MISSING = ("n/a", "n/d", "na", "-", "--", "null", "none", "(blank)", ".", "0000-00-00")
NO_DATES = {(1900, 1, 1), (4712, 12, 31), (9999, 12, 31), (2099, 12, 31)}
CURRENCIES = ("$", "€")
COMMA_NUMBER = re.compile(r"-?(\d{1,3}([. \u00a0]\d{3})+|\d+),\d{1,4}")
# There are few words that stand for numbers, such as full-time for an FTE.
MOST_WORDS = 6
# What systems call the columns of the contracts, besides the columns' own names and titles.
CALLED = {
    "person_id": "employee ref, employee number, employee id, person number, resource id, payroll number, staff number, worker, staff id, "
    "emp id, eeid, id, employee, employee code, employee no, emp no, staff no, staff ref, payroll id, payroll ref, payroll no, user id, "
    "learner id, learner, user, delegate id, delegate, learner number, username, assignee id, attendee",
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
    "course_id": "course code, course id, course, course name, course title, module, module name, module code, training, training title, "
    "training name, learning item, item id, item title, activity, activity name, class, event, certification",
    "course_name": "course, course title, course name, title, module name, training title, item title",
    "recorded_date": "completed, completion date, date completed, completed on, completed date, date of completion, completion, date attended, "
    "attended on, course date, event date, date, attendance date",
    "outcome": "status, completion status, course status, result, attendance, attendance status, enrolment status, outcome",
    "delivery": "delivery method, delivery type, delivery mode, method, course type, training type, type",
    "valid_months": "validity, valid for, renewal months, valid for months, refresh period",
    "survey_name": "survey, survey title, survey name, form, questionnaire",
    "respondent": "respondent id, response id, response number, submission id, respondent number",
    "question_id": "question, question code, question number, question ref, question text, item",
    "answer": "response, score, answer value, response value, rating",
    "comment": "comments, free text, verbatim, other comments, additional comments",
    "responses": "number of responses, response count, respondents, returned",
    "mean_score": "mean, average, average score",
    "invited": "invited, sent, sample, number invited",
    "held_date": "date held, supervision date, date of supervision, session date, held",
    "due_date": "due, date due, next due",
    "absence_id": "absence ref, absence number, absence entry id, absence",
    "absence_type": "absence reason, absence category, type of absence, absence type",
    "fte_days_lost": "days lost, fte days, working days lost",
    "cases": "cases, caseload, open cases, number of cases",
    "posts": "number of posts, no of posts, posts",
    "budgeted_fte": "budget fte, budgeted fte, established fte, establishment fte, funded fte, number of posts in fte, fte",
}


@dataclass(frozen=True)
class Match:
    """The header that a column of the contract may have.

    It is sure if the header is known by name, its values are of the column's kind, and no other header is as likely.
    """

    header: str
    sure: bool


def matched(columns: dict[str, pl.Series], contract: Contract) -> dict[str, Match]:
    """Contract column to header, the likeliest pairs first, each column and each header once."""
    scored = [
        (_score(likeness, texts, column), likeness * _kind_fits(texts, column) >= SURE, column.name, header)
        for column in contract.columns
        for header, texts in columns.items()
        if (likeness := _likeness(header, column)) >= ENOUGH
    ]
    found: dict[str, Match] = {}
    for score, sure, name, header in sorted(scored, key=lambda scored: (-scored[0], scored[2], scored[3])):
        taken = [match.header for match in found.values()]
        if name not in found and header not in taken and score >= ENOUGH:
            rivals = [other for other, _, column, rival in scored if column == name and rival not in (header, *taken) and other == score]
            found[name] = Match(header, sure and not rivals)
    return {column.name: found[column.name] for column in contract.columns if column.name in found}


def why_not_asked(header: str) -> str | None:
    """Why a header that is known is not asked for. None if it is not known."""
    return NOT_ASKED.get(_plain(header))


@dataclass(frozen=True)
class Months:
    """Headers that are months, the format in which they are written, and an expression that fits them."""

    headers: tuple[str, ...]
    form: str
    expression: str


def month_columns(headers: list[str]) -> Months | None:
    """The headers that are months. None if there are fewer than three."""
    texts = pl.Series(headers, dtype=pl.String)
    read = {form: texts.filter(_days(texts, form).is_not_null()).to_list() for form in MONTHS}
    form = max(MONTHS, key=lambda form: len(read[form]))
    if len(read[form]) < FEWEST_MONTHS:
        return None
    expression = re.sub(r"%[a-zA-Z]", lambda directive: IN_AN_EXPRESSION[directive[0]], form)
    return Months(tuple(read[form]), form, expression)


def known_words(contract: Contract) -> set[str]:
    """The words that headers of a source may have."""
    return {
        word for column in contract.columns for called in _called(column) for word in called.split() if len(word) > 2 or word in ("id",)
    }


def date_formats(texts: pl.Series) -> list[list[str]]:
    """The formats in which the texts are dates: one list for each way of writing, with every format that fits it.

    A list has several formats if the order of day and month cannot be told. It is empty if some of the texts are no dates.
    """
    left = _seen(texts)
    if left.len() and all(SERIAL.fullmatch(text) for text in left.to_list()):
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
    """The dates among the texts that systems write where there is no date."""
    found = texts.unique()
    days = _days(found, form).to_list()
    return sorted(text for text, day in zip(found.to_list(), days, strict=True) if day and (day.year, day.month, day.day) in NO_DATES)


def currency(columns: dict[str, pl.Series]) -> str | None:
    """The sign of amounts that are not in pounds."""
    return next(
        (sign for sign in CURRENCIES for texts in columns.values() if texts.head(LOOKED_AT).str.contains(sign, literal=True).any()), None
    )


def has_decimal_comma(columns: dict[str, pl.Series]) -> bool:
    """Whether the numbers are written like 1.234,50:

    most numbers of a column have a comma before their last digits, and none has a point there.
    """
    return any(_share(texts, COMMA_NUMBER) > 0.5 and not texts.str.contains(r",\d{3}\.").any() for texts in columns.values() if texts.len())


def words_of_numbers(texts: pl.Series) -> list[str]:
    """The words that stand for numbers in a column with few words."""
    seen = _seen(texts).to_list()
    return sorted(seen) if seen and len(seen) <= MOST_WORDS and not any(any(sign.isdigit() for sign in text) for text in seen) else []


def missing_texts(columns: dict[str, pl.Series]) -> list[str]:
    """The texts among the values that mean nothing."""
    return sorted({text for texts in columns.values() for text in texts.filter(texts.str.to_lowercase().is_in(MISSING)).unique().to_list()})


def code_for(value: str, column: Column) -> tuple[str, bool] | None:
    """The contract's code that a value means, and whether that is sure: the words are those of the code, or only similar."""
    words = _plain(value)
    named = {_plain(code.value): code.value for code in column.labelled_codes} | {
        _plain(code.label): code.value for code in column.labelled_codes
    }
    if words in named:
        return named[words], True
    near = difflib.get_close_matches(words, list(named), 1, 0.85)
    return (named[near[0]], False) if near else None


def _called(column: Column) -> list[str]:
    return [_plain(name) for name in (column.name, column.title, *CALLED.get(column.name, "").split(",")) if name]


def _likeness(header: str, column: Column) -> float:
    """How well a name fits: 1 for the column's own name or title, less for what systems call it, and less again for a similar name."""
    words = _plain(header)
    if words in (_plain(column.name), _plain(column.title or "")):
        return 1.0
    if words in _called(column) and column.name.endswith("_id") and words.split()[-1] in NUMBERING:
        return 0.995
    return max(
        (0.99 if name == words else ALIKE * difflib.SequenceMatcher(None, words, name).ratio() for name in _called(column)), default=0.0
    )


def _plain(text: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", spaced.lower()))


def _score(likeness: float, texts: pl.Series, column: Column) -> float:
    """How likely a header is that of a column. The very name counts even if the values are of another kind."""
    if likeness < ENOUGH:
        return 0.0
    return max(likeness * _kind_fits(texts, column), SAME_NAME if likeness >= SAME_WORDS else 0.0)


def _kind_fits(texts: pl.Series, column: Column) -> float:
    """1 if the values are of the column's kind or there are none. Less if they are of another kind."""
    seen = _seen(texts)
    if seen.is_empty():
        return 0.9
    if column.logical_type == "date":
        return 1.0 if date_formats(texts) else 0.5
    if column.logical_type in ("number", "integer"):
        # If one column has the number itself, another column with words for it is not needed.
        return 1.0 if _share(seen, NUMBER_LIKE) > 0.9 else 0.98 if words_of_numbers(texts) else 0.5
    if column.logical_type == "boolean":
        return 1.0 if all(text.lower() in (*YES, *NO) for text in seen.to_list()) else 0.6
    return 0.6 if date_formats(texts) not in ([], [[EXCEL_SERIAL]]) else 1.0


def _seen(texts: pl.Series) -> pl.Series:
    """The different texts among the first ones, without those that mean nothing."""
    seen = texts.head(LOOKED_AT).unique(maintain_order=True)
    return seen.filter(~seen.str.to_lowercase().is_in(MISSING))


def _share(texts: pl.Series, kind: re.Pattern[str]) -> float:
    plain = [re.sub(r"[$€£\s]", "", text) for text in texts.head(LOOKED_AT).to_list()]
    return sum(kind.fullmatch(text) is not None for text in plain) / len(plain) if plain else 0.0


def _days(texts: pl.Series, form: str) -> pl.Series:
    """The texts as days, by the engine that will read them. Empty if one is no day, or if its year has too few digits."""
    found = texts.to_frame("text").select(days(pl.col("text"), [form], None)).to_series()
    return found.set(found.dt.year() < EARLIEST, None)
