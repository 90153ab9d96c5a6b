-- Why did people leave, and where did they go?
select movement.breakdown, movement.category, movement.headcount, movement.fte
from marts.movement_year as movement
where movement.unit_key = 'cambridgeshire' and movement.movement = 'leaver' and movement.breakdown in ('reason', 'destination')
    and movement.census_year = (select max(census_year) from marts.movement_year)
order by movement.breakdown, movement.headcount desc, movement.category;
