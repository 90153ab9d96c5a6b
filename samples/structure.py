"""Services and teams of a council, and which roles belong where."""

from __future__ import annotations

from random import Random

from samples.truth import Team, Timeline

DASH = " \N{EN DASH} "
POSTS_A_TEAM = 9
QUALITY = "Quality Assurance"
SERVICES: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("Integrated Front Door", 0.16, ("Multi-Agency Safeguarding Hub", "Assessment")),
    ("Safeguarding North", 0.28, ("Assessment", "Family Safeguarding", "Children in Need")),
    ("Safeguarding South", 0.26, ("Family Safeguarding", "Assessment", "Children in Need")),
    ("Corporate Parenting", 0.22, ("Children in Care", "Fostering", "Leaving Care")),
    (QUALITY, 0.08, ("Reviewing and Conferences", "Practice Improvement")),
)
SMALL_SERVICES = SERVICES[:1] + SERVICES[1:2] + SERVICES[3:4]
OTHER_TEAMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Early Help", f"Family Hubs{DASH}North", ("early_help_worker", "family_support_worker")),
    ("Early Help", f"Family Hubs{DASH}South", ("early_help_worker", "family_support_worker")),
    ("Education and Inclusion", "SEND Casework", ("send_officer",)),
    ("Education and Inclusion", "Education Welfare", ("education_officer",)),
    ("Quality Assurance", "Children's Business Support", ("business_support",)),
)
OTHER_TEAM_NUMBERS_FROM = 70
ROLES = (
    ("senior_social_worker", 30),
    ("social_worker", 42),
    ("advanced_practitioner", 9),
    ("asye_social_worker", 8),
    ("assistant_team_manager", 4),
    ("service_manager", 2),
)


def social_work_teams(posts: int) -> list[Team]:
    """Teams of about nine social work posts, in five services (three in a small authority)."""
    count = max(2, round(posts / POSTS_A_TEAM))
    services = SERVICES if count >= 8 else SMALL_SERVICES
    shares = [share for _, share, _ in services]
    sizes = [max(1, round(count * share / sum(shares))) for share in shares]
    teams: list[Team] = []
    for service_number, ((service, _, kinds), size) in enumerate(zip(services, sizes, strict=True), start=1):
        for place in range(size):
            kind = kinds[place % len(kinds)]
            name = f"{service}{DASH}{kind} {place // len(kinds) + 1}"
            teams.append(Team(Timeline(len(teams) + 1), Timeline(name), service_number, service))
    return teams


def other_teams() -> list[Team]:
    """The teams without social workers' posts."""
    services = sorted({service for service, _, _ in OTHER_TEAMS})
    numbers = {service: 6 + place for place, service in enumerate(services)}
    numbers[QUALITY] = 5
    return [
        Team(Timeline(OTHER_TEAM_NUMBERS_FROM + place), Timeline(name), numbers[service], service)
        for place, (service, name, _) in enumerate(OTHER_TEAMS)
    ]


def draw_role(team: Team, posts_in_team: int, random: Random) -> str:
    """The role of a new post. A team first gets one manager. Reviewing officers are in quality assurance."""
    if team.service_name == QUALITY:
        return random.choice(("iro", "iro", "cp_chair")) if posts_in_team else "principal_social_worker"
    if posts_in_team == 0:
        return "team_manager"
    return random.choices([role for role, _ in ROLES], [weight for _, weight in ROLES])[0]
