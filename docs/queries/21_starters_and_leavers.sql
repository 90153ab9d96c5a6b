-- How many started and left in each census year?
-- The first year may not be complete.
select unit.unit_name as council, month.census_year, movement.movement, sum(movement.headcount) as people, sum(movement.fte) as fte
from marts.movement_month as movement
inner join marts.unit as unit using (unit_key)
inner join marts.month as month using (month_end)
where unit.scope = 'organisation' and movement.role_group = 'social_worker' and movement.movement in ('starter', 'leaver')
group by unit.unit_name, month.census_year, movement.movement
order by unit.unit_name, month.census_year, movement.movement;
