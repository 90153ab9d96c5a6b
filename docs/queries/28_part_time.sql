-- What share of staff works part time?
select unit.unit_name as council, profile.month_end, round(profile.per_cent, 1) as part_time_per_cent
from marts.workforce_profile as profile
inner join marts.unit as unit using (unit_key)
where profile.strand = 'working_time' and profile.group_name = 'part time' and profile.level = 'social_worker'
    and month(profile.month_end) = 9
order by unit.unit_name, profile.month_end;
