-- Grain: one row an assignment and span of days of registered social work for the council, [valid_from, valid_to).
-- Rule: who is seconded in is employed by a partner and is not in it; the Director is, with is_in_dfe false.
select versions.*, roles.seniority, roles.is_in_dfe
from {{ ref('assignment') }} as versions
inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role
where versions.registered_social_worker and roles.is_social_work and versions.contract_type <> 'seconded_in'
