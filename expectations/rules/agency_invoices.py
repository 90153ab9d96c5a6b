"""Is an extract of agency invoices believable, and does it agree with the bookings?"""

from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import change_rules, delivery_rules, same_again_rule

MOST_OF_BOOKED_HOURS = 1.25  # overtime of one working day per week; more is another booking's week, or a month in one line
LEAST_OF_RATE, MOST_OF_RATE = 0.95, 1.05  # a rate that rose within the month, and rounding
MOST_FALL, MOST_RISE = 0.7, 1.45  # a month has four or five weeks that end in it, and bookings come and go
MOST_WITHOUT_INVOICE = 0  # a worker who was there all month sends a timesheet
WHERE = "agency vendor, invoice lines of the month"

RULES = (
    *delivery_rules("AGI", WHERE),
    *change_rules("AGI-005", "charge", "The invoiced charge", WHERE, most_fall=MOST_FALL, most_rise=MOST_RISE),
    Rule(
        rule_id="AGI-006",
        severity="warn",
        says="An invoice line is for a booking that is not in the bookings of this month or the month before",
        fix="Agency system, Booking screen: include the booking in the extract of bookings. Or query the invoice with the vendor",
        expects=holds("booking_is_known"),
        reads=("agency",),
    ),
    Rule(
        rule_id="AGI-007",
        severity="warn",
        says="A booking that was in place all month has no invoice",
        fix="Agency vendor: ask for the missing timesheet. Or Agency system, Booking screen, End: end a booking that is no longer used",
        expects=between("bookings_without_invoice", most=MOST_WITHOUT_INVOICE),
        of="deliveries",
        reads=("agency",),
        counted_in="bookings_without_invoice",
    ),
    Rule(
        rule_id="AGI-008",
        severity="warn",
        says="The hours invoiced for a booking are more than {most:g} times the hours booked for as many weeks",
        fix="Agency vendor, Timesheet. Or Agency system, Booking screen, Hours a week",
        expects=between("hours_of_booked", most=MOST_OF_BOOKED_HOURS),
        reads=("agency",),
    ),
    Rule(
        rule_id="AGI-009",
        severity="warn",
        says="A charge is less than {least:g} or more than {most:g} times its hours at the rate of the booking",
        fix="Query the invoice with the vendor. Or Agency system, Booking screen, Charge rate",
        expects=between("charge_of_booked", LEAST_OF_RATE, MOST_OF_RATE),
        reads=("agency",),
    ),
    Rule(
        rule_id="AGI-010",
        severity="warn",
        says="A week of a booking is invoiced twice",
        fix="Query the invoice with the vendor: one of the two lines must be credited",
        expects=holds("week_invoiced_once"),
    ),
    Rule(
        rule_id="AGI-011",
        severity="warn",
        says="A week is invoiced that began after the booking ended",
        fix="Query the invoice with the vendor. Or Agency system, Booking screen, End",
        expects=holds("week_within_booking"),
        reads=("agency",),
    ),
    same_again_rule("AGI-012", "warn", WHERE),
)

# A booking without an invoice has no row there, so it is named by its worker. A worker's two bookings are two.
WITHOUT_INVOICE = """
    select delivery.delivery_id, agency.booking_key, agency.agency_worker_key
    from delivery
    join agency on delivery.period = agency.period
    left join (select distinct delivery_id, booking_key from received) as invoiced -- a booking has many weeks
        on delivery.delivery_id = invoiced.delivery_id and agency.booking_key = invoiced.booking_key
    where
        agency.start_date <= delivery.month_start
        and coalesce(agency.end_date > delivery.month_end, true)
        and agency.weekly_hours > 0
        and invoiced.booking_key is null
"""

AGENCY_INVOICES = SourceChecks(
    source="agency_invoices",
    rules=RULES,
    columns={
        "booking_key": "varchar",
        "agency_worker_key": "varchar",
        "week_ending": "date",
        "hours": "double",
        "charge": "double",
    },
    subject="coalesce(agency_worker_key, booking_key)",
    rows="""
        with
        -- A booking is live on some day of the month, or was so when a week began that ended in it. The later extract tells more.
        booked as (
            select
                delivery.delivery_id,
                agency.booking_key,
                arg_max(agency.weekly_hours, agency.period) as weekly_hours,
                arg_max(agency.charge_rate, agency.period) as charge_rate,
                max(agency.end_date) as end_date,
                bool_or(agency.end_date is null) as is_open
            from delivery
            join agency on agency.period in (delivery.period, strftime(delivery.month_start - 1, '%Y-%m'))
            group by delivery.delivery_id, agency.booking_key
        )

        select
            received.delivery_id,
            source_row,
            booked.booking_key is not null as booking_is_known,
            case when hours > 0 then sum(hours) over booking / (count(*) over booking * booked.weekly_hours) end as hours_of_booked,
            charge / nullif(hours * booked.charge_rate, 0) as charge_of_booked,
            case when hours > 0 then count(*) filter (hours > 0) over a_week = 1 end as week_invoiced_once,
            case when not booked.is_open then week_ending - 6 <= booked.end_date end as week_within_booking
        from received
        left join booked on received.delivery_id = booked.delivery_id and received.booking_key = booked.booking_key
        window
            booking as (partition by received.delivery_id, received.booking_key),
            a_week as (partition by received.delivery_id, received.booking_key, week_ending)
    """,
    figures=f"""
        with lacking as (
            select delivery_id, count(*) as bookings from ({WITHOUT_INVOICE}) group by delivery_id
        )

        select received.delivery_id, sum(charge) as charge, any_value(coalesce(lacking.bookings, 0)) as bookings_without_invoice
        from received
        left join lacking using (delivery_id)
        group by received.delivery_id
    """,
    compared_figures=("charge",),
    named={
        "bookings_without_invoice": f"""
            select delivery_id, delivery_id as in_delivery, null as source_row, agency_worker_key as subject, null as value
            from ({WITHOUT_INVOICE})
        """,
    },
)
