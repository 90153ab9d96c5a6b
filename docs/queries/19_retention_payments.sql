-- What was paid in each financial year, by pay element?
select month.financial_year, pay.element, sum(pay.amount) as pounds
from marts.payroll_cost_month as pay
inner join marts.month as month using (month_end)
where pay.unit_key = 'cambridgeshire' and pay.amount is not null
group by month.financial_year, pay.element
order by month.financial_year, pay.element;
