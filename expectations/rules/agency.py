"""Is an extract of agency bookings believable, and does it agree with the establishment?"""

from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import change_rules, delivery_rules, registration_rule, same_again_rule

MOST_FTE_OF_A_WORKER = 1.51  # 55 hours a week can happen with overtime; more means two bookings, of which one was replaced
MOST_FALL, MOST_RISE = 0.7, 1.4  # bookings end and begin by the dozen at a quarter's end
MOST_STRANGE_POSTS_SHARE = 0.25
LEAST_STRANGE_POSTS = 5
LEAST_RATE, MOST_RATE = 10.0, 90.0  # pounds per hour: the minimum wage, and twice what a manager costs
LONGEST_BOOKING = 60  # months

MOST_GONE = 2  # bookings that were cancelled and removed
WHERE = "agency system, bookings report"
AGENCY_RATES = ("agency_rate", "agency_rate_headcount", "agency_cover_rate", "vacancy_agency_cover_rate")

RULES = (
    *delivery_rules("AGY", WHERE),
    *change_rules("AGY-005", "bookings", "The number of bookings in place", WHERE, most_fall=MOST_FALL, most_rise=MOST_RISE),
    *change_rules("AGY-006", "fte", "The FTE of agency workers in place", WHERE, most_fall=MOST_FALL, most_rise=MOST_RISE),
    Rule(
        rule_id="AGY-007",
        severity="warn",
        says="An agency worker is booked for more than {most:g} FTE in all bookings together",
        fix="Agency system, Booking screen: end the booking that was replaced, or correct Hours a week",
        expects=between("fte_of_worker", most=MOST_FTE_OF_A_WORKER),
    ),
    Rule(
        rule_id="AGY-008",
        severity="warn",
        says="A booking covers a vacancy but names no post, so it is not known which vacancy it covers",
        fix="Agency system, Booking screen, Post: enter the number of the vacant post",
        expects=holds("vacancy_names_post"),
    ),
    Rule(
        rule_id="AGY-009",
        severity="warn",
        says="A booking covers a post that the establishment of the month does not have",
        fix="Agency system, Booking screen, Post. Or have the post added to the establishment",
        expects=holds("post_in_establishment"),
        reads=("establishment",),
    ),
    same_again_rule("AGY-010", "hold", WHERE, indicators=AGENCY_RATES),
    Rule(
        rule_id="AGY-011",
        severity="hold",
        says="More than {most:.0%} of the bookings on posts name posts that the establishment of the month does not have",
        fix="Agency system, Booking screen, Post: use the numbers of establishment control, not those of the order",
        expects=between("strange_posts_share", most=MOST_STRANGE_POSTS_SHARE),
        of="deliveries",
        reads=("establishment",),
        counted_in="strange_posts",
        indicators=("vacancy_rate", "vacancy_agency_cover_rate", "agency_cover_rate"),
    ),
    Rule(
        rule_id="AGY-012",
        severity="hold",
        says="The number of agency workers fell by more than {fall:.0%} or became more than {most:g} times what it was since the month before",
        fix="Agency system, bookings report: check that it has all suppliers and services, and each booking once",
        expects=between("workers_change_sound", 0.5, 2.0),
        of="deliveries",
        indicators=AGENCY_RATES,
    ),
    Rule(
        rule_id="AGY-013",
        severity="warn",
        says="A charge rate is below {least:g} or above {most:g} pounds per hour. It may be a daily or weekly rate, or a typing error",
        fix="Agency system, Booking screen, Charge rate",
        expects=between("charge_rate", LEAST_RATE, MOST_RATE),
    ),
    Rule(
        rule_id="AGY-014",
        severity="warn",
        says="A booking has run for more than {most:g} months. It may have ended without an end date",
        fix="Agency system, Booking screen, End. Check the booking's invoices",
        expects=between("months_booked", most=LONGEST_BOOKING),
    ),
    Rule(
        rule_id="AGY-015",
        severity="warn",
        says="The same worker is booked twice in the same team at the same time",
        fix="Agency system, Booking screen: end the booking that was replaced",
        expects=holds("booked_once"),
    ),
    Rule(
        rule_id="AGY-016",
        severity="warn",
        says="Agency workers together cover the same post with more than {most:g} FTE",
        fix="Agency system, Booking screen, Post. If a worker left, end the booking",
        expects=between("cover_of_post", most=1.51),
    ),
    Rule(
        rule_id="AGY-017",
        severity="warn",
        says="The share of bookings that cover 'other' rose by more than {most:.0%} of the bookings since the month before",
        fix="Agency system, Booking screen, Reason: vacancy, absence or project team",
        expects=between("other_share_rise", most=0.2),
        of="deliveries",
    ),
    Rule(
        rule_id="AGY-018",
        severity="warn",
        says="An agency worker has the registration number of an employee in post. The person may be paid twice, or the booking is not yet ended",
        fix="Agency system: end the booking of a worker who became an employee. Or HR system: enter the leaver",
        expects=holds("not_employed"),
        reads=("hr_assignments",),
    ),
    Rule(
        rule_id="AGY-019",
        severity="warn",
        says="A booking without an end last month is missing this month",
        fix="Agency system, bookings report: include bookings that ended in the month",
        expects=between("gone_without_end", most=MOST_GONE),
        of="deliveries",
        counted_in="gone_without_end",
    ),
    registration_rule("AGY-020", "Agency system, Worker screen, Registration number. You can find it on the public register"),
)

IN_PLACE = "start_date <= month_end and coalesce(end_date > month_end, true)"

GONE_WITHOUT_END = """
    select compared.delivery_id, previous.delivery_id as in_delivery, previous.source_row, previous.agency_worker_key
    from compared
    join delivery on compared.delivery_id = delivery.delivery_id
    join received as previous on compared.previous_id = previous.delivery_id
    left join (select distinct delivery_id, booking_key from received) as now -- a booking may be there once a cost centre
        on compared.delivery_id = now.delivery_id and previous.booking_key = now.booking_key
    where
        delivery.delivers = 'snapshot'
        and compared.months_between = 1
        and previous.start_date < delivery.month_start
        and previous.end_date is null
        and now.booking_key is null
"""

AGENCY = SourceChecks(
    source="agency",
    rules=RULES,
    columns={
        "booking_key": "varchar",
        "agency_worker_key": "varchar",
        "swe_key": "varchar",
        "team_id": "varchar",
        "charge_rate": "double",
        "post_id": "varchar",
        "cover_reason": "varchar",
        "weekly_hours": "double",
        "standard_hours": "double",
        "start_date": "date",
        "end_date": "date",
    },
    subject="agency_worker_key",
    rows=f"""
        with of_the_month as (
            select received.*, period, month_end, weekly_hours / standard_hours as fte, {IN_PLACE} as in_place
            from received
            join delivery using (delivery_id)
        )

        select
            delivery_id,
            source_row,
            case when in_place then sum(case when in_place then fte end) over (partition by delivery_id, agency_worker_key) end as fte_of_worker,
            case when in_place and cover_reason = 'vacancy' then post_id is not null end as vacancy_names_post,
            case when in_place and post_id is not null then (period, post_id) in (select (period, post_id) from establishment) end
                as post_in_establishment,
            case when in_place then charge_rate end as charge_rate,
            case when in_place then datediff('month', start_date, month_end) end as months_booked,
            case when in_place then count(*) filter (in_place) over (partition by delivery_id, agency_worker_key, team_id) = 1 end as booked_once,
            case
                when in_place and post_id is not null and cover_reason = 'vacancy'
                    then sum(case when in_place and cover_reason = 'vacancy' then fte end) over (partition by delivery_id, post_id)
            end as cover_of_post,
            case
                when in_place and swe_key is not null
                    then (period, swe_key) not in (
                        select (hr.period, hr.swe_key)
                        from hr_assignments as hr
                        where
                            hr.swe_key is not null
                            and hr.start_date <= last_day((hr.period || '-01')::date)
                            and coalesce(hr.end_date > last_day((hr.period || '-01')::date), true)
                    )
            end as not_employed
        from of_the_month
    """,
    figures=f"""
        with
        posts as (select distinct period, post_id from establishment), -- a post may be there once a team
        months as (select distinct period from establishment)

        select
            delivery_id,
            count(*) as bookings,
            count(distinct agency_worker_key) as workers,
            sum(weekly_hours / standard_hours) as fte,
            avg(case when cover_reason = 'other' then 1.0 else 0.0 end) as other_share,
            count(*) filter (received.post_id is not null and posts.post_id is null and months.period is not null) as strange_posts,
            case
                when strange_posts >= {LEAST_STRANGE_POSTS} then strange_posts / nullif(count(received.post_id), 0)
                when any_value(months.period) is not null then 0
            end as strange_posts_share
        from received
        join delivery using (delivery_id)
        left join posts on delivery.period = posts.period and received.post_id = posts.post_id
        left join months on delivery.period = months.period
        where {IN_PLACE}
        group by delivery_id
    """,
    against_previous=f"""
        select compared.delivery_id, count(gone.delivery_id) as gone_without_end
        from compared
        join delivery on compared.delivery_id = delivery.delivery_id
        left join ({GONE_WITHOUT_END}) as gone on compared.delivery_id = gone.delivery_id
        where delivery.delivers = 'snapshot' and compared.months_between = 1
        group by compared.delivery_id
    """,
    compared_figures=("bookings", "fte", "workers"),
    compared_shares=("other_share",),
    named={
        "gone_without_end": f"select delivery_id, in_delivery, source_row, agency_worker_key as subject, null as value from ({GONE_WITHOUT_END})",
        "strange_posts": f"""
            select delivery_id, delivery_id as in_delivery, source_row, agency_worker_key as subject, null as value
            from received
            join delivery using (delivery_id)
            where {IN_PLACE} and post_id is not null and (period, post_id) not in (select (period, post_id) from establishment)
        """,
    },
    least_same=40,  # of forty bookings one begins, ends or changes in a month
)
