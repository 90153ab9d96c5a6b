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
    "For a full history: the first month, YYYY-MM, at whose end the age band applied. The bands of earlier months follow from it. "
    "Empty if the band applied in every month since the council's first. Empty for any other delivery."
)
CHECK_COLUMNS = {
    "rule_id": "The rule's id.",
    "severity": "block, hold, warn or note.",
    "outcome": "passed, failed, accepted (by the council, until a day) or errored.",
    "rows_failed": "Rows that fail the rule; 0 if it passed.",
    "says": "What is wrong, in plain words.",
    "fix": "Where and how to correct it.",
    "indicators": "The indicators that the rule affects, separated by commas. Empty for all that are counted from the source.",
    "put_right_in": "The source in which it is corrected.",
    "accepted_until": "The last day on which the council accepts the failing data as true. Empty if the council does not accept it.",
    "run_at": "When the check ran, in UTC.",
    "first_seen": "When the problem was first found, in UTC. Empty for a check that passed.",
    "state": "Compared with the previous run: new, again, fixed, clear or unknown (the check could not run).",
    "rows_new": "Failing rows that did not fail in the previous run.",
    "rows_again": "Failing rows that also failed in the previous run.",
    "rows_fixed": "Rows that failed in the previous run and no longer fail.",
}
LEDGER_AND_CONFIGURATION: dict[str, tuple[str, dict[str, str]]] = {
    REJECTED_KEY: (
        "One row per rejected row whose number can be read. It stops the rejected row from counting as absence. Nothing else from the rejected row is kept here.",
        {
            "person_key": "Pseudonym. The employee number of a rejected row of staff in post. Empty where it cannot be read.",
            "assignment_key": "Pseudonym. The assignment number of a rejected row of staff in post. Empty where it cannot be read.",
            "post_id": "The position number of a rejected row of the establishment.",
            "booking_key": "Pseudonym. The booking number of a rejected row of agency bookings. Empty where it cannot be read.",
            "agency_worker_key": "Pseudonym. The worker's number of a rejected row of agency bookings. Empty where it cannot be read.",
        },
    ),
    "ledger": (
        "One row per delivery, as in the ledger when the build begins.",
        {
            "delivers": "What kind of delivery it is: snapshot, history or events.",
            "file": "The extract's file name.",
            "received_at": "When the extract was received, in UTC.",
            "rows_read": "Rows in the file below its header: accepted, rejected and left out together.",
            "rows_accepted": "Rows that are in raw.",
            "rows_rejected": "Rows that break the contract.",
            "rows_left_out": "Rows that a rule leaves out, such as totals and blank rows.",
            "state": "accepted, held or superseded.",
            "rejected_keys": "Rejected rows whose number could be read and is in raw.",
            "is_in_force": "Whether the delivery counts for its period: the latest received that is not held.",
        },
    ),
    "checks": (
        "One row per rule and delivery, with the result of the checks before the build.",
        CHECK_COLUMNS,
    ),
    "check_runs": (
        "One row per rule, delivery and run of the checks. Only problems that were open or fixed in the run.",
        CHECK_COLUMNS,
    ),
    "publication": (
        "One row per publication made before this build.",
        {"publication": "The publication's id.", "published_at": "When it was made, in UTC."},
    ),
    "published_delivery": (
        "One row per publication and delivery that was in force in it.",
        {"publication": "The publication's id."},
    ),
    "published_value": (
        "One row per publication and row of its indicator_value, as published.",
        {
            "publication": "The publication's id.",
            "organisation_id": "The council. Empty above a council.",
            "indicator_id": "What is measured.",
            "definition_id": "The definition.",
            "month_end": "Last day of the month.",
            "scope": "What kind of unit the figure is for.",
            "scope_id": "The id of the unit.",
            "numerator": "Numerator. Empty if suppressed.",
            "denominator": "Denominator. Empty if suppressed.",
            "value": "Per cent, cases or score, not rounded.",
            "unit": "per_cent, cases or score.",
            "target": "The target at that month.",
            "status": "As published: met, not_met, no_target, not_available or suppressed.",
            "status_reason": "Why no figure was shown, or why a figure of an earlier month was shown.",
            "as_at_month": "The month whose figure was shown, if the month's own deliveries were missing.",
        },
    ),
    "config_organisation": (
        "One row per council in the configuration.",
        {
            "organisation_name": "The council's name.",
            "la_code": "DfE's three-digit number for the authority.",
            "new_la_code": "The authority's nine-character code.",
            "region": "The region of England.",
            "partnership": "The partnership with other councils. Empty if there is none.",
            "first_month": "The first month that is built, YYYY-MM.",
            "last_month": "The last month of a council that was split or became part of another, YYYY-MM. Empty while the council exists.",
            "is_council": "No for entries that have only published statistics, such as England.",
        },
    ),
    "config_source": (
        "One row per council and source in the configuration.",
        {
            "owner": "Who is responsible for the extract.",
            "delivers": "What kind of delivery it is: snapshot, history or events.",
            "is_published_statistics": "Whether the source is published by others. Its files then do not create a month for the council.",
            "due_through": "The last month for which the extract is due, YYYY-MM. Empty if the council has set no due day.",
        },
    ),
    "config_contract": (
        "One row per source that has a contract.",
        {
            "title": "The contract's name.",
            "purpose": "What the source is for.",
            "grain": "What one row of the extract is.",
            "owner": "Who is usually responsible for the extract.",
        },
    ),
    "config_caseload_limit": (
        "One row per council and day from which its caseload limits apply.",
        {
            "from_date": "First day on which the limits apply.",
            "cases": "Cases that a full-time worker may hold.",
            "asye_cases": "Cases that a full-time worker in the assessed and supported year may hold.",
        },
    ),
    "config_target": (
        "One row per council, indicator, definition and date, with the target that a board has set. A target for all councils has one row per council.",
        {
            "indicator_id": "The indicator.",
            "definition_id": "The definition that the target is for.",
            "from_date": "First day on which the target applies. Empty if it always applies.",
            "by_date": "The day by which the target should be reached. Empty for a standing target.",
            "comparison": "at_most, below, at_least or above.",
            "value": "The value to reach, in the indicator's unit.",
            "source": "The document that set it.",
        },
    ),
    "config_course": (
        "One row per course in the configuration. Used if no catalogue is delivered.",
        {
            "course_id": "The course's code, as in training.",
            "course_name": "The course's name.",
            "required_of": "The role group that must take the course. Empty if nobody must.",
            "valid_months": "Number of months after which the course must be repeated. Empty if it never expires.",
            "due_within_days": "For an induction course only: number of days after the start within which it must be complete.",
            "multi_agency": "Whether the course is taught together with partners. Empty if only attendance records say so.",
            "cost_a_place": "Cost per place, in pounds. Empty if not known.",
        },
    ),
    "config_accepted_exception": (
        "One row per council and rule whose failing data the council accepts as true until a given day.",
        {
            "rule_id": "The rule's id.",
            "from_month": "The first month that the council accepts, YYYY-MM.",
            "until": "The last day on which the council accepts it.",
            "most_rows": "The largest number of failing rows accepted. Empty for any number.",
            "by": "Who decided, by role.",
            "reason": "Why it was decided.",
        },
    ),
    "config_threshold": (
        "One row per council, rule and period of months with limits that differ from the project's.",
        {
            "rule_id": "The rule's id.",
            "from_month": "The first month, YYYY-MM.",
            "to_month": "The last month, YYYY-MM. Empty until further notice.",
            "least": "The lowest value that passes.",
            "most": "The highest value that passes.",
            "by": "Who decided, by role.",
            "reason": "Why it was decided.",
        },
    ),
    "config_team_change": (
        "One row per council and team that continues under another id.",
        {
            "from_date": "First day under the new id.",
            "old_team_id": "The id before.",
            "new_team_id": "The id after.",
        },
    ),
    "config_post_grade": (
        "One row per council, list and job role, with the roles that count in a council's own list.",
        {
            "list": "The list's name, such as team_manager_and_below.",
            "job_role": "The job role.",
            "from_date": "First day on which the role counts. Empty for always.",
            "to_date": "Last day on which the role counts. Empty for until further notice.",
        },
    ),
    "config_not_supplied": (
        "One row per council, source or measure, and period of months that the council did not supply.",
        {
            "measure": "The measure that was not supplied, by DfE's name. Empty for the whole source.",
            "from_month": "First month, YYYY-MM.",
            "to_month": "Last month, YYYY-MM.",
            "symbol": "DfE's symbol for why: u, x, z or c.",
            "counts_above": "How the council counts in figures above the council: no, yes, or the month used instead, YYYY-MM.",
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
    about = "What the councils sent, as accepted and with identifiers protected, with the ledger, the checks and the configuration."
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
