-- What are the latest figures of a council, as printed?
select
    indicator.title,
    indicator.definition_id as definition,
    round(value.value + 1e-9, indicator.decimals) as printed,
    value.target,
    value.status,
    value.status_reason,
    value.as_at_month
from marts.indicator_value as value
inner join marts.indicator as indicator using (indicator_key)
where value.unit_key = 'peterborough' and value.month_end = (select max(month_end) from marts.indicator_value)
order by indicator.order_no;
