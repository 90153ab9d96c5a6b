"""Is an extract of funded posts believable?"""

from expectations.rules import Rule, change_rules, delivery_rules, holds
from expectations.source import SourceChecks

WHERE = "establishment control, posts report"

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
)

ESTABLISHMENT = SourceChecks(
    source="establishment",
    rules=RULES,
    columns={
        "post_id": "varchar",
        "team_id": "varchar",
        "team_name": "varchar",
        "service_id": "varchar",
        "budgeted_fte": "double",
    },
    rows="""
        select
            delivery_id,
            source_row,
            min(team_name) over team = max(team_name) over team as one_team_name,
            min(service_id) over team = max(service_id) over team as one_service
        from received
        window team as (partition by delivery_id, team_id)
    """,
    figures="select delivery_id, count(*) as posts, sum(budgeted_fte) as budgeted_fte from received group by delivery_id",
    compared_figures=("posts", "budgeted_fte"),
)
