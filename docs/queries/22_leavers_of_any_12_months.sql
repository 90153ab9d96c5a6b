-- How many left in any 12 months, by service?
-- Here: from July 2024 to June 2025.
select unit.service_name, sum(sums.leavers) as leavers, sum(sums.leavers_fte) as leavers_fte
from marts.org_unit_month as sums
inner join marts.unit as unit using (unit_key)
where unit.organisation_id = 'cambridgeshire' and unit.scope = 'service'
    and sums.month_end between date '2024-07-31' and date '2025-06-30'
group by unit.service_name
order by unit.service_name;
