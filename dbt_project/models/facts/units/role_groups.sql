-- Grain: one row per job role and group of roles that it belongs to. A role belongs to several groups.
with roles as (select * from {{ ref('job_role') }})

select job_role, 'all' as role_group from roles
union all
select job_role, 'social_worker' as role_group from roles where is_in_dfe
union all
select job_role, 'frontline_social_worker' as role_group from roles where is_frontline
union all
select job_role, 'trainee' as role_group from roles where is_trainee
union all
select job_role, 'iro' as role_group from roles where is_iro
union all
select job_role, 'early_help' as role_group from roles where is_early_help
union all
select job_role, 'education_send' as role_group from roles where is_education_send
union all
select job_role, 'other' as role_group from roles
where not is_social_work and not is_trainee and not is_early_help and not is_education_send
