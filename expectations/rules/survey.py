"""Are there enough answers to a survey to say anything?"""

from expectations.engine.check_rule import Rule, between
from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import delivery_rules

LEAST_ANSWERS = 10  # the floor for every table of people: below it, nothing of the survey is shown

MOST_SAME_SHARE = 0.8
LEAST_OF_THE_MIDDLE = 0.5  # people leave out a question; half of them do so only if not everybody was asked it
LEAST_OF_LAST_SURVEY, MOST_OF_LAST_SURVEY = 0.5, 2.0  # response rates change by up to a third from year to year

WHERE = "survey tool, export of the closed survey"

RULES = (
    *delivery_rules("SUR", WHERE),
    Rule(
        rule_id="SUR-005",
        severity="warn",
        says="A survey has fewer than {least:g} answers to its most answered question, so no result can be shown",
        fix="Check that the export has all responses. If it does, keep the survey open longer next time",
        expects=between("most_answers", least=LEAST_ANSWERS),
        of="deliveries",
    ),
    Rule(
        rule_id="SUR-006",
        severity="hold",
        says="A survey has more answers to a question than there are people in staff in post",
        fix="Survey tool: let each person answer once, and export only this council's answers",
        expects=between("answers_against_hr", most=1.0),
        of="deliveries",
        reads=("hr_assignments",),
        indicators=("survey_score",),
    ),
    Rule(
        rule_id="SUR-007",
        severity="warn",
        says="More than {most:.0%} of the answers are the same. It may be a default of the survey tool, or one column for all questions",
        fix="Survey tool, export of the closed survey: check the columns of answers",
        expects=between("same_answer_share", most=MOST_SAME_SHARE),
        of="deliveries",
    ),
    Rule(
        rule_id="SUR-008",
        severity="warn",
        says="A standard of the survey has no question",
        fix="Survey set-up, question list: include each of the eight standards",
        expects=between("standards", least=8),
        of="deliveries",
    ),
    Rule(
        rule_id="SUR-009",
        severity="warn",
        says="A question of the survey has fewer than {least:.0%} of the answers of the median question",
        fix="Survey tool, export of the closed survey: check the column of that question",
        expects=between("least_answered_share", least=LEAST_OF_THE_MIDDLE),
        of="deliveries",
    ),
    Rule(
        rule_id="SUR-010",
        severity="warn",
        says="A survey has fewer than {least:.0%} of the answers of the previous survey, or more than {most:g} times as many",
        fix="Check that the export has all responses of all teams, and each one once: survey tool, export of the closed survey",
        expects=between("most_answers_change", LEAST_OF_LAST_SURVEY, MOST_OF_LAST_SURVEY),
        of="deliveries",
    ),
)

SURVEY = SourceChecks(
    source="survey",
    rules=RULES,
    columns={"survey_name": "varchar", "standard": "integer", "question_id": "varchar", "answer": "integer"},
    figures="""
        with
        questions as (
            select delivery_id, survey_name, question_id, count(answer) as answers
            from received
            group by delivery_id, survey_name, question_id
        ),
        surveys as (
            select
                delivery_id,
                survey_name,
                max(answers) as answers,
                min(answers) / nullif(median(answers), 0) as least_answered_share
            from questions
            group by delivery_id, survey_name
        ),
        employed as (
            select period, count(distinct person_key) as people from hr_assignments group by period
        ),
        answers as (
            select delivery_id, max(given) / sum(given) as same_answer_share
            from (select delivery_id, answer, count(*) as given from received where answer is not null group by delivery_id, answer)
            group by delivery_id
        ),
        standards as (
            select delivery_id, count(distinct standard) as standards from received where standard is not null group by delivery_id
        )

        select
            surveys.delivery_id,
            min(surveys.answers) as most_answers,
            min(least_answered_share) as least_answered_share,
            max(surveys.answers) / nullif(any_value(employed.people), 0) as answers_against_hr,
            any_value(answers.same_answer_share) as same_answer_share,
            any_value(standards.standards) as standards
        from surveys
        join delivery using (delivery_id)
        left join employed using (period)
        left join answers using (delivery_id)
        left join standards using (delivery_id)
        group by surveys.delivery_id
    """,
    compared_figures=("most_answers",),
)
