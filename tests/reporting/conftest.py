"""A small publication of two councils, with its rows in view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.reporting.board_tables import BOARD_TABLES

TABLES = """
create schema marts;
create table marts.organisation (organisation_id text, organisation_name text, region text, partnership text);
insert into marts.organisation values
    ('north', 'North Shire', 'East Midlands', null),
    ('south', 'South & West', 'East of England', 'South joint board');

create table marts.indicator (
    indicator_id text, definition_id text, title text, numerator text, denominator text, population text, period text,
    unit text, better text, decimals integer, source text, order_no integer
);
insert into marts.indicator values
    ('turnover_rate', 'dfe', 'Turnover rate', 'FTE of leavers', 'FTE in post at the month end', 'Registered social workers',
     '12 months', 'per_cent', 'lower', 1, 'Census guide', 20),
    ('turnover_rate', 'board', 'Turnover rate of permanent staff', 'FTE of permanent leavers', 'FTE of 13 month ends', 'Permanent staff',
     '12 months', 'per_cent', 'lower', 1, 'Framework 7.1', 21),
    ('absence_rate', 'dfe', 'Sickness absence rate', 'FTE days lost', 'FTE days that could be worked', 'Registered social workers',
     '12 months', 'per_cent', 'lower', 1, 'Census guide', 40),
    ('caseload', 'dfe', 'Average caseload', 'Cases held', 'FTE of case holders', 'Case holders', 'Month end',
     'cases', 'lower', 1, 'Census guide', 50),
    ('survey_score', 'board', 'Survey score', 'Scores', 'Answers', 'Respondents', 'Latest survey',
     'score', 'higher', 0, 'Framework 7.1', 80);

create table marts.indicator_value (
    organisation_id text, indicator_id text, definition_id text, month_end date, scope text, scope_id text,
    numerator decimal(18, 6), denominator decimal(18, 6), value double, unit text, target double, status text,
    status_reason text, as_at_month date, reason_source text, reason_rule text, reason_since date
);
-- Turnover by both definitions: 24 months, one of them missing; the last value is 9.65 by DfE.
insert into marts.indicator_value
select
    council, 'turnover_rate', definition, last_day(date '2023-10-01' + to_months(n)), 'organisation', council,
    if(n = 5, null, 19.3), if(n = 5, null, 200), if(n = 5, null, base - (23 - n) / 10), 'per_cent', goal,
    if(n = 5, 'not_available', ended), if(n = 5, 'source_missing', null), null, null, null, null
from range(24) as months(n),
    (values ('dfe', 9.65, null, 'no_target'), ('board', 11.1, 10, 'not_met')) as definitions(definition, base, goal, ended),
    (values ('north'), ('south')) as councils(council);
insert into marts.indicator_value values
    ('north', 'absence_rate', 'dfe', '2025-09-30', 'organisation', 'north', null, null, null, 'per_cent', null, 'not_available', 'u', null, 'absence', null, null),
    -- Below the floor: whatever the mart may still hold must not be printed.
    ('north', 'survey_score', 'board', '2025-09-30', 'organisation', 'north', 313, 4, 78.25, 'score', 75, 'suppressed', 'floor_10', null, null, null, null),
    ('north', 'caseload', 'dfe', '2025-08-31', 'organisation', 'north', 2472, 160, 15.45, 'cases', null, 'no_target', null, null, null, null, null),
    ('north', 'caseload', 'dfe', '2025-09-30', 'organisation', 'north', 2472, 160, 15.45, 'cases', null, 'no_target', 'delivery_held', '2025-08-31', 'caseload', 'CAS-002', '2025-10-12'),
    ('south', 'survey_score', 'board', '2025-09-30', 'organisation', 'south', 9000, 120, 75, 'score', 75, 'met', null, null, null, null, null);

create table marts.target (
    organisation_id text, indicator_id text, definition_id text, from_date date, by_date date, comparison text, value double, source text
);
insert into marts.target values
    ('north', 'turnover_rate', 'board', '2022-04-01', '2023-04-30', 'below', 10, 'Framework 7.1'),
    ('south', 'turnover_rate', 'board', '2022-04-01', '2023-04-30', 'below', 10, 'Framework 7.1'),
    ('south', 'survey_score', 'board', '2022-04-01', null, 'at_least', 75, 'Framework 7.1');

create table marts.establishment_position (
    unit_key text, organisation_id text, month_end date, scope text, scope_id text, role_group text,
    establishment_fte decimal(18, 6), permanent_fte decimal(18, 6), other_fte decimal(18, 6), kept_fte decimal(18, 6),
    agency_vacancy_cover_fte decimal(18, 6), agency_absence_cover_fte decimal(18, 6), agency_supernumerary_fte decimal(18, 6),
    unfilled_fte decimal(18, 6), frozen_fte decimal(18, 6), over_established_fte decimal(18, 6), posts bigint, posts_unfilled bigint,
    not_shown text
);
insert into marts.establishment_position values
    ('north', 'north', '2025-09-30', 'organisation', 'north', 'social_worker', 120, 67.2, 0, 0, 21.6, 2.4, 24, 31.2, 0, 0, 120, 31, null),
    ('north/team/t1', 'north', '2025-09-30', 'team', 't1', 'social_worker', 20, 18, 0, 0, 2, 0, 0, 0, 0, 0, 20, 0, null),
    ('north/team/t2', 'north', '2025-09-30', 'team', 't2', 'social_worker', 8, 1, null, 0, 1, 0, 0, 6, 0, 0, 8, 6, 'other_fte[c]'),
    ('north/team/t3', 'north', '2025-09-30', 'team', 't3', 'social_worker', 0, 0, 0, 0, 0, 0, 5.5, 0, 0, 0, 0, 0, null),
    ('south', 'south', '2025-08-31', 'organisation', 'south', 'social_worker', 64, 51.2, 3.2, 0, null, null, null, null, null, 0, 64, null, null);

create table marts.unit (unit_key text, unit_name text);
insert into marts.unit values
    ('north/team/t1', 'Care <b>leavers</b>'),
    ('north/team/t2', 'Fenland and East Assessment Team'),
    ('north/team/t3', 'Project team');

create table marts.restatement (
    organisation_id text, indicator_id text, definition_id text, month_end date, scope text, scope_id text, published_at timestamp,
    is_first_published boolean, published_value double, published_as_at_month date, value double, deliveries text, status text, status_reason text
);
insert into marts.restatement by position select *, 'suppressed', 'c' from (values
    ('north', 'turnover_rate', 'dfe', '2025-08-31', 'organisation', 'north', '2025-09-12 06:00', true, 9.1, null, 9.64,
     'hr_assignments 2025-09, received 2025-10-12, staff_2025-09.csv; no longer in force: hr_assignments 2025-07, received 2025-08-12, old.csv'),
    ('north', 'turnover_rate', 'board', '2025-08-31', 'organisation', 'north', '2025-09-12 06:00', true, 10.2, null, null, null),
    -- The same as printed; not the first; of another month when it was given; of a team.
    ('north', 'turnover_rate', 'dfe', '2025-07-31', 'organisation', 'north', '2025-09-12 06:00', true, 8.11, null, 8.14, 'x y'),
    ('north', 'turnover_rate', 'dfe', '2025-08-31', 'organisation', 'north', '2025-09-13 06:00', false, 66.6, null, 9.64, 'x y'),
    ('north', 'caseload', 'dfe', '2025-08-31', 'organisation', 'north', '2025-09-12 06:00', true, 66.6, '2025-07-31', 15.45, 'x y'),
    ('north', 'turnover_rate', 'dfe', '2025-08-31', 'team', 't1', '2025-09-12 06:00', true, 66.6, null, 5, 'x y'));

create table marts.comparator (
    organisation_id text, indicator_id text, definition_id text, month_end date, comparator text, release text, area_name text,
    value double, symbol text, areas_without_figure integer, is_latest_release boolean
);
insert into marts.comparator values
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'council', '2025', 'North Shire', 9.7, null, 0, true),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'region', '2025', 'East Midlands', 12.25, null, 0, true),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'statistical_neighbours', '2025', null, 10.85, null, 2, true),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'england', '2025', 'England', 11.8, null, 0, true),
    ('north', 'absence_rate', 'dfe', '2025-09-30', 'council', '2025', 'North Shire', null, 'u', 1, true),
    -- An earlier year, an earlier release, and a year that this publication does not reach.
    ('north', 'turnover_rate', 'dfe', '2024-09-30', 'england', '2025', 'England', 66.6, null, 0, true),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'england', '2024', 'England', 66.6, null, 0, false),
    ('north', 'turnover_rate', 'dfe', '2026-09-30', 'england', '2026', 'England', 66.6, null, 0, true);

create table marts.source_month (
    organisation_id text, source text, month_end date, is_in_force boolean, symbol text, delivery_id text, received_at timestamp,
    rows_read bigint, rows_rejected bigint, deliveries_held bigint
);
insert into marts.source_month values
    ('north', 'hr_assignments', '2025-09-30', true, null, '2025-09-b', '2025-10-12 06:00', 1204, 3, 0),
    ('north', 'caseload', '2025-08-31', true, null, '2025-08-a', '2025-09-12 06:00', 160, 0, 0),
    ('north', 'caseload', '2025-09-30', false, null, null, null, 0, 0, 1),
    ('north', 'absence', '2025-09-30', false, 'u', null, null, 0, 0, 0);

create table marts.data_quality_result (
    rule_id text, organisation_id text, source text, month_end date, delivery_id text, severity text, outcome text,
    rows_failed bigint, says text, fix text, is_latest boolean default true,
    state text, first_seen timestamp, owner text, accepted_until date
);
create table marts.accepted_exception (
    organisation_id text, rule_id text, from_month text, accepted_until date, most_rows bigint, accepted_by text, reason text
);
create table marts.changed_limit (
    organisation_id text, rule_id text, from_month text, to_month text, least double, most double, decided_by text, reason text
);
insert into marts.data_quality_result
    (rule_id, organisation_id, source, month_end, delivery_id, severity, outcome, rows_failed, says, fix) values
    ('one_post', 'north', 'hr_assignments', '2025-09-30', '2025-09-a', 'warn', 'failed', 77, 'Every post is known', 'Position screen'),
    ('one_post', 'north', 'hr_assignments', '2025-09-30', '2025-09-b', 'warn', 'failed', 5, 'Every post is known', 'Position screen'),
    ('all_there', 'north', 'hr_assignments', '2025-09-30', '2025-09-b', 'block', 'passed', 0, 'Everyone is there', 'Extract'),
    ('all_there', 'north', 'caseload', '2025-09-30', '2025-09-c', 'block', 'failed', 40, 'No case is lost', 'Ask the case system team');
"""


@pytest.fixture(scope="session")
def make_publication(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write a publication of the tables above, changed by any SQL given, and return its folder."""

    def make(change: str = "") -> Path:
        publication = tmp_path_factory.mktemp("published") / "2025-09" / "p-001"
        (publication / "inside").mkdir(parents=True)
        with duckdb.connect(str(publication / "inside" / "workforce.duckdb")) as connection:
            connection.execute(TABLES)
            connection.execute(BOARD_TABLES)
            if change:
                connection.execute(change)
        return publication

    return make


@pytest.fixture(scope="session")
def publication(make_publication: Callable[[str], Path]) -> Path:
    """The two councils' publication, to read."""
    return make_publication("")
