-- What is the agency rate of several councils together?
-- Count only councils whose figure is of the month, and say which they are. The Department's regional rates leave councils with a symbol out of both numerator and denominator.
select
    value.month_end,
    round(100 * sum(value.numerator) / sum(value.denominator), 1) as agency_rate,
    string_agg(unit.unit_name, ', ' order by unit.unit_name) as of_councils
from marts.indicator_value as value
inner join marts.unit as unit using (unit_key)
where value.indicator_key = 'agency_rate/dfe' and unit.scope = 'organisation' and value.value is not null and value.as_at_month is null
group by value.month_end
order by value.month_end desc
limit 6;
