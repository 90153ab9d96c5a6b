-- What did agency workers cost in each financial year?
select unit.unit_name as council, month.financial_year, sum(position.cost) as pounds, count(*) as months
from marts.agency_position as position
inner join marts.unit as unit using (unit_key)
inner join marts.month as month using (month_end)
where unit.scope = 'organisation' and position.role_group = 'social_worker' and position.cost is not null
group by unit.unit_name, month.financial_year
order by unit.unit_name, month.financial_year;
