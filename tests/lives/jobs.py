"""The job roles, and how each is counted. They are written here a second time, so that a slip in the project's own list is found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A job role: 1 is the most senior. `level` is the Department's role."""

    seniority: int
    level: str | None = None
    is_social_work: bool = False
    is_trainee: bool = False
    groups: tuple[str, ...] = ()


def _social_work(seniority: int, level: str, *groups: str) -> Job:
    return Job(seniority, level, is_social_work=True, groups=("social_worker", *groups))


DIRECTOR = "director"
JOBS = {
    DIRECTOR: Job(1, "senior_manager", is_social_work=True),
    "service_manager": _social_work(2, "middle_manager"),
    "principal_social_worker": _social_work(3, "middle_manager"),
    "iro": _social_work(4, "qualified_without_cases", "iro"),
    "cp_chair": _social_work(5, "qualified_without_cases", "iro"),
    "team_manager": _social_work(6, "first_line_manager"),
    "assistant_team_manager": _social_work(7, "first_line_manager"),
    "advanced_practitioner": _social_work(8, "senior_practitioner", "frontline_social_worker"),
    "senior_social_worker": _social_work(9, "senior_practitioner", "frontline_social_worker"),
    "social_worker": _social_work(10, "case_holder", "frontline_social_worker"),
    "asye_social_worker": _social_work(11, "case_holder", "frontline_social_worker"),
    "social_work_apprentice": Job(12, is_trainee=True),
    "unregistered_social_worker": Job(13, is_trainee=True),
    "early_help_worker": Job(14),
    "family_support_worker": Job(15),
    "education_officer": Job(16),
    "send_officer": Job(17),
    "business_support": Job(18),
}
# The council's list of grades, the same in every simulated council.
TEAM_MANAGER_AND_BELOW = (
    "team_manager",
    "assistant_team_manager",
    "advanced_practitioner",
    "senior_social_worker",
    "social_worker",
    "asye_social_worker",
)


def counts_for_dfe(role: str) -> bool:
    """Whether a job is a social work job of children's services other than the Director's."""
    return JOBS[role].is_social_work and role != DIRECTOR
