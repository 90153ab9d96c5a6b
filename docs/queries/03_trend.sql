-- How did an indicator change over the last 12 months?
-- `as_at_month is null` leaves out months that repeat the figure of another.
select value.month_end, round(value.value + 1e-9, indicator.decimals) as printed
from marts.indicator_value as value
inner join marts.indicator as indicator using (indicator_key)
where value.unit_key = 'cambridgeshire' and value.indicator_key = 'agency_rate/board' and value.value is not null and value.as_at_month is null
order by value.month_end desc
limit 12;
