"""Checks for sources that have no checks of their own yet: does the extract have rows, and can they be used?"""

from expectations.engine.source_checks import SourceChecks
from expectations.rules.common_rules import delivery_rules, registration_rule

# A register, list or publication that did not change since last month is the same file. That is not a mistake.
MAY_STAY_THE_SAME = (
    "org_units",
    "courses",
    "registration",
    "cohorts",
    "actions",
    "comparators",
    "statistical_neighbours",
    "resident_profile",
    "return_answers",
)
SAME_AS_ANOTHER_MONTH = "-004"

PREFIXES = {
    "org_units": ("ORG", "organisation chart, units with their dates"),
    "courses": ("CRS", "learning system, course catalogue"),
    "survey_means": ("SVM", "survey tool, report of the organisation"),
    "recruitment": ("REC", "recruitment system, vacancies of the month"),
    "supervision": ("SUP", "supervision records, due in the month"),
    "registration": ("REG", "check of the Social Work England register"),
    "cohorts": ("COH", "learning and development, list of cohorts"),
    "exit_interviews": ("EXI", "exit forms, closed period"),
    "actions": ("ACT", "action plan, all actions of the plans in force"),
    "comparators": ("CMP", "Explore Education Statistics, children's social work workforce, download of all data"),
    "statistical_neighbours": ("STN", "Department for Education, model of statistical neighbours"),
    "return_answers": ("RTA", "workbook of answers for the returns"),
    "resident_profile": ("RES", "published table of residents"),
}


def _checks(source: str, prefix: str, where: str) -> SourceChecks:
    rules = delivery_rules(prefix, where)
    if source in MAY_STAY_THE_SAME:
        rules = tuple(rule for rule in rules if not rule.rule_id.endswith(SAME_AS_ANOTHER_MONTH))
    if source == "registration":
        rules = (*rules, registration_rule(f"{prefix}-005", f"{where}: use the number in the register"))
    return SourceChecks(
        source=source,
        rules=rules,
        columns={},
        figures="select delivery_id, count(*) as rows_received from received group by delivery_id",
    )


AS_RECEIVED = tuple(_checks(source, prefix, where) for source, (prefix, where) in PREFIXES.items())
