-- Whom do the extracts list more than once?
select unit.unit_name as council, twice.found, twice.people, twice.counted_as
from marts.counted_once_month as twice
inner join marts.unit as unit using (unit_key)
where twice.month_end = (select max(month_end) from marts.counted_once_month)
order by unit.unit_name, twice.found;
