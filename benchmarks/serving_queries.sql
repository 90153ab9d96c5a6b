-- What a dashboard asks, in SQL that DuckDB and PostgreSQL both read. {council} is a council, {month} the last month. One query to a paragraph.

-- The page of a council: every indicator of the last month with its target.
select indicator.title, value.definition_id, value.value, value.target, value.status
from indicator_value as value inner join indicator on indicator.indicator_key = value.indicator_key
where value.organisation_id = '{council}' and value.scope = 'organisation' and value.month_end = date '{month}' order by indicator.order_no;

-- The line of an indicator.
select month_end, value from indicator_value
where indicator_key = 'turnover_rate/dfe' and organisation_id = '{council}' and scope = 'organisation' order by month_end;

-- Councils beside each other.
select unit.organisation_name, value.value
from indicator_value as value inner join unit on unit.unit_key = value.unit_key
where value.indicator_key = 'vacancy_rate/dfe' and value.month_end = date '{month}' and value.scope = 'organisation' order by value.value;

-- The teams of a council.
select unit.service_name, unit.team_name, value.indicator_id, value.value
from indicator_value as value inner join unit on unit.unit_key = value.unit_key
where value.organisation_id = '{council}' and value.scope = 'team' and value.month_end = date '{month}' order by 1, 2, 3;

-- Where posts are filled, covered and unfilled.
select month_end, sum(permanent_fte) as permanent, sum(agency_vacancy_cover_fte) as agency, sum(unfilled_fte) as unfilled
from establishment_position
where organisation_id = '{council}' and scope = 'organisation' and role_group = 'social_worker' group by month_end order by month_end;

-- The movements of a year.
select movement, sum(headcount) as heads, sum(fte) as fte from movement_month
where organisation_id = '{council}' and scope = 'organisation' and role_group = 'social_worker' and month_end > date '{month}' - interval '1 year'
group by movement order by movement;

-- What checks found, by owner.
select owner, severity, count(*) as findings, sum(rows_failed) as failed from data_quality_result
where organisation_id = '{council}' and is_latest and outcome not in ('passed', 'accepted') group by owner, severity order by 1, 2;

-- A filter's list of values.
select distinct service_name from unit where organisation_id = '{council}' and is_current and service_name is not null order by 1;
