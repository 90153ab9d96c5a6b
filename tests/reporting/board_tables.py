"""The tables of a publication that only the summary and the pages of an indicator read, for the two councils of conftest.py."""

BOARD_TABLES = """
alter table marts.indicator add column owner text;
update marts.indicator set owner = if(definition_id = 'dfe', 'Department for Education', 'Workforce Development Lead');
alter table marts.indicator_value add column unit_key text;
update marts.indicator_value set unit_key = scope_id;
alter table marts.data_quality_result add column run_at timestamp;
update marts.data_quality_result set owner = 'HR systems' where source = 'hr_assignments';
insert into marts.data_quality_result (rule_id, organisation_id, source, month_end, delivery_id, severity, outcome, says, fix, owner)
values ('none_left_out', 'north', 'caseload', '2025-09-30', '2025-09-c', 'warn', 'passed', 'None is left out', '-', 'Case system team');
update marts.data_quality_result set run_at = timestamp '2025-10-12 06:00';

create table marts.month as select last_day(date '2023-10-01' + to_months(n::integer)) as month_end from range(24) as months(n);

create table marts.rule (rule_id text, source text, indicators text);
insert into marts.rule values ('a', 'hr_assignments', 'turnover_rate,caseload'), ('b', 'caseload', 'caseload'), ('c', 'caseload', '');

create table marts.movement_month (
    organisation_id text, month_end date, scope text, scope_id text, role_group text, movement text, reason text, sign integer, headcount bigint,
    fte decimal(18, 6)
);
-- North: 3 or 4 leavers a month, by two reasons, and 19 in the last; nobody starts in the first month; one month's starters are not shown.
insert into marts.movement_month
select 'north', month_end, 'organisation', 'north', 'social_worker', movement, reason, sign, people, null
from (
    select month_end, (row_number() over (order by month_end) - 1)::integer as n from marts.month
) as months,
    lateral (values
        ('opening', 'all', 1, 100),
        ('leaver', 'retired', -1, if(n = 23, 9, n % 2)),
        ('leaver', 'resigned', -1, if(n = 23, 10, 3)),
        ('starter', 'all', 1, if(n = 0, 0, if(n = 7, null, 5))),
        ('closing', 'all', -1, if(n = 23, 86, 102 - n % 2))
    ) as moved(movement, reason, sign, people)
where not (movement = 'starter' and n = 0);
insert into marts.movement_month values ('north', '2025-09-30', 'team', 't1', 'social_worker', 'leaver', 'all', -1, 666, null);

create table marts.absence_rate_month (organisation_id text, month_end date, scope text, scope_id text, fte_days_lost decimal(18, 6));
insert into marts.absence_rate_month select 'north', month_end, 'organisation', 'north', 120.25 from marts.month where month_end > date '2025-01-01';
create table marts.training_month (
    organisation_id text, month_end date, scope text, scope_id text, completions bigint, multi_agency_occasions bigint
);
create table marts.staff_cost_month (
    organisation_id text, month_end date, role_group text, employment text, cost_of_an_fte_a_year double
);
insert into marts.staff_cost_month values
    ('north', '2025-09-30', 'social_worker', 'permanent', 55000), ('north', '2025-09-30', 'social_worker', 'agency', 75000);

-- Turnover by team: of 40 in post, 30% left; of 4 in post, half did.
insert into marts.indicator_value
    (organisation_id, indicator_id, definition_id, month_end, scope, scope_id, numerator, denominator, value, unit, status, status_reason, unit_key)
values
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'team', 't1', 12, 40, 30, 'per_cent', 'no_target', null, 'north/team/t1'),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'team', 't2', 2, 4, 50, 'per_cent', 'no_target', null, 'north/team/t2'),
    ('north', 'turnover_rate', 'dfe', '2025-09-30', 'team', 't3', 77.7, 88.8, 66.6, 'per_cent', 'suppressed', 'floor_10', 'north/team/t3');
"""
