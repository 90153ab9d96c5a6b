-- Which targets does a council have, and are they met?
select
    indicator.title,
    target.comparison,
    target.value as target,
    target.by_date,
    round(value.value + 1e-9, indicator.decimals) as printed,
    value.status
from marts.target as target
inner join marts.indicator as indicator using (indicator_key)
inner join marts.indicator_value as value using (unit_key, indicator_key)
where target.unit_key = 'cambridgeshire' and value.month_end = (select max(month_end) from marts.indicator_value)
order by indicator.order_no, target.from_date;
