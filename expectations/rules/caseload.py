"""Is an extract of caseloads believable, and are its workers known?"""

from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import change_rules, delivery_rules, same_again_rule

MOST_TIMES_MEDIAN = 3.0  # nobody holds three times what colleagues hold: it is a duty or review list under one worker's name
MOST_UNKNOWN_SHARE = 0.1
LEAST_UNKNOWN = 3
LEAST_CASES = 30  # a worker with fewer than 30 cases is not an outlier, whatever the median

WHERE = "case system, caseload report"

RULES = (
    *delivery_rules("CAS", WHERE),
    *change_rules("CAS-005", "holders", "The number of workers who hold cases", WHERE),
    *change_rules("CAS-006", "cases", "The number of cases", WHERE),
    Rule(
        rule_id="CAS-007",
        severity="warn",
        says="A worker has more than {most:g} times as many cases as the median worker",
        fix="Case system, allocations of the worker: move cases that are parked under one name",
        expects=between("times_median", most=MOST_TIMES_MEDIAN),
    ),
    Rule(
        rule_id="CAS-008",
        severity="warn",
        says="Cases are with an employee who is not in staff in post of the month",
        fix="Case system, Worker details, Payroll number. Or reallocate the cases of somebody who left",
        expects=holds("known_to_hr"),
        reads=("hr_assignments",),
    ),
    Rule(
        rule_id="CAS-009",
        severity="warn",
        says="Cases are with an agency worker who has no booking in the month",
        fix="Case system, Worker details, Agency number. Or reallocate the cases of somebody who left",
        expects=holds("known_to_agency"),
        reads=("agency",),
    ),
    same_again_rule("CAS-010", "hold", WHERE, indicators=("caseload",)),
    Rule(
        rule_id="CAS-011",
        severity="hold",
        says="More than {most:.0%} of the cases are with people who are in neither staff in post nor agency bookings",
        fix="Case system, Worker details: use payroll and agency numbers as HR and the agency system write them",
        expects=between("unknown_share", most=MOST_UNKNOWN_SHARE),
        of="deliveries",
        reads=("hr_assignments", "agency"),
        counted_in="unknown_holders",
        indicators=("caseload",),
    ),
    Rule(
        rule_id="CAS-012",
        severity="hold",
        says="The number of cases fell by more than {fall:.0%} or rose by more than {rise:.0%} since the month before",
        fix="Case system, caseload report: include all teams, and only open cases on the last day of the month",
        expects=between("cases_change_sound", 0.6, 1.6),
        of="deliveries",
        indicators=("caseload",),
    ),
    Rule(
        rule_id="CAS-013",
        severity="warn",
        says="Cases are with somebody who left before the end of the month",
        fix="Case system, allocations: reallocate the cases of somebody who left",
        expects=holds("still_here"),
        reads=("hr_assignments",),
    ),
    Rule(
        rule_id="CAS-015",
        severity="warn",
        says="Cases are with somebody who is not registered, by staff in post",
        fix="Case system, allocations. Or HR system, Professional registration screen",
        expects=holds("registered"),
        reads=("hr_assignments",),
    ),
    Rule(
        rule_id="CAS-016",
        severity="warn",
        says="The share of workers without cases rose by more than {most:.0%} of the workers since the month before",
        fix="Case system, caseload report: check the column of open cases",
        expects=between("without_cases_share_rise", most=0.2),
        of="deliveries",
    ),
)

KNOWN = """
    select period, person_key as holder from hr_assignments
    union
    select period, agency_worker_key as holder from agency
"""

CASELOAD = SourceChecks(
    source="caseload",
    rules=RULES,
    columns={"person_key": "varchar", "agency_worker_key": "varchar", "unallocated_in_team": "varchar", "cases": "integer"},
    subject="coalesce(person_key, agency_worker_key)",
    rows=f"""
        select
            received.delivery_id,
            source_row,
            case
                when cases >= {LEAST_CASES}
                    then cases / median(case when cases > 0 then cases end) over (partition by received.delivery_id)
            end as times_median,
            case
                when cases > 0 and received.person_key is not null
                    then exists (
                        select 1
                        from hr_assignments as hr
                        where
                            hr.period = delivery.period
                            and hr.person_key = received.person_key
                            and hr.start_date <= month_end
                            and coalesce(hr.end_date >= month_start, true)
                    )
            end as known_to_hr,
            case
                when cases > 0 and agency_worker_key is not null
                    then (delivery.period, agency_worker_key) in (select (period, agency_worker_key) from agency)
            end as known_to_agency,
            case when cases > 0 and people.last_day is not null then people.last_day >= month_end end as still_here,
            case when cases > 0 then people.registered end as registered
        from received
        join delivery using (delivery_id)
        left join (
            select
                period,
                person_key,
                max(coalesce(end_date, date '9999-12-31')) as last_day,
                bool_or(registered_social_worker) as registered
            from hr_assignments
            group by period, person_key
        ) as people
            on delivery.period = people.period and received.person_key = people.person_key
        where unallocated_in_team is null
    """,
    figures=f"""
        with
        known as ({KNOWN}),
        months as (
            select period from hr_assignments
            intersect
            select period from agency
        )

        select
            received.delivery_id,
            count(*) filter (cases > 0) as holders,
            sum(cases) as cases,
            avg(case when cases > 0 then 0.0 else 1.0 end) as without_cases_share,
            case when count(months.period) > 0 then count(*) filter (cases > 0 and known.holder is null) end as unknown_holders,
            case
                when count(months.period) = 0 then null
                when count(*) filter (cases > 0 and known.holder is null) >= {LEAST_UNKNOWN}
                    then sum(cases) filter (known.holder is null) / nullif(sum(cases), 0)
                else 0
            end as unknown_share
        from received
        join delivery using (delivery_id)
        left join months on delivery.period = months.period
        left join known on delivery.period = known.period and coalesce(received.person_key, received.agency_worker_key) = known.holder
        where unallocated_in_team is null
        group by received.delivery_id
    """,
    compared_figures=("holders", "cases"),
    compared_shares=("without_cases_share",),
    named={
        "unknown_holders": f"""
            select
                delivery_id,
                delivery_id as in_delivery,
                source_row,
                coalesce(person_key, agency_worker_key) as subject,
                null as value
            from received
            join delivery using (delivery_id)
            left join ({KNOWN}) as known
                on delivery.period = known.period and coalesce(person_key, agency_worker_key) = known.holder
            where unallocated_in_team is null and cases > 0 and known.holder is null
        """,
    },
    least_same=30,  # thirty workers never keep the same number of cases each
)
