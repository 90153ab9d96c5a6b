-- What does an FTE cost a year, from an agency and as permanent staff?
select unit.unit_name as council, cost.employment, round(cost.cost_of_an_fte_a_year) as pounds_a_year
from marts.staff_cost_month as cost
inner join marts.unit as unit using (unit_key)
where cost.role_group = 'social_worker' and cost.month_end = (select max(month_end) from marts.staff_cost_month) and cost.cost is not null
order by unit.unit_name, cost.employment;
