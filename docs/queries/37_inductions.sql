-- How many inductions were complete in time?
select month.census_year, sum(induction.people_in_time) as in_time, sum(induction.people_due) as due, count(induction.not_shown) as months_not_shown
from marts.induction_month as induction
inner join marts.month as month using (month_end)
where induction.unit_key = 'leicestershire'
group by month.census_year
order by month.census_year;
