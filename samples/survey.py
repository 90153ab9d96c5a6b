"""A yearly survey of social workers: anonymous answers to two questions on each of the eight employer standards, and a national
survey's report of means."""

from __future__ import annotations

from datetime import date
from random import Random

from samples.layout import Row
from samples.truth import Council, Person

RESPONSE, HEALTH_CHECK_RESPONSE = 0.62, 0.41
STANDARDS = {
    1: (3.9, "My organisation explains its approach to social work", "I understand how my work fits in"),
    2: (3.6, "There are enough staff to do the work", "Posts are filled in good time"),
    3: (3.4, "My workload is manageable", "My caseload is reviewed with me"),
    4: (3.7, "I feel safe at work", "My wellbeing is taken seriously"),
    5: (4.2, "I have regular supervision", "Supervision helps me to reflect"),
    6: (4.0, "I can take the training that I need", "I have time for professional development"),
    7: (4.3, "I am supported to stay registered", "Standards of practice are clear to me"),
    8: (3.8, "We work well with universities", "I would recommend working here"),
}
NOT_APPLICABLE = 0.03
COMMENTS = 0.1


def means(council: Council, month_end: date, seed: str) -> list[Row]:
    """The report of a national health check: one mean per standard, and the mean of all organisations. Both are made up."""
    random = Random(f"{seed}:health check:{month_end}")
    asked = len(_social_workers(council, month_end))
    of_topics = {f"standard_{standard}": 25 * (mean - 1) for standard, (mean, *_) in STANDARDS.items()}
    of_topics |= {"workplace_experience": 66.0, "overall": sum(of_topics.values()) / len(of_topics)}
    return [
        {
            "survey_name": f"Employer Standards Health Check {month_end.year}",
            "population": "childrens_services",
            "topic": topic,
            "mean_score": round(mean + random.uniform(-4, 4), 1),
            "responses": round(asked * HEALTH_CHECK_RESPONSE),
            "invited": asked,
            "national_mean": round(mean, 1),
        }
        for topic, mean in of_topics.items()
    ]


def _social_workers(council: Council, month_end: date) -> set[Person]:
    return {
        assignment.person for assignment in council.assignments if assignment.in_place(month_end) and assignment.registered.at(month_end)
    }


def answers(council: Council, month_end: date, seed: str) -> list[Row]:
    """One row per answer. It comes only from the survey's own random numbers, not from a person."""
    random = Random(f"{seed}:survey:{month_end}")
    staff = _social_workers(council, month_end)
    rows: list[Row] = []
    for respondent in range(1, round(len(staff) * RESPONSE) + 1):
        mood = random.gauss(0, 0.5)
        for standard, (mean, *questions) in STANDARDS.items():
            for place, question in enumerate(questions, start=1):
                score = min(5, max(1, round(random.gauss(mean + mood, 0.8))))
                said = standard == 8 and place == 2 and random.random() < COMMENTS
                rows.append(
                    {
                        "survey_name": f"Social Worker Health Check {month_end.year}",
                        "respondent": respondent,
                        "standard": standard,
                        "question_id": f"S{standard}Q{place}",
                        "question_text": question,
                        "answer": None if random.random() < NOT_APPLICABLE else score,
                        "comment": f"Comment {respondent}" if said else None,
                    }
                )
    return rows
