-- For which kinds of absence were days lost in the last census year?
select reason.reason, sum(reason.fte_days_lost) as fte_days_lost, count(reason.not_shown) as months_not_shown
from marts.absence_reason_month as reason
inner join marts.month as month using (month_end)
where reason.unit_key = 'leicestershire' and month.census_year = 2025
group by reason.reason
order by reason.reason;
