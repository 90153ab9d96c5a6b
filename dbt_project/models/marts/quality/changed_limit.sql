-- Grain: one row per council, rule and first month from which the council uses its own limits for the rule.
-- Rule: what a sender of published statistics decides has the unit `none`.
select
    coalesce(councils.organisation_id, 'none') as unit_key,
    decisions.organisation_id,
    decisions.rule_id,
    decisions.from_month,
    decisions.to_month,
    decisions.least,
    decisions.most,
    decisions.decided_by,
    decisions.reason
from {{ ref('changed_limits') }} as decisions
left join {{ ref('councils') }} as councils on decisions.organisation_id = councils.organisation_id
