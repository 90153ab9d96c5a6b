"""The tables of schema `raw` with the configuration, column by column, and the files in the configuration folder that are read as they are."""

from __future__ import annotations

# Files of the configuration folder: table, columns. Those of a council get an organisation_id in front.
SHARED_FILES = {
    "config_course": (
        "courses.csv",
        {
            "course_id": "VARCHAR",
            "course_name": "VARCHAR",
            "required_of": "VARCHAR",
            "valid_months": "INTEGER",
            "due_within_days": "INTEGER",
            "multi_agency": "BOOLEAN",
            "cost_a_place": "DECIMAL(12,2)",
        },
    ),
}
# A file may leave these columns out. They are then empty.
MAY_BE_LEFT_OUT = ("due_within_days", "multi_agency", "cost_a_place")
ORGANISATION_COLUMNS = {
    "organisation_id": "VARCHAR",
    "organisation_name": "VARCHAR",
    "la_code": "VARCHAR",
    "new_la_code": "VARCHAR",
    "region": "VARCHAR",
    "partnership": "VARCHAR",
    "first_month": "VARCHAR",
    "last_month": "VARCHAR",
    "is_council": "BOOLEAN",
}
SOURCE_COLUMNS = {
    "organisation_id": "VARCHAR",
    "source": "VARCHAR",
    "owner": "VARCHAR",
    "delivers": "VARCHAR",
    "is_published_statistics": "BOOLEAN",
    "due_through": "VARCHAR",
}
CONTRACT_COLUMNS = {"source": "VARCHAR", "title": "VARCHAR", "purpose": "VARCHAR", "grain": "VARCHAR", "owner": "VARCHAR"}
CASELOAD_LIMIT_COLUMNS = {"organisation_id": "VARCHAR", "from_date": "DATE", "cases": "INTEGER", "asye_cases": "INTEGER"}
TARGET_COLUMNS = {
    "organisation_id": "VARCHAR",
    "indicator_id": "VARCHAR",
    "definition_id": "VARCHAR",
    "from_date": "DATE",
    "by_date": "DATE",
    "comparison": "VARCHAR",
    "value": "DOUBLE",
    "source": "VARCHAR",
}
# A council that decided nothing about the rules has no such file.
OPTIONAL_COUNCIL_FILES = {
    "config_accepted_exception": (
        "accepted_exceptions.csv",
        {"rule_id": "VARCHAR", "from_month": "VARCHAR", "until": "DATE", "most_rows": "BIGINT", "by": "VARCHAR", "reason": "VARCHAR"},
    ),
    "config_threshold": (
        "thresholds.csv",
        {
            "rule_id": "VARCHAR",
            "from_month": "VARCHAR",
            "to_month": "VARCHAR",
            "least": "DOUBLE",
            "most": "DOUBLE",
            "by": "VARCHAR",
            "reason": "VARCHAR",
        },
    ),
}
COUNCIL_FILES = {
    "config_team_change": ("team_changes.csv", {"from_date": "DATE", "old_team_id": "VARCHAR", "new_team_id": "VARCHAR"}),
    "config_post_grade": ("post_grades.csv", {"list": "VARCHAR", "job_role": "VARCHAR", "from_date": "DATE", "to_date": "DATE"}),
    "config_not_supplied": (
        "not_supplied.csv",
        {
            "source": "VARCHAR",
            "measure": "VARCHAR",
            "from_month": "VARCHAR",
            "to_month": "VARCHAR",
            "symbol": "VARCHAR",
            "counts_above": "VARCHAR",
        },
    ),
}


def configuration_tables() -> dict[str, dict[str, str]]:
    """Each table of the configuration: its columns in order and their SQL types."""
    council = {"organisation_id": "VARCHAR"}
    return {
        "config_organisation": ORGANISATION_COLUMNS,
        "config_source": SOURCE_COLUMNS,
        "config_contract": CONTRACT_COLUMNS,
        "config_caseload_limit": CASELOAD_LIMIT_COLUMNS,
        "config_target": TARGET_COLUMNS,
        **{table: columns for table, (_, columns) in SHARED_FILES.items()},
        **{table: council | columns for table, (_, columns) in (COUNCIL_FILES | OPTIONAL_COUNCIL_FILES).items()},
    }
