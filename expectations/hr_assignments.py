"""Is an extract of staff in post believable, and does it agree with the establishment?"""

from expectations.rules import Rule, between, change_rules, delivery_rules, holds, present
from expectations.source import SourceChecks

MOST_FTE_OF_A_PERSON = 1.0001  # full time; the rest is rounding of two part posts
LONGEST_SINCE_END = 3  # months: a leaver is recorded one month late, rarely two; older ones mean that the filter on leavers is off
MOST_GONE_WITHOUT_END = 0  # every leaver should be seen once with an end date

WHERE = "HR system, staff in post report"

RULES = (
    *delivery_rules("HR", WHERE, empty="block"),
    *change_rules("HR-005", "assignments", "The number of assignments in post", WHERE, blocks=True),
    *change_rules("HR-006", "fte", "The FTE in post", WHERE, blocks=True),
    Rule(
        rule_id="HR-007",
        severity="warn",
        says="A person has more than one FTE in all assignments together",
        fix="HR system, Position screen, Contracted hours: end the assignment that was replaced, or correct the hours",
        expects=between("fte_of_person", most=MOST_FTE_OF_A_PERSON),
    ),
    Rule(
        rule_id="HR-008",
        severity="warn",
        says="FTE is missing: the person is counted as a head and left out of every FTE",
        fix="HR system, Position screen, Contracted hours",
        expects=present("fte"),
    ),
    Rule(
        rule_id="HR-009",
        severity="warn",
        says=f"An assignment that ended more than {LONGEST_SINCE_END} months ago is in the extract of those in post",
        fix="HR system, staff in post report: leave out those who ended before the month",
        expects=between("months_since_end", most=LONGEST_SINCE_END),
    ),
    Rule(
        rule_id="HR-010",
        severity="warn",
        says="Somebody was in post last month, and is gone this month without an end date",
        fix="HR system, Termination screen: enter the last day and the reason, and send the extract again",
        expects=between("gone_without_end", most=MOST_GONE_WITHOUT_END),
        of="deliveries",
        counted_in="gone_without_end",
    ),
    Rule(
        rule_id="HR-011",
        severity="warn",
        says="Somebody in post is in a team that the establishment of the month does not have",
        fix="HR system, Position screen, Team; or have the team added to the establishment",
        expects=holds("team_in_establishment"),
        reads=("establishment",),
    ),
    Rule(
        rule_id="HR-012",
        severity="warn",
        says="Somebody in post holds a post that the establishment of the month does not have",
        fix="HR system, Position screen, Position number; or have the post added to the establishment",
        expects=holds("post_in_establishment"),
        reads=("establishment",),
    ),
)

# In post at the month end, by the dates of the assignment; a history also says which of its rows held that day.
IN_POST = """
    start_date <= month_end and coalesce(end_date > month_end, true)
    and coalesce(effective_from <= month_end, true) and coalesce(effective_to >= month_end, true)
"""

HR_ASSIGNMENTS = SourceChecks(
    source="hr_assignments",
    rules=RULES,
    columns={
        "person_key": "varchar",
        "assignment_key": "varchar",
        "post_id": "varchar",
        "team_id": "varchar",
        "fte": "double",
        "start_date": "date",
        "end_date": "date",
        "effective_from": "date",
        "effective_to": "date",
    },
    rows=f"""
        with of_the_month as (
            select received.*, period, month_end, delivers, {IN_POST} as in_post
            from received
            join delivery using (delivery_id)
            where coalesce(effective_from <= month_end, true) and coalesce(effective_to >= month_start, true)
        )

        select
            delivery_id,
            source_row,
            fte,
            case when in_post then sum(case when in_post then fte end) over (partition by delivery_id, person_key) end as fte_of_person,
            case when delivers = 'snapshot' then datediff('month', end_date, month_end) end as months_since_end,
            case when in_post then (period, team_id) in (select (period, team_id) from establishment) end as team_in_establishment,
            case when in_post then (period, post_id) in (select (period, post_id) from establishment) end as post_in_establishment
        from of_the_month
    """,
    figures=f"""
        select delivery_id, count(*) as assignments, sum(fte) as fte
        from received
        join delivery using (delivery_id)
        where {IN_POST}
        group by delivery_id
    """,
    against_previous="""
        with gone as (
            select compared.delivery_id, count(*) as people
            from compared
            join delivery using (delivery_id)
            join received as previous on previous.delivery_id = compared.previous_id
            where
                previous.start_date < delivery.month_start
                and previous.end_date is null
                and (compared.delivery_id, previous.assignment_key) not in (select (delivery_id, assignment_key) from received)
            group by compared.delivery_id
        )

        -- Somebody whose row was rejected is not gone, and HR-003 tells of the row.
        select compared.delivery_id, greatest(coalesce(gone.people, 0) - delivery.rows_rejected, 0) as gone_without_end
        from compared
        join delivery using (delivery_id)
        left join gone using (delivery_id)
        where delivery.delivers = 'snapshot' and compared.months_between = 1
    """,
    compared_figures=("assignments", "fte"),
)
