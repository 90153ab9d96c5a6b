"""Is an extract of caseloads believable, and are its workers known?"""

from expectations.rules import Rule, between, change_rules, delivery_rules, holds
from expectations.source import SourceChecks

MOST_TIMES_MEDIAN = 3.0  # nobody carries three times what colleagues carry: a duty or review list under one worker's name
LEAST_CASES = 30  # below 30 cases a worker is no outlier, whatever the median

WHERE = "case system, caseload report"

RULES = (
    *delivery_rules("CAS", WHERE),
    *change_rules("CAS-005", "holders", "The number of workers who hold cases", WHERE),
    *change_rules("CAS-006", "cases", "The number of cases", WHERE),
    Rule(
        rule_id="CAS-007",
        severity="warn",
        says=f"A worker has more than {MOST_TIMES_MEDIAN:.0f} times the cases of the worker in the middle",
        fix="Case system, allocations of the worker: move cases that are parked under one name",
        expects=between("times_median", most=MOST_TIMES_MEDIAN),
    ),
    Rule(
        rule_id="CAS-008",
        severity="warn",
        says="Cases are with an employee who is not in staff in post of the month",
        fix="Case system, Worker details, Payroll number; or reallocate the cases of somebody who left",
        expects=holds("known_to_hr"),
        reads=("hr_assignments",),
    ),
    Rule(
        rule_id="CAS-009",
        severity="warn",
        says="Cases are with an agency worker who has no booking in the month",
        fix="Case system, Worker details, Agency number; or reallocate the cases of somebody who left",
        expects=holds("known_to_agency"),
        reads=("agency",),
    ),
)

CASELOAD = SourceChecks(
    source="caseload",
    rules=RULES,
    columns={"person_key": "varchar", "agency_worker_key": "varchar", "unallocated_in_team": "varchar", "cases": "integer"},
    rows=f"""
        select
            delivery_id,
            source_row,
            case
                when cases >= {LEAST_CASES}
                    then cases / median(case when cases > 0 then cases end) over (partition by delivery_id)
            end as times_median,
            case
                when cases > 0 and person_key is not null
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
                    then (period, agency_worker_key) in (select (period, agency_worker_key) from agency)
            end as known_to_agency
        from received
        join delivery using (delivery_id)
        where unallocated_in_team is null
    """,
    figures="""
        select
            delivery_id,
            count(*) filter (cases > 0 and unallocated_in_team is null) as holders,
            coalesce(sum(cases) filter (unallocated_in_team is null), 0) as cases
        from received
        group by delivery_id
    """,
    compared_figures=("holders", "cases"),
)
