-- Grain: one row per organisation, unit and period of months in which its name and parents stayed the same.
-- Rule: deprecated. Use `unit`, whose key every fact carries.
select
    organisation_id,
    scope_id as unit_id,
    unit_name,
    scope as unit_kind,
    parent_unit_id,
    from_date,
    to_date
from {{ ref('unit') }}
where scope in ('team', 'service', 'area', 'directorate') and not is_former
