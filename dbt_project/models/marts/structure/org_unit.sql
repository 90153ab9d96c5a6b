-- Grain: one row per organisation, unit and period of months in which its name and parent stayed the same.
-- Rule: reports use today's teams. The earlier months of a team that was re-organised or renamed are under its present
--   id, with the name of the time.
select
    organisation_id,
    unit_id,
    unit_name,
    unit_kind,
    parent_unit_id,
    {{ month_start('from_month_no') }} as from_date,
    {{ month_end('to_month_no - 1') }} as to_date
from {{ ref('org_units') }}
