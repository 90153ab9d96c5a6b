-- How did the social workers at the start of a month become those at its end?
select movement.movement, sum(movement.headcount) as people, sum(movement.fte) as fte
from marts.movement_month as movement
where movement.unit_key = 'peterborough' and movement.role_group = 'social_worker' and movement.month_end = date '2025-09-30'
group by movement.movement, movement.sign
order by movement.movement <> 'opening', movement.movement = 'closing', movement.sign desc, movement.movement;
