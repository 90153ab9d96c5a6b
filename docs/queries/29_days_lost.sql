-- How many days does an FTE lose to sickness in a year, by service?
select unit.service_name, round(absence.days_lost_per_fte_12_months, 1) as days_per_fte, absence.not_shown
from marts.absence_rate_month as absence
inner join marts.unit as unit using (unit_key)
where unit.organisation_id = 'leicestershire' and unit.scope = 'service' and absence.month_end = (select max(month_end) from marts.absence_rate_month)
order by unit.service_name;
