"""Is an extract of absences believable, and does it agree with staff in post?"""

from expectations.rules import Rule, change_rules, delivery_rules, holds
from expectations.source import SourceChecks

MOST_FALL = 0.5  # sickness doubles from summer to winter over months, not within one
MOST_RISE = 2.0

# Days lost are not compared: one long absence that begins or ends moves a small council's sum by a third.
WHERE = "absence system, monthly absence report"

RULES = (
    *delivery_rules("ABS", WHERE),
    *change_rules("ABS-005", "absences", "The number of absences", WHERE, most_fall=MOST_FALL, most_rise=MOST_RISE),
    Rule(
        rule_id="ABS-006",
        severity="warn",
        says="An absence lies outside the month that the extract is of",
        fix="Absence system, Absence screen, Start and End; or the dates with which the report was run",
        expects=holds("in_the_month"),
    ),
    Rule(
        rule_id="ABS-007",
        severity="warn",
        says="An absence of somebody who was not employed in the month, by staff in post",
        fix="Absence system, Absence screen: end the absence on the last day worked; or correct the dates in the HR system",
        expects=holds("employed"),
        reads=("hr_assignments",),
    ),
)

ABSENCE = SourceChecks(
    source="absence",
    rules=RULES,
    columns={"person_key": "varchar", "start_date": "date", "end_date": "date"},
    rows="""
        with of_the_month as (
            select
                delivery_id,
                source_row,
                period,
                person_key,
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
            end as employed
        from of_the_month
    """,
    figures="select delivery_id, count(*) as absences from received group by delivery_id",
    compared_figures=("absences",),
)
