-- How many newly qualified social workers started in each year?
select unit.unit_name as council, cohort.census_year, cohort.starters
from marts.cohort_retention_month as cohort
inner join marts.unit as unit using (unit_key)
where unit.scope = 'organisation' and cohort.cohort_kind = 'asye' and cohort.months_since_start = 0
order by unit.unit_name, cohort.census_year;
