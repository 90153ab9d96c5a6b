"""The kinds of fault: what goes wrong in a council's systems, reports and typing."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.extract import Extract, Fault, Row, any_row

HELD, REPORTED = "held", "reported"


def open_ended(row: Row) -> bool:
    return not row["END_DATE"]


def registered(row: Row) -> bool:
    return row["SW_REGISTERED"] == "Y" and open_ended(row)


def each(share: float, change: Callable[[Row], Row], where: Callable[[Row], bool] = any_row) -> Callable[[Extract], None]:
    """Change a share of the rows."""

    def plant(extract: Extract) -> None:
        for row in extract.some(share, where):
            row.update(change(row))

    return plant


def put(share: float, column: str, value: str, where: Callable[[Row], bool] = any_row) -> Callable[[Extract], None]:
    """Write one value into a column of a share of the rows."""
    return each(share, lambda _: {column: value}, where)


def lose(share: float, where: Callable[[Row], bool] = any_row) -> Callable[[Extract], None]:
    return lambda extract: extract.drop(extract.some(share, where))


def last_month(extract: Extract) -> None:
    extract.all_of_the_month_before()


def nobody(extract: Extract) -> None:
    extract.rows = []


def copies(share: float, key: str, where: Callable[[Row], bool] = any_row) -> Callable[[Extract], None]:
    """A share of the rows a second time, under another number."""

    def plant(extract: Extract) -> None:
        for row in extract.some(share, where):
            extract.again(row, **{key: f"{row[key]}X"})

    return plant


def without(column: str) -> Callable[[bytes, bytes], bytes]:
    def spoil(content: bytes, _: bytes) -> bytes:
        return content.replace(column.encode() + b",", b"Something else,", 1)

    return spoil


def of_team(extract: Extract, column: str = "STRUCTURE_UNIT") -> list[Row]:
    """The rows of the largest team."""
    counts: dict[str, list[Row]] = {}
    for row in extract.rows:
        counts.setdefault(row[column], []).append(row)
    return max(counts.values(), key=len)


def team_leaves(extract: Extract) -> None:
    team = [row for row in of_team(extract) if open_ended(row)]
    for row in team[: max(4, len(team) // 3)]:
        row.update(END_DATE="2025-09-15", LEAVING_REASON="Resignation")


def two_full_posts(extract: Extract) -> None:
    row = extract.one(lambda row: open_ended(row) and row["FTE"] == "1.00")
    extract.again(row, ASSIGNMENT_NO=row["ASSIGNMENT_NO"] + "9", POSITION_REF=extract.one(open_ended)["POSITION_REF"])


def twice_in_post(extract: Extract) -> None:
    row = extract.one(open_ended)
    extract.again(row, ASSIGNMENT_NO=row["ASSIGNMENT_NO"] + "9", FTE="0.10")


def shared_registration(extract: Extract) -> None:
    first, second = extract.random.sample([row for row in extract.rows if registered(row)], 2)
    second["SWE_NO"] = first["SWE_NO"]


def under_two_numbers(extract: Extract) -> None:
    row = extract.one(lambda row: open_ended(row) and not row["SWE_NO"])
    extract.again(row, EMPLOYEE_REF="P990001", ASSIGNMENT_NO="P990001-1")


def leaver_without_reason(extract: Extract) -> None:
    extract.one(open_ended).update(END_DATE="2025-09-20", LEAVING_REASON="")


def starter_without_origin(extract: Extract) -> None:
    extract.one(open_ended).update(START_DATE="2025-09-08", UNIT_START_DATE="2025-09-08", PREVIOUS_ROLE="")


def long_gone(extract: Extract) -> None:
    for number, row in enumerate(extract.some(0.05, open_ended)):
        row.update(END_DATE="2024-01-31", LEAVING_REASON="Resignation", ASSIGNMENT_NO=f"{row['ASSIGNMENT_NO']}{number}")


def team_of_two_names(extract: Extract) -> None:
    of_team(extract)[0]["STRUCTURE_UNIT_NAME"] += " (old)"


def team_of_two_services(extract: Extract) -> None:
    of_team(extract)[0].update(PARENT_UNIT="SV99")


def team_gone(extract: Extract) -> None:
    team = extract.rows[0]["STRUCTURE_UNIT"]
    extract.drop([row for row in extract.rows if row["STRUCTURE_UNIT"] == team])


def one_more_booking(extract: Extract) -> None:
    row = extract.one(lambda row: not row["End"])
    extract.again(row, **{"Booking Ref": "OPB-99999"})


def another_council(extract: Extract) -> None:
    """150% more bookings, of workers of another council."""
    for time in (1, 2):
        for row in extract.some(0.75):
            extract.again(row, **{"Booking Ref": f"{row['Booking Ref']}{time}", "Candidate Ref": f"{row['Candidate Ref']}{time}"})


def cancelled_bookings(extract: Extract) -> None:
    extract.drop([row for row in extract.rows if not row["End"]][:5])


def overlap(extract: Extract) -> None:
    row = extract.one(lambda row: row["ABSENCE_TYPE"] == "Sickness" and float(row["FTE_DAYS_LOST"]) >= 1)
    extract.again(row, ABSENCE_REF="A999999")


def of_a_leaver(extract: Extract) -> None:
    extract.again(extract.rows[0], ABSENCE_REF="A999999", EMPLOYEE_REF="P999999")


def holder(row: Row) -> bool:
    """An employee with cases, and not the row of a team's unallocated cases."""
    return bool(row["Payroll Number"]) and not row["Unallocated In Team"] and int(row["Allocated Children"]) > 0


def cases_of_a_leaver(extract: Extract) -> None:
    extract.again(extract.one(holder), **{"Payroll Number": "P999999"})


def worker_twice(extract: Extract) -> None:
    extract.again(extract.one(holder), **{"Allocated Children": "5"})


def attempt_twice(extract: Extract) -> None:
    extract.again(extract.one())


def most_responses_lost(extract: Extract) -> None:
    responses = sorted({row["Response"] for row in extract.rows}, key=int)
    kept = set(responses[: max(12, round(len(responses) * 0.15))])
    extract.rows = [row for row in extract.rows if row["Response"] in kept]


def reasons_no_longer_sent(extract: Extract) -> None:
    extract.one(open_ended).update(END_DATE="2025-09-20")
    for row in extract.rows:
        row["LEAVING_REASON"] = ""


def origins_no_longer_sent(extract: Extract) -> None:
    extract.one(open_ended).update(START_DATE="2025-09-08", UNIT_START_DATE="2025-09-08")
    for row in extract.rows:
        row["PREVIOUS_ROLE"] = ""


def reasons_not_known(extract: Extract) -> None:
    for row in extract.random.sample([row for row in extract.rows if open_ended(row)], 6):
        row.update(END_DATE="2025-09-20", LEAVING_REASON="Not known")


def line_twice(extract: Extract) -> None:
    row = extract.one()
    extract.again(row, Line=f"{row['Line']}-2")


def of_no_booking(extract: Extract) -> None:
    row = extract.one()
    extract.again(row, **{"Line": "L-999999", "Booking Ref": "OPB-99999", "Candidate Ref": "OPW9999"})


def timesheets_missing(extract: Extract) -> None:
    """All lines of a booking that was in place for the whole month (four weeks or more) are missing."""
    weeks: dict[str, list[Row]] = {}
    for row in extract.rows:
        weeks.setdefault(row["Booking Ref"], []).append(row)
    extract.drop(max(weeks.values(), key=len))


def ten_times_the_answers(extract: Extract) -> None:
    extract.rows = [row | {"Response": f"{row['Response']}-{time}"} for time in range(10) for row in extract.rows]


def five_answers(extract: Extract) -> None:
    extract.rows = [row for row in extract.rows if row["Response"] in {"1", "2", "3", "4", "5"}]


def no_eighth_standard(extract: Extract) -> None:
    extract.rows = [row for row in extract.rows if row["Standard"] != "8"]


def a_question_is_lost(extract: Extract) -> None:
    for row in extract.rows:
        if row["Question"] == extract.rows[0]["Question"] and row["Response"] != "1":
            row["Answer"] = ""


def basic(row: Row) -> bool:
    return row["ELEMENT_CODE"] == "BASIC"


def paid_after_leaving(extract: Extract) -> None:
    extract.again(extract.one(basic), EMPLOYEE_REF="P999999")


def paid_twice(extract: Extract) -> None:
    extract.again(extract.one(basic))


def fewer_paid(extract: Extract) -> None:
    people = sorted({row["EMPLOYEE_REF"] for row in extract.rows})
    gone = set(extract.random.sample(people, len(people) // 4))
    extract.rows = [row for row in extract.rows if row["EMPLOYEE_REF"] not in gone]


def hundredfold(row: Row) -> Row:
    return {"AMOUNT": f"{float(row['AMOUNT']) * 100:.2f}"}


def of_another_system(column: str) -> Callable[[Row], Row]:
    return lambda row: {column: f"Z{row[column]}" if row[column] else ""}


def times(column: str, factor: float) -> Callable[[Row], Row]:
    return lambda row: {column: f"{float(row[column]) * factor:.2f}"}


def day_first(row: Row) -> Row:
    year, month, day = row["START_DATE"].split("-")
    return {"START_DATE": f"{day}/{month}/{year}"}


HR, EST, AGY, ABS, CAS, TRN, SUR, PAY, AGI = (
    "hr_assignments",
    "establishment",
    "agency",
    "absence",
    "caseload",
    "training",
    "survey",
    "payroll",
    "agency_invoices",
)

FAULTS = (
    Fault("half of the staff missing", HR, "50% of the rows", HELD, lose(0.5)),
    Fault("a service missing", HR, "20% of the rows", HELD, lose(0.2)),
    Fault("staff counted twice under other assignment numbers", HR, "40% of the rows", HELD, copies(0.4, "ASSIGNMENT_NO")),
    Fault("last month's file under this month's name", HR, "the file", HELD, spoil=lambda _, before: before),
    Fault("last month's rows run with this month's date", HR, "all rows", HELD, last_month),
    Fault("an extract without rows", HR, "all rows", HELD, nobody),
    Fault("the file cut off in the middle", HR, "half of its bytes", HELD, spoil=lambda content, _: content[: len(content) // 2]),
    Fault("another encoding", HR, "the file", HELD, spoil=lambda content, _: content.decode().encode("utf-16")),
    Fault("a column renamed", HR, "start date", HELD, spoil=without("START_DATE")),
    Fault("dates written in another order", HR, "all rows", HELD, each(1, day_first)),
    Fault("FTE column empty", HR, "all rows", HELD, put(1, "FTE", "")),
    Fault("FTE missing for some", HR, "10% of the rows", HELD, put(0.1, "FTE", "")),
    Fault("FTE in hours", HR, "all rows", HELD, put(1, "FTE", "37.00")),
    Fault("leavers left out of the report", HR, "10% gone without an end date", HELD, lose(0.1, open_ended)),
    Fault("posts renumbered in HR alone", HR, "all posts", HELD, each(1, of_another_system("POSITION_REF"))),
    Fault("posts of one service renumbered in HR", HR, "20% of the posts", HELD, each(0.2, of_another_system("POSITION_REF"))),
    Fault("registration missing", HR, "40% of social workers", HELD, put(0.4, "SW_REGISTERED", "N", registered)),
    Fault("a new job title", HR, "10% of the rows", HELD, put(0.1, "JOB_TITLE", "Family Help Lead Practitioner")),
    Fault("start dates overwritten by a data migration", HR, "60% of the rows", HELD, put(0.6, "START_DATE", "2025-09-01")),
    Fault("a person without FTE", HR, "1 row", REPORTED, put(0.001, "FTE", "", open_ended)),
    Fault("a person gone without an end date", HR, "1 row", REPORTED, lose(0.001, open_ended)),
    Fault("an unknown contract code", HR, "1 row", HELD, put(0.001, "CONTRACT_TYPE", "ZERO")),
    Fault("an end before the start", HR, "1 row", REPORTED, put(0.001, "END_DATE", "1999-01-01", open_ended)),
    Fault("a team loses a third of its staff", HR, "4 of the largest team", REPORTED, team_leaves),
    Fault("a person in two full posts", HR, "1 person", REPORTED, two_full_posts),
    Fault("an old assignment not ended", HR, "1 person", REPORTED, twice_in_post),
    Fault("a registration number that is not well formed", HR, "1 row", REPORTED, put(0.001, "SWE_NO", "71/1234E", registered)),
    Fault("a registration number of two people", HR, "2 people", REPORTED, shared_registration),
    Fault("one person under two employee numbers", HR, "1 person", REPORTED, under_two_numbers),
    Fault("no registration number", HR, "1 row", REPORTED, put(0.001, "SWE_NO", "", registered)),
    Fault("a leaver without a reason", HR, "1 row", REPORTED, leaver_without_reason),
    Fault("a starter without an origin", HR, "1 row", REPORTED, starter_without_origin),
    Fault("origins no longer filled in", HR, "20% become not known", REPORTED, put(0.2, "PREVIOUS_ROLE", "Not known")),
    Fault("leaving reasons no longer sent", HR, "the whole column", REPORTED, reasons_no_longer_sent),
    Fault("origins no longer sent", HR, "the whole column", REPORTED, origins_no_longer_sent),
    Fault("registration numbers no longer sent", HR, "the whole column", REPORTED, put(1, "SWE_NO", "")),
    Fault("reasons not known", HR, "6 leavers", REPORTED, reasons_not_known),
    Fault("a start in a year to come", HR, "1 row", REPORTED, put(0.001, "START_DATE", "2028-09-01", open_ended)),
    Fault("a start date too long ago", HR, "1 row", REPORTED, put(0.001, "START_DATE", "1955-01-01", open_ended)),
    Fault("people who left long ago are still in the report", HR, "5% of the rows", REPORTED, long_gone),
    Fault("a start in the team after the month", HR, "1 row", REPORTED, put(0.001, "UNIT_START_DATE", "2025-12-01", open_ended)),
    Fault("a team that the establishment does not have", HR, "1 row", REPORTED, put(0.001, "STRUCTURE_UNIT", "SU9999", open_ended)),
    Fault("posts missing", EST, "30% of the posts", HELD, lose(0.3)),
    Fault("every post listed twice", EST, "all posts, under other numbers", HELD, copies(1, "POSITION_REF")),
    Fault("budgets ten times too high", EST, "5% of the posts", HELD, each(0.05, times("BUDGET_FTE", 10))),
    Fault("posts renumbered in the establishment", EST, "all posts", HELD, each(1, of_another_system("POSITION_REF"))),
    Fault("an establishment without rows", EST, "all rows", HELD, nobody),
    Fault("a post without a team", EST, "1 post", REPORTED, put(0.001, "STRUCTURE_UNIT", "")),
    Fault("a team with two names", EST, "1 post", REPORTED, team_of_two_names),
    Fault("a team in two services", EST, "1 post", REPORTED, team_of_two_services),
    Fault("a team without posts any more", EST, "1 team", REPORTED, team_gone),
    Fault("posts frozen by mistake", EST, "25% of the posts", REPORTED, put(0.25, "POSITION_STATUS", "Frozen")),
    Fault("several posts under one number", EST, "1 post of 5 FTE", REPORTED, put(0.001, "BUDGET_FTE", "5.00")),
    Fault("bookings of one supplier missing", AGY, "60% of the bookings", HELD, lose(0.6)),
    Fault("bookings of another council in the report", AGY, "150% more workers", HELD, another_council),
    Fault("last month's bookings run with this month's date", AGY, "all rows", HELD, last_month),
    Fault("orders instead of posts", AGY, "all posts", HELD, each(1, of_another_system("Position"))),
    Fault("a vacancy without its post", AGY, "1 booking", REPORTED, put(0.001, "Position", "", lambda row: row["Reason"] == "Vacant post")),
    Fault("a day's rate as an hour's", AGY, "1 booking", REPORTED, put(0.001, "Charge Rate", "320.00")),
    Fault("a worker booked twice", AGY, "1 worker", REPORTED, one_more_booking),
    Fault("a booking that was never ended", AGY, "1 booking", REPORTED, put(0.001, "Start", "2015-01-05", lambda row: not row["End"])),
    Fault("no reasons given any more", AGY, "all bookings", REPORTED, put(1, "Reason", "Other")),
    Fault("bookings taken out instead of ended", AGY, "5 bookings", REPORTED, cancelled_bookings),
    Fault("last month's absences run with this month's date", ABS, "all rows", HELD, last_month),
    Fault("employee numbers of another system in absence", ABS, "all rows", HELD, each(1, of_another_system("EMPLOYEE_REF"))),
    Fault("days lost in hours", ABS, "all rows", HELD, each(1, times("FTE_DAYS_LOST", 7.4))),
    Fault("days lost empty", ABS, "0 in all rows", HELD, put(1, "FTE_DAYS_LOST", "0.00")),
    Fault("an absence listed twice", ABS, "1 row", REPORTED, overlap),
    Fault("an absence of somebody who left", ABS, "1 row", REPORTED, of_a_leaver),
    Fault("an absence of next year", ABS, "1 row", REPORTED, each(0.001, lambda _: {"START_DATE": "2026-03-01", "END_DATE": ""})),
    Fault("half of the case holders missing", CAS, "50% of the rows", HELD, lose(0.5)),
    Fault("last month's caseload run with this month's date", CAS, "all rows", HELD, last_month),
    Fault("payroll numbers of another system in caseload", CAS, "30% of the rows", HELD, each(0.3, of_another_system("Payroll Number"))),
    Fault("half of the workers with 0 cases", CAS, "60% of the rows", HELD, put(0.6, "Allocated Children", "0")),
    Fault("a review list under one worker", CAS, "1 worker with 150 cases", REPORTED, put(0.001, "Allocated Children", "150")),
    Fault("a worker in two rows", CAS, "1 worker", REPORTED, worker_twice),
    Fault("cases of a person who left", CAS, "1 worker", REPORTED, cases_of_a_leaver),
    Fault("last month's training run with this month's date", TRN, "all rows", HELD, last_month),
    Fault("payroll numbers of another system in training", TRN, "all rows", HELD, each(1, of_another_system("User ID"))),
    Fault("outcomes missing", TRN, "all rows not attended", HELD, put(1, "Status", "No show")),
    Fault("an attempt listed twice", TRN, "1 row", REPORTED, attempt_twice),
    Fault("a booking recorded as an attempt", TRN, "1 row", REPORTED, put(0.001, "Date Recorded", "2026-01-15")),
    Fault("the day of entry instead of the day of the course", TRN, "all rows", REPORTED, put(1, "Date Recorded", "2025-09-30")),
    Fault("survey answers above the headcount", SUR, "ten times the answers", HELD, ten_times_the_answers),
    Fault("every answer is the default", SUR, "all answers 3", REPORTED, put(1, "Answer", "3")),
    Fault("a standard missing", SUR, "1 of 8", REPORTED, no_eighth_standard),
    Fault("a question missing", SUR, "1 column", REPORTED, a_question_is_lost),
    Fault("an export of only the first answers", SUR, "5 responses", REPORTED, five_answers),
    Fault("last month's payroll run with this month's date", PAY, "all rows", HELD, last_month),
    Fault("a pay group missing", PAY, "25% of the people", REPORTED, fewer_paid),
    Fault("paid FTE doubled", PAY, "all rows", REPORTED, each(1, times("PAID_FTE", 2), lambda row: bool(row["PAID_FTE"]))),
    Fault("paid after leaving", PAY, "1 person", REPORTED, paid_after_leaving),
    Fault("a decimal point in the wrong place", PAY, "1 amount", REPORTED, each(0.001, hundredfold, basic)),
    Fault("an element paid twice", PAY, "1 person", REPORTED, paid_twice),
    Fault("most of the training missing", TRN, "90% of the attempts", REPORTED, lose(0.9)),
    Fault("most responses of a survey missing", SUR, "85% of the responses", REPORTED, most_responses_lost),
    Fault("invoices of one supplier missing", AGI, "60% of the lines", REPORTED, lose(0.6)),
    Fault("a timesheet missing all month", AGI, "1 booking", REPORTED, timesheets_missing),
    Fault("a week invoiced twice", AGI, "1 line", REPORTED, line_twice),
    Fault("an invoice without a booking", AGI, "1 line", REPORTED, of_no_booking),
    Fault("a rate above that of the booking", AGI, "1 line", REPORTED, each(0.001, times("Charge", 1.5))),
    Fault("a month's hours in one week", AGI, "1 line", REPORTED, each(0.001, times("Hours", 4))),
)
