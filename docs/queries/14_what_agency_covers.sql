-- What do agency workers cover?
select unit.unit_name as council, position.workers, position.vacancy_workers, position.absence_workers, position.project_team_workers, position.other_workers
from marts.agency_position as position
inner join marts.unit as unit using (unit_key)
where unit.scope = 'organisation' and position.role_group = 'social_worker' and position.month_end = (select max(month_end) from marts.agency_position)
order by unit.unit_name;
