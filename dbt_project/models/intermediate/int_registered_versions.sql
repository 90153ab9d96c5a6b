-- Grain: one row an assignment and span of days of registered social work for the council, [valid_from, valid_to).
-- Rule: who is seconded in is employed by a partner and is not in it, nor who holds a joint post that another council pays alone; the Director is,
--   with is_in_dfe false.
select versions.*, {{ agreed_fte('versions') }} as agreed_fte, roles.seniority, roles.is_in_dfe
from {{ ref('assignment') }} as versions
inner join {{ ref('job_role') }} as roles on versions.job_role = roles.job_role
where versions.registered_social_worker and roles.is_social_work and {{ is_paid_here('versions') }}
