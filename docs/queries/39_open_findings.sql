-- What did the checks find, and who corrects it?
select result.month_end, unit.unit_name as council, source.title as source, rule.rule_id, rule.severity, result.rows_failed, result.owner
from marts.data_quality_result as result
inner join marts.unit as unit using (unit_key)
inner join marts.source as source using (source)
inner join marts.rule as rule using (rule_id)
where result.is_latest and result.outcome = 'failed'
order by result.month_end desc, unit.unit_name, source.title, rule.rule_id
limit 10;
