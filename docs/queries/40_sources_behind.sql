-- Which month of each source is in force?
select unit.unit_name as council, source.title as source, max(delivered.month_end) as last_month_in_force, sum(delivered.rows_rejected) as rows_rejected
from marts.source_month as delivered
inner join marts.unit as unit using (unit_key)
inner join marts.source as source using (source)
where delivered.is_in_force and unit.unit_key = 'leicestershire'
group by unit.unit_name, source.title
order by source.title;
