"""Is an extract of payroll believable, and does it pay those whom staff in post employs?"""

from expectations.rules import Rule, between, change_rules, delivery_rules
from expectations.source import SourceChecks

LEAST_SHARE_OF_HR = 0.9  # both come from one system in most councils; a tenth is another pay group or another service
MOST_SHARE_OF_HR = 1.1

WHERE = "payroll system, elements paid in the month"

RULES = (
    *delivery_rules("PAY", WHERE),
    *change_rules("PAY-005", "people", "The number of people paid", WHERE),
    Rule(
        rule_id="PAY-006",
        severity="warn",
        says="The number of people paid and the number of people in staff in post differ by more than a tenth",
        fix="Compare the pay groups and services that both extracts are of; agency workers are in neither",
        expects=between("people_against_hr", LEAST_SHARE_OF_HR, MOST_SHARE_OF_HR),
        of="deliveries",
        reads=("hr_assignments",),
    ),
)

PAYROLL = SourceChecks(
    source="payroll",
    rules=RULES,
    columns={"person_key": "varchar"},
    figures="""
        with employed as (
            select delivery.delivery_id, count(distinct hr.person_key) as people
            from hr_assignments as hr
            join delivery on delivery.period = hr.period
            where hr.start_date <= month_end and coalesce(hr.end_date >= month_start, true)
            group by delivery.delivery_id
        )

        select
            delivery_id,
            count(distinct received.person_key) as people,
            count(distinct received.person_key) / any_value(employed.people) as people_against_hr
        from received
        left join employed using (delivery_id)
        group by delivery_id
    """,
    compared_figures=("people",),
)
