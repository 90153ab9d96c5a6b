"""Are there enough answers to a survey to say anything?"""

from expectations.rules import Rule, between, delivery_rules
from expectations.source import SourceChecks

LEAST_ANSWERS = 10  # the floor under every table of people: below it nothing of the survey is shown

WHERE = "survey tool, export of the closed survey"

RULES = (
    *delivery_rules("SUR", WHERE),
    Rule(
        rule_id="SUR-005",
        severity="warn",
        says=f"A survey has fewer than {LEAST_ANSWERS} answers to its most answered question: no result of it can be shown",
        fix="Check that the export has all responses; otherwise keep the survey open longer next time",
        expects=between("most_answers", least=LEAST_ANSWERS),
        of="deliveries",
    ),
)

SURVEY = SourceChecks(
    source="survey",
    rules=RULES,
    columns={"survey_name": "varchar", "question_id": "varchar", "answer": "integer"},
    figures="""
        with
        questions as (
            select delivery_id, survey_name, question_id, count(answer) as answers
            from received
            group by delivery_id, survey_name, question_id
        ),
        surveys as (
            select delivery_id, survey_name, max(answers) as answers
            from questions
            group by delivery_id, survey_name
        )

        select delivery_id, min(answers) as most_answers
        from surveys
        group by delivery_id
    """,
)
