"""Is an extract of training believable, and are its people known?"""

from expectations.rules import Rule, delivery_rules, holds
from expectations.source import SourceChecks

WHERE = "learning system, attempts of the month"

# How many attempts a month has depends on which courses were offered, so it is not compared with the month before.
RULES = (
    *delivery_rules("TRN", WHERE),
    Rule(
        rule_id="TRN-005",
        severity="warn",
        says="An attempt is dated after the month that the extract is of",
        fix="Learning system, Attendance: a booking is not an attempt; correct the date",
        expects=holds("not_after_the_month"),
    ),
    Rule(
        rule_id="TRN-006",
        severity="note",
        says="Training of somebody who is not in staff in post of the month",
        fix="Learning system, Learner, Payroll number; agency workers and partners need not be corrected",
        expects=holds("known_to_hr"),
        reads=("hr_assignments",),
    ),
)

TRAINING = SourceChecks(
    source="training",
    rules=RULES,
    columns={"person_key": "varchar", "recorded_date": "date"},
    rows="""
        select
            delivery_id,
            source_row,
            recorded_date <= month_end as not_after_the_month,
            exists (
                select 1
                from hr_assignments as hr
                where
                    hr.period = delivery.period
                    and hr.person_key = received.person_key
                    and hr.start_date <= month_end
                    and coalesce(hr.end_date >= month_start, true)
            ) as known_to_hr
        from received
        join delivery using (delivery_id)
    """,
    figures="select delivery_id, count(*) as attempts from received group by delivery_id",
)
