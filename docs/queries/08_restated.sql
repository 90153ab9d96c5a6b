-- What was the board given, what is now known, and why?
-- The sample run has one publication, so nothing is restated yet.
select restatement.month_end, indicator.title, restatement.published_at, restatement.published_value, restatement.value, restatement.deliveries
from marts.restatement as restatement
inner join marts.indicator as indicator using (indicator_key)
where restatement.unit_key = 'peterborough' and restatement.is_first_published and restatement.published_as_at_month is null
order by restatement.month_end desc, indicator.order_no;
