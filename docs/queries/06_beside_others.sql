-- How does a council compare with its region, its neighbours and England?
-- `counted` is the council's own count. The other columns are the Department's.
select
    indicator.title,
    round(any_value(value.value) + 1e-9, 1) as counted,
    any_value(comparator.value) filter (comparator.comparator = 'council') as published,
    any_value(comparator.value) filter (comparator.comparator = 'region') as region,
    any_value(round(comparator.value + 1e-9, 1)) filter (comparator.comparator = 'statistical_neighbours') as neighbours,
    any_value(comparator.value) filter (comparator.comparator = 'england') as england
from marts.comparator as comparator
inner join marts.indicator as indicator using (indicator_key)
left join marts.indicator_value as value using (unit_key, indicator_key, month_end)
where comparator.unit_key = 'cambridgeshire' and comparator.is_latest_release and comparator.month_end = date '2025-09-30'
group by indicator.order_no, indicator.title
order by indicator.order_no;
