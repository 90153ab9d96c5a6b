"""The checks of every source, by its name."""

from expectations.absence import ABSENCE
from expectations.agency import AGENCY
from expectations.as_received import AS_RECEIVED
from expectations.caseload import CASELOAD
from expectations.establishment import ESTABLISHMENT
from expectations.hr_assignments import HR_ASSIGNMENTS
from expectations.payroll import PAYROLL
from expectations.source import SourceChecks
from expectations.survey import SURVEY
from expectations.training import TRAINING

SOURCES: dict[str, SourceChecks] = {
    checks.source: checks for checks in (HR_ASSIGNMENTS, ESTABLISHMENT, AGENCY, ABSENCE, CASELOAD, TRAINING, SURVEY, PAYROLL, *AS_RECEIVED)
}
