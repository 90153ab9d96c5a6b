-- Is the workforce like the people who live in the area?
select profile.group_name, profile.people, round(profile.per_cent, 1) as per_cent, round(profile.residents_per_cent, 1) as residents_per_cent
from marts.workforce_profile as profile
where profile.unit_key = 'cambridgeshire' and profile.level = 'social_worker' and profile.strand = 'ethnicity'
    and profile.month_end = (select max(month_end) from marts.workforce_profile)
order by profile.group_name;
