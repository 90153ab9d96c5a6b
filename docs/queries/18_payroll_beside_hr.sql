-- Do payroll and HR count the same FTE?
select cost.month_end, cost.in_post_fte, cost.paid_fte, cost.paid_fte - cost.in_post_fte as difference
from marts.staff_cost_month as cost
where cost.unit_key = 'peterborough' and cost.role_group = 'all' and cost.employment = 'permanent' and cost.paid_fte is not null
order by cost.month_end desc
limit 6;
