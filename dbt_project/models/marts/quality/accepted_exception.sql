-- Grain: one row per council, rule and first month of a failure that the council accepts as true until a given day.
-- Rule: what a sender of published statistics decides has the unit `none`.
select
    coalesce(councils.organisation_id, 'none') as unit_key,
    decisions.organisation_id,
    decisions.rule_id,
    decisions.from_month,
    decisions.accepted_until,
    decisions.most_rows,
    decisions.accepted_by,
    decisions.reason
from {{ ref('accepted_exceptions') }} as decisions
left join {{ ref('councils') }} as councils on decisions.organisation_id = councils.organisation_id
