-- Grain: one row per unit and period in which its name, kind and parent stayed the same, by the council's latest
--   organisation chart in force.
with
rows_in_force as ({{ in_force('org_units') }}),

latest as (
    select *, max(period_month_no) over (partition by organisation_id) as last_month_no
    from rows_in_force
)

select
    organisation_id,
    unit_id,
    unit_name,
    unit_kind,
    parent_unit_id,
    from_date,
    to_date
from latest
where period_month_no = last_month_no
