"""The checks of every source, by its name."""

from expectations.engine.check_rule import Rule
from expectations.engine.source_checks import SourceChecks
from expectations.rules.absence import ABSENCE
from expectations.rules.agency import AGENCY
from expectations.rules.agency_invoices import AGENCY_INVOICES
from expectations.rules.basic_checks import AS_RECEIVED
from expectations.rules.caseload import CASELOAD
from expectations.rules.establishment import ESTABLISHMENT
from expectations.rules.hr_assignments import HR_ASSIGNMENTS
from expectations.rules.marts import RULES as MARTS_RULES
from expectations.rules.payroll import PAYROLL
from expectations.rules.survey import SURVEY
from expectations.rules.training import TRAINING

SOURCES: dict[str, SourceChecks] = {
    checks.source: checks
    for checks in (HR_ASSIGNMENTS, ESTABLISHMENT, AGENCY, AGENCY_INVOICES, ABSENCE, CASELOAD, TRAINING, SURVEY, PAYROLL, *AS_RECEIVED)
}


def every_rule() -> list[Rule]:
    """The rules of every source and of the marts."""
    return [rule for checks in SOURCES.values() for rule in checks.rules] + list(MARTS_RULES)
