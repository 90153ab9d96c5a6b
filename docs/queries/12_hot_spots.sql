-- Which teams have most posts unfilled?
select
    unit.team_name,
    position.establishment_fte,
    round(100 * position.permanent_fte / nullif(position.establishment_fte, 0)) as permanent_per_cent,
    round(100 * position.unfilled_fte / nullif(position.establishment_fte, 0)) as unfilled_per_cent,
    position.posts_unfilled || ' of ' || position.posts as posts_unfilled
from marts.establishment_position as position
inner join marts.unit as unit using (unit_key)
where unit.organisation_id = 'cambridgeshire' and unit.scope = 'team' and position.role_group = 'social_worker'
    and position.month_end = (select max(month_end) from marts.establishment_position)
order by position.unfilled_rank nulls last, unit.team_name
limit 8;
