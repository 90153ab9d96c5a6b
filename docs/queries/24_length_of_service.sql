-- How long had leavers served?
select year.census_year, movement.category, movement.headcount
from marts.movement_year as movement
inner join marts.census_year as year using (census_year)
where movement.unit_key = 'cambridgeshire' and movement.movement = 'leaver' and movement.breakdown = 'length_of_service'
order by year.census_year, movement.category;
