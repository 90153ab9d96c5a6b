-- Grain: one row per organisation and month for which movements are counted.
-- Rule: these are the months from the first whose leavers are all known to the last for which staff in post is in
--   force. If a month between never came, the dates in the others give its movements. A month that the council declared
--   as not supplied has none.
with
staff_months as (select * from {{ ref('source_months') }} where source = 'hr_assignments'),

span as (
    select organisation_id, min(month_no) as first_month_no, max(month_no) as last_month_no
    from staff_months
    where is_in_force
    group by organisation_id
)

select
    staff_months.organisation_id,
    staff_months.month_no,
    staff_months.month_end,
    -- In the first month it is not known who was in post at its beginning.
    staff_months.month_no > span.first_month_no as has_opening
from staff_months
inner join span
    on staff_months.organisation_id = span.organisation_id
    and staff_months.month_no between span.first_month_no and span.last_month_no
inner join {{ ref('first_leaver_months') }} as first_leavers
    on staff_months.organisation_id = first_leavers.organisation_id
    and staff_months.month_no >= first_leavers.first_month_no
where staff_months.symbol is null
