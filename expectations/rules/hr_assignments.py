"""Is an extract of staff in post believable, does it have what the return asks for, and does it agree with the establishment? What is measured of it."""

from expectations.engine.source_checks import SourceChecks
from expectations.rules.hr_assignments_rules import LEAST_LOSS_OF_A_TEAM, RULES

LEAST_GONE = 5  # fewer than five people missing without an end date change a council's turnover by less than its rounding
LEAST_STRANGE_POSTS = 5
LEAST_WITHOUT_FTE = 3
LEAST_IN_A_YEAR = 10  # leavers, or starters: with fewer, one is more than a tenth

# In post at the month end, by the dates of the assignment. For a history, also by the row that applied that day.
IN_POST = """
    start_date <= month_end and coalesce(end_date > month_end, true)
    and coalesce(effective_from <= month_end, true) and coalesce(effective_to >= month_end, true)
"""

ROWS = f"""
    with
    -- A column that a council never sent is no fault of its rows; one that it sent in any month up to this is missed when it is empty.
    supplied as (
        select
            delivery_id,
            bool_or(count(swe_key) > 0) over months as registration,
            bool_or(count(leaving_reason) > 0) over months as reason,
            bool_or(count(start_origin) > 0) over months as origin
        from received
        join delivery using (delivery_id)
        group by delivery_id, period
        window months as (order by period)
    ),
    of_the_month as (
        select
            received.*, period, month_start, month_end, delivers, {IN_POST} as in_post,
            supplied.registration, supplied.reason, supplied.origin,
            (select min(period) from delivery) as first_period
        from received
        join delivery using (delivery_id)
        join supplied using (delivery_id)
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
    alike as (
        select delivery_id, post_id, start_date, age_band, sex_group, count(distinct person_key) as people
        from of_the_month
        where in_post and post_id is not null
        group by delivery_id, post_id, start_date, age_band, sex_group
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
        case when in_post and rows_of.swe_key is not null then registrations.people = 1 end as registration_of_one_person,
        case when in_post then alike.people = 1 end as person_is_there_once,
        case when in_post and registered_social_worker and registration then rows_of.swe_key is not null end as registration_given,
        case when reason and end_date between month_start and month_end then leaving_reason is not null end as leaver_has_reason,
        -- The first delivery tells of people who started before anybody asked.
        case when origin and rows_of.period > first_period and rows_of.start_date between month_start and month_end then start_origin is not null end as starter_has_origin,
        case when assignment_status = 'ended' then end_date is not null end as ended_has_end,
        -- With notice given an end that lies behind is a leaver whose status nobody moved on; so is one that is active.
        case when assignment_status in ('active', 'on_leave', 'notice_given') and end_date is not null then end_date >= month_start end
            as still_there_has_no_past_end,
        case when assignment_status = 'ended' and end_date is not null then end_date <= month_end end as ended_by_month_end,
        case when assignment_status in ('active', 'on_leave') then rows_of.start_date <= month_end
            when assignment_status = 'future' then rows_of.start_date > month_end
        end as started_as_status_says,
        case when in_post then team_start_date <= month_end end as in_team_by_month_end,
        case when rows_of.start_date > month_end then datediff('month', month_end, rows_of.start_date) end as months_to_start,
        case when in_post then datediff('day', rows_of.start_date, month_end) / 365.25 end as years_in_assignment,
        case when in_post and contract_type = 'fixed_term' then contract_end_date >= month_start end as contract_not_run_out,
        case
            when in_post and posts.budgeted_fte > 0
                then sum(case when in_post then fte end) over post - posts.budgeted_fte
        end as fte_above_post
    from of_the_month as rows_of
    left join posts on rows_of.period = posts.period and rows_of.post_id = posts.post_id
    left join teams on rows_of.period = teams.period and rows_of.team_id = teams.team_id
    left join (select distinct period, true as has_establishment from establishment) as months on rows_of.period = months.period
    left join registrations on rows_of.delivery_id = registrations.delivery_id and rows_of.swe_key = registrations.swe_key
    left join alike
        on rows_of.delivery_id = alike.delivery_id
        and rows_of.post_id = alike.post_id
        and rows_of.start_date = alike.start_date
        and rows_of.age_band is not distinct from alike.age_band
        and rows_of.sex_group is not distinct from alike.sex_group
    window
        person as (partition by rows_of.delivery_id, person_key),
        assignment as (partition by rows_of.delivery_id, person_key, rows_of.post_id),
        post as (partition by rows_of.delivery_id, rows_of.post_id)
"""

FIGURES = f"""
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
            count(*) filter (in_post and (period, post_id) not in (select (period, post_id) from posts)) as strange_posts
        from of_the_month
        group by delivery_id
    ),
    -- Leavers and starters of the year up to the month, by what the latest extract up to then says of each.
    of_the_year as (
        select
            delivery.delivery_id,
            told.assignment_key,
            arg_max(told.leaving_reason, told.period || told.leaving_reason) filter (
                told.end_date > delivery.month_end - interval 12 months and told.end_date <= delivery.month_end
            ) as reason,
            arg_max(told.start_origin, told.period || told.start_origin) filter (
                told.start_date > delivery.month_end - interval 12 months and told.start_date <= delivery.month_end
            ) as origin
        from delivery
        join of_the_month as told
            on (told.period < delivery.period or told.delivery_id = delivery.delivery_id)
            and told.period > strftime(delivery.month_end - interval 12 months, '%Y-%m')
            and (
                (told.end_date > delivery.month_end - interval 12 months and told.end_date <= delivery.month_end)
                or (told.start_date > delivery.month_end - interval 12 months and told.start_date <= delivery.month_end)
            )
        group by delivery.delivery_id, told.assignment_key
    ),
    not_known as (
        select
            delivery_id,
            case when count(reason) >= {LEAST_IN_A_YEAR} then count(*) filter (reason = 'not_known') / count(reason) end as reasons_not_known,
            case when count(origin) >= {LEAST_IN_A_YEAR} then count(*) filter (origin = 'not_known') / count(origin) end as origins_not_known
        from of_the_year
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
        reasons_not_known,
        origins_not_known,
        case when started.people >= 5 then started.people / nullif(assignments, 0) end as started_same_day_share,
        unusual_change
    from counted
    left join months using (period)
    left join started using (delivery_id)
    left join usual using (delivery_id)
    left join not_known using (delivery_id)
"""

LAST_MONTH = """
    select compared.delivery_id, compared.months_between, compared.previous_id as in_delivery, delivery.delivers, previous.*
    from compared
    join delivery using (delivery_id)
    join (select delivery_id as previous_id, received.* exclude (delivery_id) from received) as previous using (previous_id)
    where
        previous.start_date < delivery.month_start
        and previous.end_date is null
        and coalesce(previous.effective_from < delivery.month_start, true)
        and coalesce(previous.effective_to >= delivery.month_start - 1, true)
"""

# People who went to another team are no loss to the council, and a team that continues under another number loses nobody. Teams that lost few have 0.
TEAMS = f"""
    with
    last_month as ({LAST_MONTH}),
    present as (
        select distinct received.delivery_id, person_key -- somebody may have two assignments
        from received
        join delivery using (delivery_id)
        where {IN_POST}
    )

    select
        last_month.delivery_id,
        any_value(last_month.in_delivery) as in_delivery,
        last_month.team_id,
        count(distinct last_month.person_key) as people,
        count(distinct last_month.person_key) filter (present.person_key is null) as lost,
        case when lost >= {LEAST_LOSS_OF_A_TEAM} then lost / people else 0 end as share_lost
    from last_month
    left join present on last_month.delivery_id = present.delivery_id and last_month.person_key = present.person_key
    where last_month.months_between = 1
    group by last_month.delivery_id, last_month.team_id
"""

GONE = f"""
    select delivery_id, in_delivery, source_row, person_key, assignment_key
    from ({LAST_MONTH})
    where
        delivers = 'snapshot'
        and months_between = 1
        and (delivery_id, assignment_key) not in (select (delivery_id, assignment_key) from told_of)
"""

# What the extracts of two months report together, and how it is counted (docs/counting_rules.md). One row per number and delivery.
BEFORE = """
    select compared.delivery_id, compared.months_between, compared.previous_id as in_delivery, previous.*
    from compared
    join delivery using (delivery_id)
    join (select delivery_id as previous_id, received.* exclude (delivery_id) from received) as previous using (previous_id)
    where delivery.delivers = 'snapshot' and (compared.delivery_id, assignment_key) not in (select (delivery_id, assignment_key) from told_of)
"""

STARTS_WITHDRAWN = f"""
    select before.delivery_id, before.in_delivery, before.source_row, before.person_key
    from ({BEFORE}) as before
    join delivery as told on told.delivery_id = before.in_delivery
    where before.start_date > told.month_end
"""

PLANS_OUTWEIGHED = f"""
    select before.delivery_id, before.in_delivery, before.source_row, before.person_key
    from ({BEFORE}) as before
    join delivery using (delivery_id)
    join delivery as told on told.delivery_id = before.in_delivery
    where before.start_date <= told.month_end and before.end_date > delivery.month_end
"""

# Missing from the whole extract, while the month's payroll or absence still has the person.
UNCONFIRMED = f"""
    select before.delivery_id, before.in_delivery, before.source_row, before.person_key
    from ({BEFORE}) as before
    join delivery using (delivery_id)
    join delivery as told on told.delivery_id = before.in_delivery
    where
        before.start_date <= told.month_end
        and coalesce(before.end_date > delivery.month_end, true)
        and (before.delivery_id, before.person_key) not in (select (delivery_id, person_key) from told_of)
        and (
            (delivery.period, before.person_key) in (select (period, person_key) from payroll)
            or (delivery.period, before.person_key) in (
                select (absence.period, absence.person_key)
                from absence
                join delivery as absent on absent.period = absence.period
                where absence.start_date <= absent.month_end and coalesce(absence.end_date > absent.month_end, true)
            )
        )
"""

# In an earlier extract, missing from the previous one, and back with the same start date or an earlier one.
NEVER_AWAY = """
    select distinct now.delivery_id, now.delivery_id as in_delivery, now.source_row, now.person_key -- in several earlier extracts
    from received as now
    join compared using (delivery_id)
    join delivery using (delivery_id)
    join delivery as missing on missing.delivery_id = compared.previous_id
    join received as earlier on earlier.assignment_key = now.assignment_key and earlier.start_date >= now.start_date
    join delivery as told on told.delivery_id = earlier.delivery_id and told.period < missing.period
    where
        delivery.delivers = 'snapshot'
        and coalesce(now.end_date > delivery.month_start, true)
        and now.start_date < missing.month_start
        and (missing.delivery_id, now.assignment_key) not in (select (delivery_id, assignment_key) from told_of)
"""

AGAINST_PREVIOUS = f"""
    with
    last_month as ({LAST_MONTH}),
    gone as (
        select delivery_id, count(*) as people
        from last_month
        where (delivery_id, assignment_key) not in (select (delivery_id, assignment_key) from told_of)
        group by delivery_id
    ),
    in_post_last_month as (
        select delivery_id, count(*) as people from last_month group by delivery_id
    ),
    shrunk as (
        select delivery_id, max(share_lost) as share_lost
        from ({TEAMS})
        group by delivery_id
    ),
    -- A rejected row is somebody who is not gone, and HR-003 reports the row. Where its numbers cannot be read it may be anybody's.
    readable as (select delivery_id, count(*) as rejected from told_of where is_rejected group by delivery_id),
    counted as (
        select
            compared.delivery_id,
            case
                when delivery.delivers = 'snapshot' and compared.months_between = 1
                    then greatest(coalesce(gone.people, 0) - greatest(delivery.rows_rejected - coalesce(readable.rejected, 0), 0), 0)
            end as gone_without_end,
            in_post_last_month.people,
            case when compared.months_between = 1 then coalesce(shrunk.share_lost, 0) end as share_lost_of_a_team,
            coalesce(starts_withdrawn.n, 0) as starts_withdrawn,
            coalesce(plans_outweighed.n, 0) as plans_outweighed,
            coalesce(never_away.n, 0) as never_away,
            coalesce(unconfirmed.n, 0) as unconfirmed
        from compared
        join delivery using (delivery_id)
        left join gone using (delivery_id)
        left join readable using (delivery_id)
        left join in_post_last_month using (delivery_id)
        left join shrunk using (delivery_id)
        left join (select delivery_id, count(*) as n from ({STARTS_WITHDRAWN}) group by delivery_id) as starts_withdrawn using (delivery_id)
        left join (select delivery_id, count(*) as n from ({PLANS_OUTWEIGHED}) group by delivery_id) as plans_outweighed using (delivery_id)
        left join (select delivery_id, count(*) as n from ({NEVER_AWAY}) group by delivery_id) as never_away using (delivery_id)
        left join (select delivery_id, count(*) as n from ({UNCONFIRMED}) group by delivery_id) as unconfirmed using (delivery_id)
    )

    select
        delivery_id,
        gone_without_end,
        case when gone_without_end >= {LEAST_GONE} then gone_without_end / people end as gone_share,
        share_lost_of_a_team,
        starts_withdrawn,
        plans_outweighed,
        never_away,
        unconfirmed
    from counted
"""

NAMED = {
    **{
        name: f"select delivery_id, in_delivery, source_row, person_key as subject, null as value from ({found})"
        for name, found in (
            ("starts_withdrawn", STARTS_WITHDRAWN),
            ("plans_outweighed", PLANS_OUTWEIGHED),
            ("never_away", NEVER_AWAY),
            ("unconfirmed", UNCONFIRMED),
        )
    },
    "gone_without_end": f"select delivery_id, in_delivery, source_row, person_key as subject, null as value from ({GONE})",
    "share_lost_of_a_team": f"select delivery_id, in_delivery, null as source_row, team_id as subject, share_lost as value from ({TEAMS})",
    "without_fte": f"""
        select delivery_id, delivery_id as in_delivery, source_row, person_key as subject, null as value
        from received
        join delivery using (delivery_id)
        where {IN_POST} and fte is null
    """,
    "strange_posts": f"""
        select delivery_id, delivery_id as in_delivery, source_row, person_key as subject, null as value
        from received
        join delivery using (delivery_id)
        where {IN_POST} and (period, post_id) not in (select (period, post_id) from establishment)
    """,
}

HR_ASSIGNMENTS = SourceChecks(
    source="hr_assignments",
    rules=RULES,
    columns={
        "person_key": "varchar",
        "assignment_key": "varchar",
        "age_band": "varchar",
        "sex_group": "varchar",
        "swe_key": "varchar",
        "post_id": "varchar",
        "team_id": "varchar",
        "registered_social_worker": "boolean",
        "contract_type": "varchar",
        "assignment_status": "varchar",
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
    rows=ROWS,
    figures=FIGURES,
    against_previous=AGAINST_PREVIOUS,
    compared_figures=("assignments", "fte", "social_workers"),
    compared_shares=("reasons_not_known", "origins_not_known"),
    named=NAMED,
    of_the_month=("age_band",),  # landing calculates it at the month end, and in every month somebody has a birthday
    least_same=100,  # among a hundred people, one joins, leaves or changes hours in a month
)
