"""Is an extract of absences believable, and does it agree with staff in post?"""

from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.delivery_frame import LONGEST_GAP
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import change_rules, delivery_rules, same_again_rule

MOST_FALL = 0.5  # sickness doubles from summer to winter over several months, not within one
MOST_RISE = 2.0
MOST_NOT_EMPLOYED_SHARE = 0.25
LEAST_NOT_EMPLOYED = 3
LEAST_OF_DAYS, MOST_OF_DAYS = 0.2, 4.0  # hours instead of days are seven times as many; a column of zeros is none
LEAST_ABSENCES = 10  # with fewer, the end of one long absence removes most of the days
LONGEST_ABSENCE = 36
MOST_ROUNDING = 0.5

WHERE = "absence system, monthly absence report"

RULES = (
    *delivery_rules("ABS", WHERE),
    *change_rules("ABS-005", "absences", "The number of absences", WHERE, most_fall=MOST_FALL, most_rise=MOST_RISE),
    Rule(
        rule_id="ABS-006",
        severity="warn",
        says="An absence is outside the month of the extract",
        fix="Absence system, Absence screen, Start and End. Or check the dates with which the report was run",
        expects=holds("in_the_month"),
    ),
    Rule(
        rule_id="ABS-007",
        severity="warn",
        says="An absence is for somebody who was not employed in the month, by staff in post",
        fix="Absence system, Absence screen: end the absence on the last day worked. Or correct the dates in the HR system",
        expects=holds("employed"),
        reads=("hr_assignments",),
    ),
    same_again_rule("ABS-008", "hold", WHERE, indicators=("absence_rate",)),
    Rule(
        rule_id="ABS-009",
        severity="hold",
        says="More than {most:.0%} of the absences are for people who were not employed in the month, by staff in post",
        fix="Compare the employee numbers of both reports: absence system, Employee number; HR system, Employee number",
        expects=between("not_employed_share", most=MOST_NOT_EMPLOYED_SHARE),
        of="deliveries",
        reads=("hr_assignments",),
        counted_in="not_employed",
        indicators=("absence_rate",),
    ),
    Rule(
        rule_id="ABS-010",
        severity="warn",
        says="A person has two absences of the same kind on the same day",
        fix="Absence system, Absence screen, Start and End: end the first before the second begins",
        expects=holds("no_overlap"),
    ),
    Rule(
        rule_id="ABS-011",
        severity="warn",
        says="Days lost are more than the working days of the absence in the month",
        fix="Absence system, Absence screen, Days: give only the days in this month, not of the whole absence",
        expects=between("days_above_calendar", most=MOST_ROUNDING),
    ),
    Rule(
        rule_id="ABS-012",
        severity="hold",
        says="The days lost fell by more than {fall:.0%} or became more than {most:g} times what they were since the month before",
        fix="Absence system, monthly absence report: check the column of days lost. It must be in days, not in hours",
        expects=between("days_lost_change", LEAST_OF_DAYS, MOST_OF_DAYS),
        of="deliveries",
        indicators=("absence_rate",),
    ),
    Rule(
        rule_id="ABS-013",
        severity="warn",
        says="An absence has no days lost",
        fix="Absence system, Absence screen, Days: the person's working pattern is missing",
        expects=between("days_lost", least=0.01),
    ),
    Rule(
        rule_id="ABS-014",
        severity="warn",
        says="An absence has lasted more than {most:g} months. It may have ended without an end date",
        fix="Absence system, Absence screen, End",
        expects=between("months_absent", most=LONGEST_ABSENCE),
    ),
)

ABSENCE = SourceChecks(
    source="absence",
    rules=RULES,
    columns={"person_key": "varchar", "absence_type": "varchar", "start_date": "date", "end_date": "date", "fte_days_lost": "double"},
    subject="person_key",
    rows="""
        with of_the_month as (
            select
                delivery_id,
                source_row,
                period,
                person_key,
                absence_type,
                fte_days_lost,
                start_date,
                end_date,
                month_end,
                start_date <= month_end and coalesce(end_date >= month_start, true) as in_the_month,
                greatest(start_date, month_start) as first_day,
                least(coalesce(end_date, month_end), month_end) as last_day
            from received
            join delivery using (delivery_id)
        )

        select
            delivery_id,
            source_row,
            in_the_month,
            case
                when in_the_month then exists (
                    select 1
                    from hr_assignments as hr
                    where
                        hr.period = of_the_month.period
                        and hr.person_key = of_the_month.person_key
                        and hr.start_date <= of_the_month.last_day
                        and coalesce(hr.end_date >= of_the_month.first_day, true)
                )
            end as employed,
            case
                when in_the_month
                    then coalesce(
                        first_day > max(last_day) over (
                            partition by delivery_id, person_key, absence_type order by first_day, last_day, source_row
                            rows between unbounded preceding and 1 preceding
                        ),
                        true
                    )
            end as no_overlap,
            case when in_the_month then fte_days_lost - (datediff('day', first_day, last_day) + 1) end as days_above_calendar,
            case when absence_type = 'sickness' and in_the_month and datediff('day', first_day, last_day) >= 3 then fte_days_lost end as days_lost,
            case when end_date is null then datediff('month', start_date, month_end) end as months_absent
        from of_the_month
    """,
    figures=f"""
        with
        employed as (
            select distinct period, person_key from hr_assignments -- somebody may have two assignments
        ),
        months as (select distinct period from hr_assignments)

        select
            received.delivery_id,
            count(*) as absences,
            case when count(months.period) > 0 then count(*) filter (employed.person_key is null) end as not_employed,
            case
                when count(months.period) = 0 then null
                when count(*) filter (employed.person_key is null) >= {LEAST_NOT_EMPLOYED}
                    then count(*) filter (employed.person_key is null) / count(*)
                else 0
            end as not_employed_share
        from received
        join delivery using (delivery_id)
        left join months on delivery.period = months.period
        left join employed on delivery.period = employed.period and received.person_key = employed.person_key
        group by received.delivery_id
    """,
    compared_figures=("absences",),
    against_previous=f"""
        with of_delivery as (
            select delivery_id, count(*) as absences, sum(fte_days_lost) as days_lost
            from received
            group by delivery_id
        )

        select
            compared.delivery_id,
            case
                when previous.absences >= {LEAST_ABSENCES} and months_between <= {LONGEST_GAP}
                    then coalesce(now.days_lost, 0) / nullif(previous.days_lost, 0)
            end as days_lost_change
        from compared
        join of_delivery as previous on compared.previous_id = previous.delivery_id
        left join of_delivery as now on compared.delivery_id = now.delivery_id
    """,
    named={
        "not_employed": """
            select delivery_id, delivery_id as in_delivery, source_row, person_key as subject, null as value
            from received
            join delivery using (delivery_id)
            where (period, person_key) not in (select (period, person_key) from hr_assignments)
        """,
    },
    least_same=5,  # two months never have the same absences
)
