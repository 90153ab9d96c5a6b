"""Is an extract of staff in post believable, does it have what the return asks for, and does it agree with the establishment?"""

from expectations.common import change_rules, delivery_rules, same_again_rule, year_rule
from expectations.rules import Rule, between, holds, present
from expectations.source import SourceChecks

MOST_FTE_OF_A_PERSON = 1.0001  # full time; the rest is rounding of two part posts
LONGEST_SINCE_END = 3  # months: a leaver is recorded one month late, rarely two; older ones mean that the filter on leavers is off
MOST_GONE_WITHOUT_END = 0  # every leaver should be seen once with an end date
MOST_GONE_SHARE = 0.03  # a year's turnover of 20% is 1.7% a month: twice that without an end date makes turnover wrong by a tenth
LEAST_GONE = 5  # fewer than five people gone without an end date move a council's turnover by less than its rounding of a point
MOST_STRANGE_POSTS_SHARE = 0.1  # a tenth of the posts unknown to the establishment: one of the two systems has other numbers
LEAST_STRANGE_POSTS = 5
LEAST_OF_A_TEAM = 0.85  # issue 5 asks for 15%
LEAST_LOSS_OF_A_TEAM = 3  # people: in a team of nine one leaver is 11%, two in a month happen
MOST_RISE_OF_NOT_KNOWN = 0.05  # share of rows: a twentieth more "not known" in a month is a field that stopped being filled
MOST_WITHOUT_FTE_SHARE = 0.05  # then every rate by FTE is wrong by more than its last digit
LEAST_WITHOUT_FTE = 3
MOST_STARTED_SAME_DAY = 0.2  # of those in post: more began on one day in the month only where a service moved in, or dates were overwritten
FURTHEST_START = 3  # months ahead: notice of three months is the longest that is usual
LONGEST_SERVICE = 60  # years
REGISTRATION = "^SW[0-9]{1,6}$"  # Social Work England's numbers: SW and up to six digits

WHERE = "HR system, staff in post report"
TURNOVER = ("turnover_rate", "turnover_rate_headcount")
RATES = (
    "agency_rate",
    "agency_rate_headcount",
    "turnover_rate",
    "turnover_rate_headcount",
    "vacancy_rate",
    "vacancy_agency_cover_rate",
    "absence_rate",
    "caseload",
    "team_tenure_36m",
)
VACANCIES = ("vacancy_rate", "vacancy_agency_cover_rate")

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
        says="An assignment that ended more than {most:g} months ago is in the extract of those in post",
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
        severity="note",
        says="Somebody in post holds a post that the establishment of the month does not have",
        fix="HR system, Position screen, Position number; or have the post added to the establishment",
        expects=holds("post_in_establishment"),
        reads=("establishment",),
    ),
    Rule(
        rule_id="HR-013",
        severity="hold",
        says="More than {most:.0%} of those in post last month are gone this month without an end date",
        fix="HR system, staff in post report: include those who left in the month; enter last day and reason of those without",
        expects=between("gone_share", most=MOST_GONE_SHARE),
        of="deliveries",
        counted_in="gone_without_end",
        indicators=(*TURNOVER, "team_tenure_36m"),
    ),
    Rule(
        rule_id="HR-014",
        severity="hold",
        says="More than {most:.0%} of those in post hold posts that the establishment of the month does not have",
        fix="Compare the post numbers of both reports: HR system, Position number; establishment control, Position number",
        expects=between("strange_posts_share", most=MOST_STRANGE_POSTS_SHARE),
        of="deliveries",
        reads=("establishment",),
        counted_in="strange_posts",
        indicators=VACANCIES,
    ),
    Rule(
        rule_id="HR-015",
        severity="hold",
        says="FTE is missing for more than {most:.0%} of those in post",
        fix="HR system, staff in post report: the column of FTE or contracted hours; then Position screen, Contracted hours",
        expects=between("without_fte_share", most=MOST_WITHOUT_FTE_SHARE),
        of="deliveries",
        counted_in="without_fte",
        indicators=tuple(one for one in RATES if not one.endswith("headcount")),
    ),
    Rule(
        rule_id="HR-016",
        severity="hold",
        says="The number of registered social workers in post fell by more than {fall:.0%} or rose by more than {rise:.0%} since the month before",
        fix="HR system, Professional registration screen; or the column that says who is a registered social worker",
        expects=between("social_workers_change_sound", 0.85, 1.25),
        of="deliveries",
        indicators=RATES,
    ),
    same_again_rule("HR-017", "block", WHERE),
    year_rule("HR-018", "assignments", "The number of assignments in post", WHERE),
    year_rule("HR-019", "fte", "The FTE in post", WHERE),
    Rule(
        rule_id="HR-020",
        severity="warn",
        says="A team lost more than 15% of its staff in post in a month, and at least three people",
        fix="HR system, staff in post report: check that the whole team is in the extract; if they left, nothing needs to be done",
        expects=between("teams_shrunk", most=0),
        of="deliveries",
    ),
    Rule(
        rule_id="HR-021",
        severity="warn",
        says="A person has two assignments in the same post at the same time",
        fix="HR system, Position screen: end the assignment that was replaced",
        expects=holds("only_one_in_post"),
    ),
    Rule(
        rule_id="HR-022",
        severity="warn",
        says="A registration number is not of the form that Social Work England gives: SW and up to six digits",
        fix="HR system, Professional registration screen, Registration number",
        expects=holds("registration_well_formed"),
    ),
    Rule(
        rule_id="HR-023",
        severity="warn",
        says="Two people have the same registration number: one person under two employee numbers, or a typing error",
        fix="HR system, Professional registration screen, Registration number; merge the two records of one person",
        expects=holds("registration_of_one_person"),
    ),
    Rule(
        rule_id="HR-024",
        severity="warn",
        says="Two employee numbers have the same date of birth and the same first day: perhaps one person under two numbers",
        fix="HR system, Person search: merge the two records if they are of one person; otherwise accept the exception",
        expects=holds("person_is_there_once"),
    ),
    Rule(
        rule_id="HR-025",
        severity="warn",
        says="A registered social worker in post has no registration number, which the return asks for",
        fix="HR system, Professional registration screen, Registration number",
        expects=holds("registration_given"),
    ),
    Rule(
        rule_id="HR-026",
        severity="warn",
        says="Somebody left and no reason is given, which the return asks for",
        fix="HR system, Termination screen, Leaving reason",
        expects=holds("leaver_has_reason"),
    ),
    Rule(
        rule_id="HR-027",
        severity="warn",
        says="Somebody started this month and it is not said where they came from, which the return asks for",
        fix="HR system, New starter screen, Previous role",
        expects=holds("starter_has_origin"),
    ),
    Rule(
        rule_id="HR-028",
        severity="warn",
        says="The share of starters and leavers with 'not known' rose by more than {most:.0%} of the rows since the month before",
        fix="HR system, New starter and Termination screens: ask for the origin and the reason, and enter them",
        expects=between("not_known_share_rise", most=MOST_RISE_OF_NOT_KNOWN),
        of="deliveries",
    ),
    Rule(
        rule_id="HR-029",
        severity="warn",
        says="Somebody joined their team before the assignment began, or after the end of the month",
        fix="HR system, Position screen, Start in team",
        expects=holds("team_start_in_order"),
    ),
    Rule(
        rule_id="HR-030",
        severity="warn",
        says="An assignment begins more than {most:g} months after the month that the extract is of",
        fix="HR system, Position screen, Start date: check the year",
        expects=between("months_to_start", most=FURTHEST_START),
    ),
    Rule(
        rule_id="HR-031",
        severity="warn",
        says="Somebody has been in the same assignment for more than {most:g} years: a date that stands for 'not known'",
        fix="HR system, Position screen, Start date",
        expects=between("years_in_assignment", most=LONGEST_SERVICE),
    ),
    Rule(
        rule_id="HR-032",
        severity="hold",
        says="More than {most:.0%} of those in post started on the same day in this month: start dates were overwritten, or a service moved in",
        fix="HR system, staff in post report: it must give the first day of the assignment, not the day on which data were moved",
        expects=between("started_same_day_share", most=MOST_STARTED_SAME_DAY),
        of="deliveries",
        indicators=(*TURNOVER, "team_tenure_36m"),
    ),
    Rule(
        rule_id="HR-033",
        severity="warn",
        says="A fixed-term assignment ran out before the month and is still in post",
        fix="HR system, Position screen, Contract end: end the assignment, or enter the new contract end",
        expects=holds("contract_not_run_out"),
    ),
    Rule(
        rule_id="HR-034",
        severity="note",
        says="People in a post have a whole FTE more than the post",
        fix="HR system, Position screen, Position number; or establishment control, Budgeted FTE",
        expects=holds("post_not_overfilled"),
        reads=("establishment",),
    ),
    Rule(
        rule_id="HR-035",
        severity="warn",
        says="Staff in post moved by more than the usual for this council: beyond four times its usual change from month to month",
        fix=f"Check that the extract has everybody and nobody twice; if the change is real, accept it with its reason: {WHERE}",
        expects=between("unusual_change", most=4.0),
        of="deliveries",
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
        "swe_key": "varchar",
        "post_id": "varchar",
        "team_id": "varchar",
        "registered_social_worker": "boolean",
        "contract_type": "varchar",
        "fte": "double",
        "start_date": "date",
        "end_date": "date",
        "contract_end_date": "date",
        "team_start_date": "date",
        "leaving_reason": "varchar",
        "start_origin": "varchar",
        "effective_from": "date",
        "effective_to": "date",
    },
    subject="person_key",
    identity_columns={"swe_number": "varchar", "date_of_birth": "date"},
    identity_key="assignment_key",
    rows=f"""
        with
        told as (
            select delivery_id, assignment_key, any_value(swe_number) as swe_number, any_value(date_of_birth) as date_of_birth
            from identity
            group by delivery_id, assignment_key
        ),
        -- A column that an extract does not have at all is no fault of its rows.
        supplied as (
            select
                delivery_id,
                count(swe_key) > 0 as registration,
                count(leaving_reason) > 0 as reason,
                count(start_origin) > 0 as origin
            from received
            group by delivery_id
        ),
        of_the_month as (
            select
                received.*, told.swe_number, told.date_of_birth, period, month_start, month_end, delivers, {IN_POST} as in_post,
                supplied.registration, supplied.reason, supplied.origin,
                (select min(period) from delivery) as first_period
            from received
            join delivery using (delivery_id)
            join supplied using (delivery_id)
            left join told using (delivery_id, assignment_key)
            where coalesce(effective_from <= month_end, true) and coalesce(effective_to >= month_start, true)
        ),
        posts as (
            select period, post_id, max(budgeted_fte) as budgeted_fte from establishment group by period, post_id
        ),
        teams as (
            select distinct period, team_id from establishment -- a team has many posts
        ),
        registrations as (
            select delivery_id, swe_key, count(distinct person_key) as people
            from of_the_month
            where swe_key is not null
            group by delivery_id, swe_key
        ),
        births as (
            select delivery_id, date_of_birth, start_date, count(distinct person_key) as people
            from of_the_month
            where in_post and date_of_birth is not null
            group by delivery_id, date_of_birth, start_date
        )

        select
            rows_of.delivery_id,
            source_row,
            fte,
            case when in_post then sum(case when in_post then fte end) over person end as fte_of_person,
            case when delivers = 'snapshot' then datediff('month', end_date, month_end) end as months_since_end,
            case when in_post and has_establishment then teams.team_id is not null end as team_in_establishment,
            case when in_post and has_establishment then posts.post_id is not null end as post_in_establishment,
            case when in_post then count(*) filter (in_post) over assignment = 1 end as only_one_in_post,
            case when in_post and swe_number is not null then regexp_matches(swe_number, '{REGISTRATION}') end as registration_well_formed,
            case when in_post and rows_of.swe_key is not null then registrations.people = 1 end as registration_of_one_person,
            case when in_post and rows_of.date_of_birth is not null then births.people = 1 end as person_is_there_once,
            case when in_post and registered_social_worker and registration then rows_of.swe_key is not null end as registration_given,
            case when reason and end_date between month_start and month_end then leaving_reason is not null end as leaver_has_reason,
            -- The first delivery tells of people who started before anybody asked.
            case when origin and rows_of.period > first_period and rows_of.start_date between month_start and month_end then start_origin is not null end as starter_has_origin,
            case when in_post then team_start_date <= month_end end as team_start_in_order,
            case when rows_of.start_date > month_end then datediff('month', month_end, rows_of.start_date) end as months_to_start,
            case when in_post then datediff('day', rows_of.start_date, month_end) / 365.25 end as years_in_assignment,
            case when in_post and contract_type = 'fixed_term' then contract_end_date >= month_start end as contract_not_run_out,
            case
                when in_post and posts.budgeted_fte > 0
                    then sum(case when in_post then fte end) over post < posts.budgeted_fte + 1
            end as post_not_overfilled
        from of_the_month as rows_of
        left join posts on rows_of.period = posts.period and rows_of.post_id = posts.post_id
        left join teams on rows_of.period = teams.period and rows_of.team_id = teams.team_id
        left join (select distinct period, true as has_establishment from establishment) as months on rows_of.period = months.period
        left join registrations on rows_of.delivery_id = registrations.delivery_id and rows_of.swe_key = registrations.swe_key
        left join births
            on rows_of.delivery_id = births.delivery_id
            and rows_of.date_of_birth = births.date_of_birth
            and rows_of.start_date = births.start_date
        window
            person as (partition by rows_of.delivery_id, person_key),
            assignment as (partition by rows_of.delivery_id, person_key, rows_of.post_id),
            post as (partition by rows_of.delivery_id, rows_of.post_id)
    """,
    figures=f"""
        with
        of_the_month as (
            select received.*, period, month_start, month_end, {IN_POST} as in_post
            from received
            join delivery using (delivery_id)
        ),
        posts as (select distinct period, post_id from establishment), -- a post may be there once a team
        months as (select distinct period from establishment),
        started as (
            select delivery_id, max(people) as people
            from (
                select delivery_id, start_date, count(*) as people
                from of_the_month
                where in_post and start_date between month_start and month_end
                group by delivery_id, start_date
            )
            group by delivery_id
        ),
        counted as (
            select
                delivery_id,
                any_value(period) as period,
                count(*) filter (in_post) as assignments,
                sum(fte) filter (in_post) as fte,
                count(*) filter (in_post and registered_social_worker) as social_workers,
                count(*) filter (in_post and fte is null) as without_fte,
                count(*) filter (in_post and (period, post_id) not in (select (period, post_id) from posts)) as strange_posts,
                avg(case when leaving_reason = 'not_known' or start_origin = 'not_known' then 1.0 else 0.0 end) as not_known_share
            from of_the_month
            group by delivery_id
        ),
        -- The usual change of the months before: the middle one of their absolute changes, and at least 1.5%.
        moves as (
            select
                delivery_id,
                period,
                abs(ln(assignments / lag(assignments) over (order by period, delivery_id))) as move
            from counted
            where assignments >= 20
        ),
        usual as (
            select
                moves.delivery_id,
                moves.move / greatest(median(earlier.move), 0.015) as unusual_change
            from moves
            join moves as earlier on earlier.period < moves.period
            group by moves.delivery_id, moves.move
            having count(earlier.move) >= 6
        )

        select
            counted.delivery_id,
            assignments,
            fte,
            social_workers,
            without_fte,
            case when without_fte >= {LEAST_WITHOUT_FTE} then without_fte / nullif(assignments, 0) end as without_fte_share,
            case when months.period is not null then strange_posts end as strange_posts,
            case
                when months.period is not null and strange_posts >= {LEAST_STRANGE_POSTS} then strange_posts / nullif(assignments, 0)
            end as strange_posts_share,
            not_known_share,
            case when started.people >= 5 then started.people / nullif(assignments, 0) end as started_same_day_share,
            unusual_change
        from counted
        left join months using (period)
        left join started using (delivery_id)
        left join usual using (delivery_id)
    """,
    against_previous=f"""
        with
        last_month as (
            select compared.delivery_id, compared.months_between, delivery.delivers, previous.*
            from compared
            join delivery using (delivery_id)
            join (select delivery_id as previous_id, received.* exclude (delivery_id) from received) as previous using (previous_id)
            where
                previous.start_date < delivery.month_start
                and previous.end_date is null
                and coalesce(previous.effective_from < delivery.month_start, true)
                and coalesce(previous.effective_to >= delivery.month_start - 1, true)
        ),
        gone as (
            select delivery_id, count(*) as people
            from last_month
            where (delivery_id, assignment_key) not in (select (delivery_id, assignment_key) from received)
            group by delivery_id
        ),
        in_post_last_month as (
            select delivery_id, count(*) as people from last_month group by delivery_id
        ),
        present as (
            select distinct received.delivery_id, person_key -- somebody may have two assignments
            from received
            join delivery using (delivery_id)
            where {IN_POST}
        ),
        -- Who went to another team is no loss to the council, and a team that goes on under another number loses nobody.
        teams as (
            select
                last_month.delivery_id,
                last_month.team_id,
                count(distinct last_month.person_key) as people,
                count(distinct last_month.person_key) filter (present.person_key is null) as lost
            from last_month
            left join present on last_month.delivery_id = present.delivery_id and last_month.person_key = present.person_key
            group by last_month.delivery_id, last_month.team_id
        ),
        shrunk as (
            select delivery_id, count(*) as teams
            from teams
            where lost >= {LEAST_LOSS_OF_A_TEAM} and people - lost < people * {LEAST_OF_A_TEAM}
            group by delivery_id
        ),
        -- Somebody whose row was rejected is not gone, and HR-003 tells of the row.
        counted as (
            select
                compared.delivery_id,
                case
                    when delivery.delivers = 'snapshot' and compared.months_between = 1
                        then greatest(coalesce(gone.people, 0) - delivery.rows_rejected, 0)
                end as gone_without_end,
                in_post_last_month.people,
                case when compared.months_between = 1 then coalesce(shrunk.teams, 0) end as teams_shrunk
            from compared
            join delivery using (delivery_id)
            left join gone using (delivery_id)
            left join in_post_last_month using (delivery_id)
            left join shrunk using (delivery_id)
        )

        select
            delivery_id,
            gone_without_end,
            case when gone_without_end >= {LEAST_GONE} then gone_without_end / people end as gone_share,
            teams_shrunk
        from counted
    """,
    compared_figures=("assignments", "fte", "social_workers"),
    compared_shares=("not_known_share",),
    least_same=100,  # of a hundred people one joins, leaves or changes hours in a month
)
