-- Grain: one row per job role and group of roles for which pay is told.
-- Rule: registered social workers and everybody else make up all staff. There are no further groups, because two groups
--   that differ by few people tell their pay: all staff less every other group would be the Director.
with roles as (select * from {{ ref('job_role') }})

select job_role, 'all' as role_group from roles
union all
select job_role, case when is_in_dfe then 'social_worker' else 'not_social_worker' end as role_group from roles
