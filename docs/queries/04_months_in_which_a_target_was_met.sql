-- "At most 10% at any point": in how many of the last 12 months was the target met?
select
    unit.unit_name as council,
    count(*) as months,
    count(*) filter (value.status = 'met') as months_met,
    round(max(value.value), 1) as highest
from marts.indicator_value as value
inner join marts.unit as unit using (unit_key)
where value.indicator_key = 'agency_rate/board' and unit.scope = 'organisation' and value.target is not null and value.as_at_month is null
    and value.month_end > (select last_day(max(month_end) - interval 12 month) from marts.indicator_value)
group by unit.unit_name
order by unit.unit_name;
