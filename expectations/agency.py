"""Is an extract of agency bookings believable, and does it agree with the establishment?"""

from expectations.rules import Rule, between, change_rules, delivery_rules, holds
from expectations.source import SourceChecks

MOST_FTE_OF_A_WORKER = 1.0001  # full time; booked hours over standard hours come rounded

WHERE = "agency system, bookings report"

RULES = (
    *delivery_rules("AGY", WHERE),
    *change_rules("AGY-005", "bookings", "The number of bookings in place", WHERE),
    *change_rules("AGY-006", "fte", "The FTE of agency workers in place", WHERE),
    Rule(
        rule_id="AGY-007",
        severity="warn",
        says="An agency worker is booked for more than one FTE in all bookings together",
        fix="Agency system, Booking screen: end the booking that was replaced, or correct Hours a week",
        expects=between("fte_of_worker", most=MOST_FTE_OF_A_WORKER),
    ),
    Rule(
        rule_id="AGY-008",
        severity="warn",
        says="A booking covers a vacancy and names no post: the vacancy it covers cannot be told",
        fix="Agency system, Booking screen, Post: enter the number of the vacant post",
        expects=holds("vacancy_names_post"),
    ),
    Rule(
        rule_id="AGY-009",
        severity="warn",
        says="A booking covers a post that the establishment of the month does not have",
        fix="Agency system, Booking screen, Post; or have the post added to the establishment",
        expects=holds("post_in_establishment"),
        reads=("establishment",),
    ),
)

IN_PLACE = "start_date <= month_end and coalesce(end_date > month_end, true)"

AGENCY = SourceChecks(
    source="agency",
    rules=RULES,
    columns={
        "agency_worker_key": "varchar",
        "post_id": "varchar",
        "cover_reason": "varchar",
        "weekly_hours": "double",
        "standard_hours": "double",
        "start_date": "date",
        "end_date": "date",
    },
    rows=f"""
        with of_the_month as (
            select received.*, period, weekly_hours / standard_hours as fte, {IN_PLACE} as in_place
            from received
            join delivery using (delivery_id)
        )

        select
            delivery_id,
            source_row,
            case when in_place then sum(case when in_place then fte end) over (partition by delivery_id, agency_worker_key) end as fte_of_worker,
            case when in_place and cover_reason = 'vacancy' then post_id is not null end as vacancy_names_post,
            case when in_place and post_id is not null then (period, post_id) in (select (period, post_id) from establishment) end
                as post_in_establishment
        from of_the_month
    """,
    figures=f"""
        select delivery_id, count(*) as bookings, sum(weekly_hours / standard_hours) as fte
        from received
        join delivery using (delivery_id)
        where {IN_PLACE}
        group by delivery_id
    """,
    compared_figures=("bookings", "fte"),
)
