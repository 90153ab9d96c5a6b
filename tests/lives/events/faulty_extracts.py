"""What extracts do wrong: rows that are missing or rejected."""

from __future__ import annotations

from tests.lives.days import DAY, first_day, month_of
from tests.lives.life import Assignment
from tests.lives.walk import Walk, of_a_newcomer, of_somebody_in_post


@of_somebody_in_post
def missing_from_one_extract(walk: Walk, job: Assignment) -> None:
    month = month_of(walk.wait(30))
    job.hidden |= {month}
    walk.tell(f"missing from the extract of {month}, though at work")
    walk.now = first_day(month + 2)


@of_somebody_in_post
def missing_while_paid(walk: Walk, job: Assignment) -> None:
    month = month_of(walk.wait(30))
    job.hidden |= {month} if walk.rng.random() < 0.5 else {month, month + 1}
    walk.life.paid.setdefault(walk.employee, set()).update({month, month + 1})
    walk.tell(f"missing from extracts {sorted(job.hidden)} while payroll pays")
    walk.now = first_day(month + 3)


@of_somebody_in_post
def missing_while_absent(walk: Walk, job: Assignment) -> None:
    month = month_of(walk.wait(30))
    job.hidden |= {month}
    walk.life.absences.append((walk.employee, first_day(month) - walk.rng.randint(0, 40) * DAY, None))
    walk.tell(f"missing from the extract of {month} while an absence is open")
    walk.now = first_day(month + 2)


@of_somebody_in_post
def gone_but_paid_once_more(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    walk.leave(job, day, "resignation")
    job.ends_told = {}
    job.listed_to = month_of(day) - 1
    walk.life.paid.setdefault(walk.employee, set()).add(month_of(day))
    walk.tell("gone without an end date, and paid once more")


@of_somebody_in_post
def row_rejected(walk: Walk, job: Assignment) -> None:
    month = month_of(walk.wait(30))
    job.rejected[month] = walk.rng.choice(("number", "number", "person", "nothing"))
    walk.tell(f"the row of {month} is rejected; of it {job.rejected[month]} can be read")
    if walk.rng.random() < 0.4:
        walk.leave(job, first_day(month + 1) + 10 * DAY)
        job.ends_told, job.listed_to = {}, month
        walk.tell("no later extract has the row")
    walk.now = first_day(month + 2)


@of_a_newcomer
def first_row_rejected(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin="not_known")
    walk.job.rejected[month_of(start)] = "number"
    walk.tell(f"the first row, of {month_of(start)}, is rejected")
    walk.now = first_day(month_of(start) + 2)
