-- What is an indicator by each of its definitions, at each census date?
select
    unit.unit_name as council,
    value.month_end,
    any_value(round(value.value + 1e-9, 1)) filter (indicator.definition_id = 'dfe') as dfe,
    any_value(round(value.value + 1e-9, 1)) filter (indicator.definition_id = 'board') as board
from marts.indicator_value as value
inner join marts.indicator as indicator using (indicator_key)
inner join marts.unit as unit using (unit_key)
inner join marts.month as month using (month_end)
where indicator.indicator_id = 'turnover_rate' and unit.scope = 'organisation' and month.is_census_month and value.as_at_month is null
group by unit.unit_name, value.month_end
order by unit.unit_name, value.month_end;
