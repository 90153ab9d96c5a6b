-- How much of the establishment is permanent, covered by agency, or unfilled?
select
    unit.unit_name as service,
    position.establishment_fte,
    position.permanent_fte,
    position.agency_vacancy_cover_fte as agency_cover,
    position.unfilled_fte,
    position.frozen_fte,
    position.agency_supernumerary_fte as agency_on_top
from marts.establishment_position as position
inner join marts.unit as unit using (unit_key)
where unit.organisation_id = 'peterborough' and unit.scope = 'service' and position.role_group = 'social_worker'
    and position.month_end = (select max(month_end) from marts.establishment_position)
order by unit.unit_name;
