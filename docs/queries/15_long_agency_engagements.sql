-- How long have agency workers been with the council?
select
    unit.unit_name as council,
    position.engaged_under_3_months as under_3,
    position.engaged_3_to_6_months as from_3,
    position.engaged_6_to_12_months as from_6,
    position.engaged_12_to_24_months as from_12,
    position.engaged_24_months_and_more as from_24
from marts.agency_position as position
inner join marts.unit as unit using (unit_key)
where unit.scope = 'organisation' and position.role_group = 'social_worker' and position.month_end = (select max(month_end) from marts.agency_position)
order by unit.unit_name;
