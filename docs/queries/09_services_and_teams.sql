-- How many social workers are in post and from agencies, by service and team?
select unit.service_name, unit.team_name, sums.in_post_fte, sums.agency_fte, round(sums.vacancy_fte, 2) as vacancy_fte
from marts.org_unit_month as sums
inner join marts.unit as unit using (unit_key)
where unit.organisation_id = 'peterborough' and unit.scope = 'team' and sums.month_end = (select max(month_end) from marts.org_unit_month)
order by unit.service_name, unit.team_name
limit 10;
