-- How many posts are frozen, and where are more people than posts?
select unit.unit_name as council, position.posts, position.posts_frozen, position.frozen_fte, position.over_established_fte, position.kept_fte
from marts.establishment_position as position
inner join marts.unit as unit using (unit_key)
where unit.scope = 'organisation' and position.role_group = 'all' and position.month_end = (select max(month_end) from marts.establishment_position)
order by unit.unit_name;
