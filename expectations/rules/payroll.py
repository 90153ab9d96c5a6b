"""Is an extract of payroll believable, and does it pay the people in staff in post?"""

from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import change_rules, delivery_rules, same_again_rule, year_rule

LEAST_SHARE_OF_HR = 0.9  # in most councils both come from one system; a tenth less means another pay group or service
MOST_SHARE_OF_HR = 1.1
MOST_FTE_OF_A_PERSON = 1.0001
MOST_TIMES_MEDIAN = 6.0  # a director's pay is four times a social worker's

BASIC = "basic_pay"
WHERE = "payroll system, elements paid in the month"

RULES = (
    *delivery_rules("PAY", WHERE),
    *change_rules("PAY-005", "people", "The number of people paid", WHERE),
    Rule(
        rule_id="PAY-006",
        severity="warn",
        says="The number of people paid is less than {least:.0%} or more than {most:.0%} of the people in staff in post",
        fix="Compare the pay groups and services in both extracts. Agency workers are in neither",
        expects=between("people_against_hr", LEAST_SHARE_OF_HR, MOST_SHARE_OF_HR),
        of="deliveries",
        reads=("hr_assignments",),
    ),
    Rule(
        rule_id="PAY-007",
        severity="warn",
        says="The FTE paid is less than {least:.0%} or more than {most:.0%} of the FTE in staff in post",
        fix="Payroll system, Paid FTE or hours; HR system, Position screen, Contracted hours: find people whose FTE differs",
        expects=between("fte_against_hr", LEAST_SHARE_OF_HR, MOST_SHARE_OF_HR),
        of="deliveries",
        reads=("hr_assignments",),
    ),
    same_again_rule("PAY-008", "block", WHERE),
    Rule(
        rule_id="PAY-009",
        severity="warn",
        says="Somebody is paid who is not in staff in post of the month",
        fix="HR system: enter the assignment. Or payroll system: stop the pay of somebody who left",
        expects=holds("employed"),
        reads=("hr_assignments",),
    ),
    Rule(
        rule_id="PAY-010",
        severity="warn",
        says="Somebody is paid for more than {most:.3g} FTE",
        fix="Payroll system, Paid FTE: end the pay of the assignment that was replaced",
        expects=between("fte_of_person", most=MOST_FTE_OF_A_PERSON),
    ),
    Rule(
        rule_id="PAY-011",
        severity="warn",
        says="A monthly basic pay is more than {most:g} times the median. It may be a year's pay, or have a decimal point in the wrong place",
        fix="Payroll system, Elements paid, Amount",
        expects=between("times_median", most=MOST_TIMES_MEDIAN),
    ),
    Rule(
        rule_id="PAY-012",
        severity="warn",
        says="Basic pay for the month is below 0",
        fix="Payroll system, Elements paid: enter a recovery under its own element",
        expects=between("basic_pay", least=0),
    ),
    *change_rules("PAY-013", "amount", "The amount paid", WHERE),
    year_rule("PAY-014", "people", "The number of people paid", WHERE),
    Rule(
        rule_id="PAY-015",
        severity="warn",
        says="An element is paid twice to the same person with the same amount",
        fix="Payroll system, Elements paid: remove the repeated payment",
        expects=holds("paid_once"),
    ),
)

PAYROLL = SourceChecks(
    source="payroll",
    rules=RULES,
    columns={"person_key": "varchar", "element": "varchar", "paid_fte": "double", "amount": "double"},
    subject="person_key",
    rows=f"""
        with
        employed as (
            select distinct hr.period, hr.person_key -- somebody may have two assignments
            from hr_assignments as hr
            join delivery on delivery.period = hr.period
            where hr.start_date <= month_end and coalesce(hr.end_date >= month_start - 31, true)
        ),
        basic as (
            select delivery_id, median(amount) as middle
            from received
            where element = '{BASIC}' and amount > 0
            group by delivery_id
            having count(*) >= 20
        )

        select
            received.delivery_id,
            received.source_row,
            case when element = '{BASIC}' then employed.person_key is not null end as employed,
            case
                when element = '{BASIC}'
                    then sum(case when element = '{BASIC}' then paid_fte end) over (partition by received.delivery_id, received.person_key)
            end as fte_of_person,
            case when element = '{BASIC}' then amount / basic.middle end as times_median,
            case when element = '{BASIC}' then amount end as basic_pay,
            count(*) over (partition by received.delivery_id, received.person_key, element, amount, paid_fte) = 1 as paid_once
        from received
        join delivery on received.delivery_id = delivery.delivery_id
        left join employed on delivery.period = employed.period and received.person_key = employed.person_key
        left join basic on received.delivery_id = basic.delivery_id
    """,
    figures=f"""
        with employed as (
            select delivery.delivery_id, count(distinct hr.person_key) as people, sum(hr.fte) as fte
            from hr_assignments as hr
            join delivery on delivery.period = hr.period
            where
                hr.start_date <= month_end
                and coalesce(hr.end_date >= month_start, true)
                and coalesce(hr.effective_from <= month_end, true)
                and coalesce(hr.effective_to >= month_end, true)
            group by delivery.delivery_id
        )

        select
            delivery_id,
            count(distinct received.person_key) as people,
            sum(amount) as amount,
            count(distinct received.person_key) / any_value(employed.people) as people_against_hr,
            sum(case when element = '{BASIC}' then paid_fte end) / any_value(employed.fte) as fte_against_hr
        from received
        left join employed using (delivery_id)
        group by delivery_id
    """,
    compared_figures=("people", "amount"),
    least_same=250,  # a hundred people have some 250 elements, and one of them changes in a month
)
