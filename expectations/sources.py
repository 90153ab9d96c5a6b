"""The checks of every source, by its name."""

from expectations.absence import ABSENCE
from expectations.agency import AGENCY
from expectations.agency_invoices import AGENCY_INVOICES
from expectations.as_received import AS_RECEIVED
from expectations.caseload import CASELOAD
from expectations.establishment import ESTABLISHMENT
from expectations.hr_assignments import HR_ASSIGNMENTS
from expectations.marts import RULES as MARTS_RULES
from expectations.payroll import PAYROLL
from expectations.rules import Rule
from expectations.source import SourceChecks
from expectations.survey import SURVEY
from expectations.training import TRAINING

SOURCES: dict[str, SourceChecks] = {
    checks.source: checks
    for checks in (HR_ASSIGNMENTS, ESTABLISHMENT, AGENCY, AGENCY_INVOICES, ABSENCE, CASELOAD, TRAINING, SURVEY, PAYROLL, *AS_RECEIVED)
}


def every_rule() -> list[Rule]:
    """The rules of every source and of the marts."""
    return [rule for checks in SOURCES.values() for rule in checks.rules] + list(MARTS_RULES)
