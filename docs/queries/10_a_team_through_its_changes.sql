-- Under which name and service was a team in each month?
-- `unit_key` is one of these rows. Group by `org_unit` to follow the team.
select unit.org_unit, unit.team_name, unit.service_name, unit.from_date, unit.to_date
from marts.unit as unit
where unit.scope = 'team' and unit.org_unit in (select org_unit from marts.unit where not is_current)
order by unit.org_unit, unit.from_date;
