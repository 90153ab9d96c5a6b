"""The dbt description of schema `raw`, written from the contracts: every table of `contracts/raw_tables.py`, column by column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from contracts.contract_model import BAND_SINCE, Column
from contracts.contract_versions import contract, sources, versions
from contracts.raw_tables import tables
from foundation.storage import REJECTED_KEY, REPOSITORY

SOURCES_FILE = REPOSITORY / "dbt_project" / "models" / "staging" / "sources.yml"
HEADER = "# Written from the contracts by `python -m ingestion contracts`. Change a contract, not this file.\n"
WIDTH = 140

IN_EVERY_TABLE = {
    "organisation_id": "The council, by its id in the configuration.",
    "period": "The month that the delivery stands for, YYYY-MM.",
    "delivery_id": "The delivery that the row came in, as in the ledger.",
    "source_file": "The extract's file name.",
    "source_sheet": "The sheet of a workbook. Empty for other files.",
    "source_row": "The row's number in the extract, as Excel shows it. Empty where rows must not be traced.",
    "source": "The kind of data, by the name of its contract.",
}
BAND_SINCE_WHEN = (
    "Of a full history: the first month at whose end the age band held, YYYY-MM, from which the bands of earlier months follow. Empty where it held in "
    "every month since the council's first, and of any other delivery."
)
CHECK_COLUMNS = {
    "rule_id": "The rule's id.",
    "severity": "block, hold, warn or note.",
    "outcome": "passed, failed, accepted (by the council, until a day) or errored.",
    "rows_failed": "Rows that fail the rule; 0 if it passed.",
    "says": "What is wrong, in plain words.",
    "fix": "Where and how to put it right.",
    "indicators": "The indicators that the rule touches, with commas; empty for all that are counted from the source.",
    "put_right_in": "The source in which it is put right.",
    "accepted_until": "The last day on which the council takes the failure as true. Empty where it does not.",
    "run_at": "When the check was made, in UTC.",
    "first_seen": "When the problem was first found, in UTC. Empty for what passed.",
    "state": "new, again, fixed, clear or unknown (the check could not be made), beside the run before.",
    "rows_new": "Failing rows that did not fail in the run before.",
    "rows_again": "Failing rows that did.",
    "rows_fixed": "Rows that failed in the run before and do not any more.",
}
LEDGER_AND_CONFIGURATION: dict[str, tuple[str, dict[str, str]]] = {
    REJECTED_KEY: (
        "One row a rejected row of which a number can be read, so that the row is not taken for absence. Nothing else of the row is in it.",
        {
            "person_key": "Pseudonym. The employee number of a rejected row of staff in post. Empty where it cannot be read.",
            "assignment_key": "Pseudonym. The assignment number of a rejected row of staff in post. Empty where it cannot be read.",
            "post_id": "The position number of a rejected row of the establishment.",
            "booking_key": "Pseudonym. The booking number of a rejected row of agency bookings. Empty where it cannot be read.",
            "agency_worker_key": "Pseudonym. The worker's number of a rejected row of agency bookings. Empty where it cannot be read.",
        },
    ),
    "ledger": (
        "One row a delivery, as the ledger has it when the build begins.",
        {
            "delivers": "What one delivery stands for: snapshot, history or events.",
            "file": "The extract's file name.",
            "received_at": "When the extract was received, in UTC.",
            "rows_read": "Rows in the file below its header: accepted, rejected and left out together.",
            "rows_accepted": "Rows that are in raw.",
            "rows_rejected": "Rows that break the contract.",
            "rows_left_out": "Rows that a rule leaves out, such as totals and blank rows.",
            "state": "accepted, held or superseded.",
            "rejected_keys": "Rejected rows of which raw has a number that could be read.",
            "is_in_force": "Whether it is the delivery of its period that counts: the latest received that is not held.",
        },
    ),
    "checks": (
        "One row a rule and delivery: what the checks before the build found.",
        CHECK_COLUMNS,
    ),
    "check_runs": (
        "One row a rule, delivery and run of the checks, of those that were open or put right in it.",
        CHECK_COLUMNS,
    ),
    "publication": (
        "One row a publication made before this build.",
        {"publication": "The publication's id.", "published_at": "When it was made, in UTC."},
    ),
    "published_delivery": (
        "One row a publication and delivery that was in force in it.",
        {"publication": "The publication's id."},
    ),
    "published_value": (
        "One row a publication and row of its indicator_value, as it was given to the board.",
        {
            "publication": "The publication's id.",
            "organisation_id": "The council. Empty above a council.",
            "indicator_id": "What is measured.",
            "definition_id": "By which definition.",
            "month_end": "Last day of the month.",
            "scope": "Of what the figure is.",
            "scope_id": "Its id.",
            "numerator": "Above the line; empty where suppressed.",
            "denominator": "Below the line; empty where suppressed.",
            "value": "Per cent, cases or score, not rounded.",
            "unit": "per_cent, cases or score.",
            "target": "The target at that month.",
            "status": "As published: met, not_met, no_target, not_available or suppressed.",
            "status_reason": "Why no figure was shown, or one of an older month.",
            "as_at_month": "The month that stood in, where the month's own deliveries were missing.",
        },
    ),
    "config_organisation": (
        "One row a council of the configuration.",
        {
            "organisation_name": "The council's name.",
            "la_code": "DfE's number of the authority, three digits.",
            "new_la_code": "The authority's code of nine characters.",
            "region": "The region of England.",
            "partnership": "The partnership with other councils. Empty for none.",
            "first_month": "The first month that is built, YYYY-MM.",
            "last_month": "The last month of a council that was split or became part of another, YYYY-MM. Empty while it is there.",
            "is_council": "No for what only stands for published statistics, such as England.",
        },
    ),
    "config_source": (
        "One row a council and source of the configuration.",
        {
            "owner": "Who answers for the extract.",
            "delivers": "What one delivery stands for: snapshot, history or events.",
            "is_published_statistics": "Whether others publish it, so that its files make no month of the council.",
            "due_through": "The last month of which the extract should have come, YYYY-MM. Empty where the council has no day on which extracts are due.",
        },
    ),
    "config_caseload_limit": (
        "One row a council and day from which its limits of cases hold.",
        {
            "from_date": "First day of the limits.",
            "cases": "Cases that a full-time worker may hold.",
            "asye_cases": "Cases that a full-time worker in the assessed and supported year may hold.",
        },
    ),
    "config_target": (
        "One row a council, indicator, definition and date: what a board wants to reach. One for every council stands once a council.",
        {
            "indicator_id": "The indicator.",
            "definition_id": "The definition that the target is set on.",
            "from_date": "First day from which the target is meant. Empty for always.",
            "by_date": "The day by which it is to be reached. Empty for standing.",
            "comparison": "at_most, below, at_least or above.",
            "value": "The value to reach, in the indicator's unit.",
            "source": "The document that set it.",
        },
    ),
    "config_course": (
        "One row a course of the configuration, where no catalogue is delivered.",
        {
            "course_id": "The course's code, as in training.",
            "course_name": "The course's name.",
            "required_of": "The role group of whom it is required. Empty if of nobody.",
            "valid_months": "Months after which it must be repeated. Empty for ever.",
            "due_within_days": "Of a course of the induction: days after the start within which it must be complete. Empty for other courses.",
            "multi_agency": "Whether it is taught together with partners. Empty where only each attendance says so.",
            "cost_a_place": "Pounds a place. Empty where it is not known.",
        },
    ),
    "config_accepted_exception": (
        "One row a council and rule whose failure it takes as true until a day.",
        {
            "rule_id": "The rule's id.",
            "from_month": "The first month that is accepted, YYYY-MM.",
            "until": "The last day on which it is.",
            "most_rows": "How many failing rows are accepted. Empty for any number.",
            "by": "Who decided, by role.",
            "reason": "Why.",
        },
    ),
    "config_threshold": (
        "One row a council, rule and span of months with other limits than the project's.",
        {
            "rule_id": "The rule's id.",
            "from_month": "The first month, YYYY-MM.",
            "to_month": "The last month. Empty until further notice.",
            "least": "The least value that passes.",
            "most": "The most.",
            "by": "Who decided, by role.",
            "reason": "Why.",
        },
    ),
    "config_team_change": (
        "One row a council and team that goes on under another id.",
        {
            "from_date": "First day under the new id.",
            "old_team_id": "The id before.",
            "new_team_id": "The id after.",
        },
    ),
    "config_post_grade": (
        "One row a council, list and job role: which roles a list of the council's own counts.",
        {
            "list": "The list's name, such as team_manager_and_below.",
            "job_role": "The job role.",
            "from_date": "First day on which the role counts. Empty for always.",
            "to_date": "Last day on which the role counts. Empty for until further notice.",
        },
    ),
    "config_not_supplied": (
        "One row a council, source or measure of it, and span of months that the council did not supply.",
        {
            "measure": "The one measure that was not supplied, by DfE's name; empty for the whole source.",
            "from_month": "First month, YYYY-MM.",
            "to_month": "Last month, YYYY-MM.",
            "symbol": "DfE's symbol for why: u, x, z or c.",
            "counts_above": "Whether it counts in the figures above the council: no, yes, or the month that stands in, YYYY-MM.",
        },
    ),
}


def write_sources(path: Path = SOURCES_FILE) -> Path:
    """Write the description of schema `raw` for dbt, and return where."""
    path.write_text(sources_yaml(), encoding="utf-8")
    return path


def sources_yaml() -> str:
    """The description of schema `raw` for dbt. The same contracts give the same text."""
    described = [_table(name, columns) for name, columns in tables().items()]
    about = "What the councils sent, as accepted and protected at the door, with the ledger, the checks and the configuration."
    document = {"version": 2, "sources": [{"name": "raw", "schema": "raw", "description": about, "tables": described}]}
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=WIDTH)


def _table(name: str, columns: dict[str, str]) -> dict[str, Any]:
    if name in sources():
        about, told = _source(name)
    else:
        about, told = LEDGER_AND_CONFIGURATION[name]
    described = [
        {"name": column, "description": told.get(column) or IN_EVERY_TABLE[column], "data_type": kind.lower()}
        for column, kind in columns.items()
    ]
    return {"name": name, "description": about, "columns": described}


def _source(name: str) -> tuple[str, dict[str, str]]:
    latest = contract(name)
    about = f"{latest.about.grain} {latest.about.purpose} Owner: {latest.about.owner}. Contract {latest.version}."
    columns = latest.raw or latest.columns
    since = {column.raw_name + BAND_SINCE: BAND_SINCE_WHEN for column in columns if column.is_age}
    return about, {column.raw_name: _told(name, column) for column in columns} | since


def _told(source: str, column: Column) -> str:
    """What a raw column is, and which of the contract's versions have it if not all do."""
    before = {"pseudonymise": "Pseudonym. ", "generalise": "Broad group. " if column.groups else "Age band. "}.get(column.privacy, "")
    having = [contract for contract in versions(source) if column.raw_name in {other.raw_name for other in contract.columns}]
    span = ""
    if having[0].from_month:
        span += f" From {having[0].from_month} on."
    if having[-1].to_month:
        span += f" Until {having[-1].to_month}."
    return f"{before}{column.description}{span}"
