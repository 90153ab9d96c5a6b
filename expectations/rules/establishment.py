"""Is an extract of funded posts believable?"""

from expectations.engine.check_rule import Rule, between, holds
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import change_rules, delivery_rules, year_rule

LEAST_FILLED_SHARE = 0.4  # no council has three posts in five empty: the HR system must have other post numbers
MOST_FTE_OF_A_POST = 2.0  # a job share is a post of one FTE; more means several posts under one number
MOST_FROZEN_RISE = 0.1  # freezing a tenth of the posts within a month is a spending freeze, which everybody knows of

WHERE = "establishment control, posts report"
VACANCIES = ("vacancy_rate", "vacancy_agency_cover_rate")

RULES = (
    *delivery_rules("EST", WHERE, empty="block"),
    *change_rules("EST-005", "posts", "The number of posts", WHERE, blocks=True),
    *change_rules("EST-006", "budgeted_fte", "The budgeted FTE", WHERE, blocks=True),
    Rule(
        rule_id="EST-007",
        severity="warn",
        says="A team has two names in the same month",
        fix="Establishment control, Position screen: give all posts of the team the same team name",
        expects=holds("one_team_name"),
    ),
    Rule(
        rule_id="EST-008",
        severity="warn",
        says="A team belongs to two services in the same month",
        fix="Establishment control, Position screen: give all posts of the team the same service",
        expects=holds("one_service"),
    ),
    Rule(
        rule_id="EST-010",
        severity="hold",
        says="Staff in post fill fewer than {least:.0%} of the posts. Vacancies would be far too many",
        fix="Compare the post numbers of both reports: establishment control, Position number; HR system, Position number",
        expects=between("filled_share", least=LEAST_FILLED_SHARE),
        of="deliveries",
        reads=("hr_assignments",),
        indicators=VACANCIES,
    ),
    Rule(
        rule_id="EST-011",
        severity="warn",
        says="A post has more than {most:g} FTE. It is probably several posts under one number",
        fix="Establishment control, Position screen, Budgeted FTE: use one position per post. Or give the number of posts of the line (posts)",
        expects=between("budgeted_fte", most=MOST_FTE_OF_A_POST),
    ),
    Rule(
        rule_id="EST-012",
        severity="warn",
        says="The share of frozen posts rose or fell by more than {most:.0%} of all posts since the month before",
        fix="Establishment control, Position screen, Status",
        expects=between("frozen_share_rise", -MOST_FROZEN_RISE, MOST_FROZEN_RISE),
        of="deliveries",
    ),
    Rule(
        rule_id="EST-013",
        severity="hold",
        says="More than {fall:.0%} of last month's posts are missing under the same number",
        fix="Establishment control, posts report: check the column of position numbers. Tell the warehouse's owner before you renumber posts",
        expects=between("kept_posts_share", least=0.8),
        of="deliveries",
        indicators=VACANCIES,
    ),
    Rule(
        rule_id="EST-014",
        severity="warn",
        says="A team that had posts last month has none",
        fix="Establishment control, Structure screen. Or enter the re-organisation in the council's team changes",
        expects=between("teams_gone", most=0),
        of="deliveries",
        counted_in="teams_gone",
        counts="teams",
    ),
    year_rule("EST-015", "posts", "The number of posts", WHERE),
)

TEAMS_GONE = """
    select compared.delivery_id, previous.delivery_id as in_delivery, previous.team_id
    from compared
    join delivery on compared.delivery_id = delivery.delivery_id
    join received as previous on compared.previous_id = previous.delivery_id
    where
        (compared.delivery_id, previous.team_id) not in (select (delivery_id, team_id) from received where team_id is not null)
        and previous.team_id not in (select old_team_id from team_change where from_date <= delivery.month_end)
    group by all
"""

ESTABLISHMENT = SourceChecks(
    source="establishment",
    rules=RULES,
    columns={
        "post_id": "varchar",
        "team_id": "varchar",
        "team_name": "varchar",
        "service_id": "varchar",
        "budgeted_fte": "double",
        "post_status": "varchar",
        "posts": "bigint",
    },
    subject="post_id",
    rows="""
        select
            delivery_id,
            source_row,
            budgeted_fte / coalesce(posts, 1) as budgeted_fte,
            min(team_name) over team = max(team_name) over team as one_team_name,
            min(service_id) over team = max(service_id) over team as one_service
        from received
        window team as (partition by delivery_id, team_id)
    """,
    figures="""
        with
        held as (
            select hr.period, hr.post_id
            from hr_assignments as hr
            where hr.start_date <= last_day((hr.period || '-01')::date) and coalesce(hr.end_date > last_day((hr.period || '-01')::date), true)
            group by hr.period, hr.post_id
        ),
        months as (select distinct period from hr_assignments)

        select
            received.delivery_id,
            sum(coalesce(posts, 1)) as posts,
            sum(budgeted_fte) as budgeted_fte,
            avg(case when post_status = 'frozen' then 1.0 else 0.0 end) as frozen_share,
            case
                when count(months.period) > 0 and count(*) >= 20
                    then count(held.post_id) / nullif(count(*), 0)
            end as filled_share
        from received
        join delivery using (delivery_id)
        left join months on delivery.period = months.period
        left join held on delivery.period = held.period and received.post_id = held.post_id
        group by received.delivery_id
    """,
    against_previous=f"""
        with
        posts as (
            select
                compared.delivery_id,
                count(*) as posts,
                count(*) filter (now.post_id is not null) as kept
            from compared
            join received as previous on compared.previous_id = previous.delivery_id
            left join (select distinct delivery_id, post_id from received) as now -- a post may be there once a cost share
                on compared.delivery_id = now.delivery_id and previous.post_id = now.post_id
            group by compared.delivery_id
        ),
        gone as (
            select delivery_id, count(*) as teams from ({TEAMS_GONE}) group by delivery_id
        )

        select
            posts.delivery_id,
            case when posts.posts >= 20 then posts.kept / posts.posts end as kept_posts_share,
            coalesce(gone.teams, 0) as teams_gone
        from posts
        left join gone using (delivery_id)
    """,
    compared_figures=("posts", "budgeted_fte"),
    compared_shares=("frozen_share",),
    named={"teams_gone": f"select delivery_id, in_delivery, null as source_row, team_id as subject, null as value from ({TEAMS_GONE})"},
)
