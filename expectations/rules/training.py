"""Is an extract of training believable, and are its people known?"""

from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import delivery_rules, same_again_rule

MOST_UNKNOWN_SHARE = 0.3  # partners and agency workers are trained too
LEAST_ATTEMPTS = 10
LEAST_OF_USUAL, MOST_OF_USUAL = 0.4, 2.5  # of the middle month: August has half of it, a month of a mandatory course twice
LEAST_MONTHS, LEAST_USUAL = 3, 20  # months needed to know the usual month, and attempts in it
MOST_MONTHS_BEFORE = 12
MOST_SAME_DAY_SHARE = 0.7  # one large event is half a month's training

WHERE = "learning system, attempts of the month"

# The number of attempts in a month depends on the courses offered. So it is compared with the usual month of the year before, not with the last month.
RULES = (
    *delivery_rules("TRN", WHERE),
    Rule(
        rule_id="TRN-005",
        severity="warn",
        says="An attempt is dated after the month of the extract",
        fix="Learning system, Attendance: correct the date. A booking is not an attempt",
        expects=holds("not_after_the_month"),
    ),
    Rule(
        rule_id="TRN-006",
        severity="note",
        says="Training is for somebody who is not in staff in post of the month",
        fix="Learning system, Learner, Payroll number. You do not need to correct agency workers and partners",
        expects=holds("known_to_hr"),
        reads=("hr_assignments",),
    ),
    same_again_rule("TRN-007", "block", WHERE),
    Rule(
        rule_id="TRN-008",
        severity="hold",
        says="More than {most:.0%} of the attempts are for people who are not in staff in post of the month",
        fix="Learning system, Learner, Payroll number: write it as HR does",
        expects=between("unknown_share", most=MOST_UNKNOWN_SHARE),
        of="deliveries",
        reads=("hr_assignments",),
        counted_in="unknown",
        indicators=("training_compliance",),
    ),
    Rule(
        rule_id="TRN-010",
        severity="warn",
        says="An attempt is dated more than {most:g} months before the month of the extract",
        fix="Learning system, Attendance, Date: check the year. You do not need to correct late entries",
        expects=between("months_before", most=MOST_MONTHS_BEFORE),
    ),
    Rule(
        rule_id="TRN-011",
        severity="hold",
        says="No attempt in the month was completed",
        fix="Learning system, Attendance, Outcome: check the column of outcomes, or the mapping's codes",
        expects=between("completed_share", least=0.01),
        of="deliveries",
        indicators=("training_compliance",),
    ),
    Rule(
        rule_id="TRN-012",
        severity="warn",
        says="More than {most:.0%} of the attempts are dated on one day. This is probably the day of entry, not of the course",
        fix="Learning system, Attendance, Date: give the day of the course",
        expects=between("same_day_share", most=MOST_SAME_DAY_SHARE),
        of="deliveries",
    ),
    Rule(
        rule_id="TRN-013",
        severity="warn",
        says="There are fewer than {least:.0%} of the attempts of a usual month of the year before, or more than {most:g} times as many",
        fix=f"Check that the extract has all courses and learners, and each attempt once: {WHERE}",
        expects=between("attempts_of_usual", LEAST_OF_USUAL, MOST_OF_USUAL),
        of="deliveries",
    ),
)

TRAINING = SourceChecks(
    source="training",
    rules=RULES,
    columns={"person_key": "varchar", "course_id": "varchar", "recorded_date": "date", "outcome": "varchar"},
    subject="person_key",
    rows="""
        select
            delivery_id,
            source_row,
            recorded_date <= month_end as not_after_the_month,
            -- The first delivery may bring what was taken in the years before.
            case when period > (select min(period) from delivery) then datediff('month', recorded_date, month_end) end as months_before,
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
    figures=f"""
        with
        known as (
            select distinct period, person_key from hr_assignments -- somebody may have two assignments
        ),
        months as (select distinct period from hr_assignments),
        of_month as (
            select period, max(attempts) as attempts
            from (select period, delivery_id, count(*) as attempts from received join delivery using (delivery_id) group by all)
            group by period
        ),
        -- The first delivery may bring what was taken in the years before; the middle month is not moved by it.
        usual as (
            select delivery.delivery_id, median(of_month.attempts) as attempts
            from delivery
            join of_month
                on of_month.period < delivery.period and of_month.period >= strftime(delivery.month_start - interval 12 months, '%Y-%m')
            group by delivery.delivery_id
            having count(*) >= {LEAST_MONTHS}
        ),
        days as (
            select delivery_id, max(attempts) as attempts
            from (select delivery_id, recorded_date, count(*) as attempts from received group by delivery_id, recorded_date)
            group by delivery_id
        )

        select
            received.delivery_id,
            count(*) as attempts,
            case when any_value(usual.attempts) >= {LEAST_USUAL} then count(*) / any_value(usual.attempts) end as attempts_of_usual,
            case when count(*) >= {LEAST_ATTEMPTS} then count(*) filter (outcome = 'completed') / count(*) end as completed_share,
            case when count(*) >= {LEAST_ATTEMPTS} then any_value(days.attempts) / count(*) end as same_day_share,
            case when count(months.period) > 0 then count(*) filter (known.person_key is null) end as unknown,
            case
                when count(months.period) > 0 and count(*) >= {LEAST_ATTEMPTS}
                    then count(*) filter (known.person_key is null) / count(*)
            end as unknown_share
        from received
        join delivery using (delivery_id)
        join days using (delivery_id)
        left join usual using (delivery_id)
        left join months on delivery.period = months.period
        left join known on delivery.period = known.period and received.person_key = known.person_key
        group by received.delivery_id
    """,
    named={
        "unknown": """
            select delivery_id, delivery_id as in_delivery, source_row, person_key as subject, null as value
            from received
            join delivery using (delivery_id)
            where (period, person_key) not in (select (period, person_key) from hr_assignments)
        """,
    },
    least_same=5,  # nobody takes the same courses on the same days again
)
